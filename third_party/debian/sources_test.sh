#!/bin/sh
# Tests that sources.sh finds the machine's Debian mirror in all formats of apt's sources.
set -eu
sources=$(readlink -f "$1")
failed=0

# expect NAME MIRROR: fails unless sources.sh finds MIRROR in $TEST_TMPDIR/apt. NAME describes the case. Afterwards,
# empties the folder.
expect() {
	found=$(HARTSCOPE_APT_DIRECTORY=$TEST_TMPDIR/apt "$sources" trixie 2>/dev/null | sed -n 's/^URIs: //p')
	if [ "$found" != "$2" ]; then
		echo "$1: found \"$found\", not \"$2\""
		failed=1
	fi
	rm -r "$TEST_TMPDIR/apt"
	mkdir -p "$TEST_TMPDIR/apt/sources.list.d"
}

apt=$TEST_TMPDIR/apt
mkdir -p "$apt/sources.list.d"

printf 'deb http://a.example/debian/ bookworm main contrib\n' >"$apt/sources.list"
expect "a line as the installer writes it" http://a.example/debian/

printf '# deb http://no.example/debian bookworm main\ndeb [arch=amd64 signed-by=/k.gpg] http://b.example/debian bookworm main\n' \
	>"$apt/sources.list"
expect "a line with options, after a commented one" http://b.example/debian

printf 'deb http://c.example/debian-security bookworm-security main\ndeb http://c.example/debian bookworm main\n' \
	>"$apt/sources.list"
expect "the main archive after the security updates" http://c.example/debian

printf 'Types: deb\n# a note: with a colon\nURIs: http://d.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\n' \
	>"$apt/sources.list.d/debian.sources"
expect "a deb822 file with a comment" http://d.example/debian

printf 'Enabled: no\nTypes: deb\nURIs: http://no.example/debian\nSuites: bookworm\n\nTypes: deb deb-src\nURIs: http://e.example/debian/\nSuites: stable\n' \
	>"$apt/sources.list.d/debian.sources"
expect "an enabled stanza after a disabled one" http://e.example/debian/

printf 'Types: deb\nURIs: http://f.example/debian\nSuites: bookworm\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n URIs: no\n' \
	>"$apt/sources.list.d/debian.sources"
expect "a stanza that contains a key" http://f.example/debian

printf 'deb https://g.example/tool bookworm main\n' >"$apt/sources.list.d/tool.list"
expect "sources without a Debian mirror" ""

exit $failed
