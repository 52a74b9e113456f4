#!/bin/sh
# Builds and tests in a Debian 12 with nothing installed: fresh_machine.sh DIRECTORY [COMMAND...]
# Makes the system in DIRECTORY if that does not exist. Needs root and debootstrap. Default: build //..., then test //...
set -eu
here=$(dirname "$(readlink -f "$0")")
system=$1
shift

if [ ! -e "$system/etc/debian_version" ]; then
	mirror=$("$here/../debian/sources.sh" bookworm | sed -n 's/^URIs: //p')
	debootstrap --variant=minbase bookworm "$system" "$mirror"
	cp /etc/resolv.conf "$system/etc/"
	# A network may have certificates of its own: the package ca-certificates takes them from here.
	mkdir -p "$system/usr/local/share/ca-certificates"
	find /usr/local/share/ca-certificates -name '*.crt' -exec cp {} "$system/usr/local/share/ca-certificates/" \;
fi
rm -rf "$system/srv/hartscope"
"$here/copy_tree.sh" "$system/srv/hartscope"

if [ $# = 0 ]; then
	set -- sh -ec 'date; ./bazelw build //...; date; ./bazelw test //...; date'
fi
# The mounts end with this namespace.
# shellcheck disable=SC2016 # the inner shell expands them
unshare --mount sh -euc '
	system=$1
	shift
	mount -t proc proc "$system/proc"
	mount -t sysfs sys "$system/sys"
	mount --rbind /dev "$system/dev"
	exec chroot "$system" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb \
		sh -c "cd /srv/hartscope && \"\$@\"; status=\$?; bazel shutdown 2>/dev/null; exit \$status" sh "$@"
' sh "$system" "$@"
