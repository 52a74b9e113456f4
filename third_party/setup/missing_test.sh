#!/bin/sh
# missing.sh names the packages that are absent or too old, and the commands where there is no dpkg.
set -eu
missing=$(readlink -f "$1")
bin=$TEST_TMPDIR/bin
mkdir -p "$bin"
for tool in sh sed awk readlink dirname; do ln -sf "$(command -v "$tool")" "$bin/$tool"; done

# have LINES: a dpkg-query that prints them.
have() {
	# shellcheck disable=SC2016 # the script that this makes expands it
	printf '#!/bin/sh\nfor line in %s; do echo "$line"; done\n' "$1" >"$bin/dpkg-query"
	printf '#!/bin/sh\n' >"$bin/apt-get"
	chmod +x "$bin/dpkg-query" "$bin/apt-get"
}

# says NAME: whether missing.sh names it.
says() { PATH=$bin "$missing" | grep -qx "$1"; }
wrong() { echo "$1"; exit 1; }

have '"installed cpio 2.13" "config-files patch 2.7" "installed opensbi 1.1-2" "installed qemu-system-riscv 1:10.0.2+ds-2"'
says cpio && wrong "cpio is installed"
says patch || wrong "patch is not installed any more"
says opensbi || wrong "opensbi 1.1 is too old"
says qemu-system-riscv && wrong "QEMU 10.0.2 is new enough, whatever its epoch"

have ""
says cpio || wrong "with no package at all, cpio is missing"
says opensbi || wrong "with no package at all, opensbi is missing"

rm "$bin/dpkg-query"
says bazel || wrong "without dpkg, bazel's command is missing"
exit 0
