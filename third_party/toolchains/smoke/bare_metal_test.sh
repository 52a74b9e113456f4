#!/bin/sh
# The image prints its line and powers off.
set -eu
printed=$(timeout 60 qemu-system-riscv64 -M virt -m 16M -nographic -bios "$1" </dev/null)
[ "$printed" = "the toolchain builds, QEMU runs" ] || { echo "printed instead: $printed"; exit 1; }
