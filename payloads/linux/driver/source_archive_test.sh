#!/bin/sh
# Tests that the archive with the driver's sources builds with `make -C`, as docs/boards.md says:
# source_archive_test.sh ARCHIVE HEADERS.tar CROSS_PREFIX
set -eu
cd "$TEST_TMPDIR"
mkdir kernel
tar -xf "$TEST_SRCDIR/$TEST_WORKSPACE/$1"
tar -xf "$TEST_SRCDIR/$TEST_WORKSPACE/$2" -C kernel
make -C kernel/build M="$PWD/hartscope_driver" ARCH=riscv CROSS_COMPILE="$3" CC="${3}gcc" CONFIG_DEBUG_INFO= CONFIG_DEBUG_INFO_BTF_MODULES= modules
file=hartscope_driver/hartscope.ko
[ -s "$file" ] || { echo "make has made no $file" >&2; exit 1; }
strings=$(tr '\0' '\n' <"$file")
echo "$strings" | grep -aq '^name=hartscope$' || { echo "$file is not the module hartscope" >&2; exit 1; }
