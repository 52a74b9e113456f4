#!/bin/sh
# Prints an apt source for another suite, on the Debian mirror that this machine already uses: sources.sh SUITE
# Searches for the mirror in apt's sources, in the deb822 format and in the one-line format. If there is no mirror, uses
# HARTSCOPE_DEBIAN_MIRROR=URL.
set -eu
suite=$1
apt=${HARTSCOPE_APT_DIRECTORY:-/etc/apt}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The address of the main archive ends in /debian. The address of the archive with security updates does not.
deb822_mirror() {
	awk -v RS='' -F'\n' '
	{
		types = uris = key = ""; enabled = "yes"
		for (i = 1; i <= NF; i++) {
			if ($i !~ /^[ \t]/) { key = tolower($i); sub(/:.*/, "", key) }
			value = $i; sub(/^[^:]*:[ \t]*/, "", value)
			if (key == "types") types = value
			if (key == "uris") uris = value
			if (key == "enabled") enabled = tolower(value)
		}
		split(uris, uri, /[ \t]+/)
		if (enabled != "no" && types ~ /(^| )deb( |$)/ && uri[1] ~ /\/debian\/?$/) { print uri[1]; exit }
	}' "$apt"/sources.list.d/*.sources 2>/dev/null || true
}

one_line_mirror() {
	sed -nE 's/^deb[ \t]+(\[[^]]*\][ \t]+)?([^ \t]+\/debian\/?)[ \t]+[a-z]+[ \t].*/\2/p' \
		"$apt"/sources.list "$apt"/sources.list.d/*.list 2>/dev/null | head -n 1
}

mirror=$(deb822_mirror)
[ -n "$mirror" ] || mirror=$(one_line_mirror)
[ -n "$mirror" ] || mirror=${HARTSCOPE_DEBIAN_MIRROR:-}
if [ -z "$mirror" ]; then
	echo "there is no Debian mirror in $apt; set HARTSCOPE_DEBIAN_MIRROR=URL" >&2
	exit 1
fi
if [ ! -r "$keyring" ]; then
	echo "$keyring is missing: install debian-archive-keyring" >&2
	exit 1
fi
printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' "$mirror" "$suite" "$keyring"
