#!/bin/sh
# Tests that missing.sh prints the packages that are missing or too old. On a system without dpkg, it must print the
# missing commands.
set -eu
missing=$(readlink -f "$1")
bin=$TEST_TMPDIR/bin
mkdir -p "$bin"
for tool in sh sed awk readlink dirname; do ln -sf "$(command -v "$tool")" "$bin/$tool"; done

# have LINES: puts a dpkg-query into PATH that prints these lines.
have() {
	# shellcheck disable=SC2016 # the script that this makes expands it
	printf '#!/bin/sh\nfor line in %s; do echo "$line"; done\n' "$1" >"$bin/dpkg-query"
	printf '#!/bin/sh\n' >"$bin/apt-get"
	chmod +x "$bin/dpkg-query" "$bin/apt-get"
}

# says NAME: succeeds if missing.sh prints NAME.
says() { PATH=$bin "$missing" | grep -qx "$1"; }
wrong() { echo "$1"; exit 1; }

have '"installed cpio 2.13" "config-files patch 2.7" "installed opensbi 1.1-2" "installed qemu-system-riscv 1:10.0.2+ds-2"'
says cpio && wrong "cpio is printed although it is installed"
says patch || wrong "patch is not printed although it was removed"
says opensbi || wrong "opensbi 1.1 is not printed although it is too old"
says qemu-system-riscv && wrong "QEMU 10.0.2 is printed although it is new enough: its epoch must not count"

have ""
says cpio || wrong "cpio is not printed although no package is installed"
says opensbi || wrong "opensbi is not printed although no package is installed"

rm "$bin/dpkg-query"
says bazel || wrong "without dpkg, the missing command bazel is not printed"
exit 0
