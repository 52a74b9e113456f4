#!/bin/sh
# Builds and tests the tree in a new Debian system without other packages: fresh_machine.sh [--suite=NAME] DIRECTORY [COMMAND...]
# Installs this system in DIRECTORY, if DIRECTORY does not exist. NAME is bookworm (Debian 12, the default), trixie (13)
# or sid. Without COMMAND, builds //... and then tests //... in this system. Needs root and debootstrap.
set -eu
here=$(dirname "$(readlink -f "$0")")
suite=bookworm
case ${1:-} in
--suite=*)
	suite=${1#--suite=}
	shift
	;;
esac
system=${1:?usage: fresh_machine.sh [--suite=NAME] DIRECTORY [COMMAND...]}
shift

if [ ! -e "$system/etc/debian_version" ]; then
	mirror=$("$here/../debian/sources.sh" "$suite" | sed -n 's/^URIs: //p')
	debootstrap --variant=minbase "$suite" "$system" "$mirror"
	cp /etc/resolv.conf "$system/etc/"
	# If the local network has its own certificates, the package ca-certificates reads them from this folder.
	mkdir -p "$system/usr/local/share/ca-certificates"
	find /usr/local/share/ca-certificates -name '*.crt' -exec cp {} "$system/usr/local/share/ca-certificates/" \;
fi
rm -rf "$system/srv/hartscope"
"$here/copy_tree.sh" "$system/srv/hartscope"

if [ $# = 0 ]; then
	set -- sh -ec 'date; ./bazelw build //...; date; ./bazelw test //...; date'
fi
# The file systems are mounted in a new namespace. So they disappear when the namespace ends.
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
