#!/bin/sh
# Prints the packages of packages.txt that are not installed or are too old. On a system without dpkg, prints the commands that are
# missing.
set -eu
setup=$(dirname "$(readlink -f "$0")")

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	for tool in bazel g++ qemu-system-riscv64 riscv64-unknown-elf-gcc riscv64-linux-gnu-gcc cpio dtc node patch python3; do
		command -v "$tool" >/dev/null || echo "$tool"
	done
	exit 0
fi

# dpkg-query fails if a package is not installed, but it still prints the lines of all other packages. So this script
# ignores the exit code of dpkg-query.
names=$(sed -n 's/^\([a-z][^ ]*\) .*/\1/p' "$setup/packages.txt")
# shellcheck disable=SC2086 # each package is one word
{ dpkg-query -W -f '${db:Status-Status} ${Package} ${Version}\n' $names 2>/dev/null || true; echo end; } |
	awk '
	function number(version, part) {
		sub(/^[0-9]+:/, "", version); split(version, part, /[^0-9]/)
		return part[1] * 1000 + part[2]
	}
	NR == FNR { if ($1 == "installed") have[$2] = number($3); next }
	/^#/ || NF == 0 { next }
	!($1 in have) { print $1; next }
	sub(/^>=/, "", $2) && have[$1] < number($2) { print $1 }
	' - "$setup/packages.txt"
