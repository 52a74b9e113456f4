#!/bin/sh
# Builds the kernel module with the kernel's own makefiles: build.sh HEADERS.tar CROSS_PREFIX OUTPUT.ko KBUILD SOURCE...
# Each source is copied into the module's directory, under the same path as in the argument, so that the #include lines find it.
set -eu
headers=$1 prefix=$2 output=$3 kbuild=$4
shift 4
work=$(mktemp -d "${TMPDIR:-/tmp}/module.XXXXXX")
trap 'rm -rf "$work"' EXIT

mkdir "$work/kernel" "$work/module"
tar -xf "$headers" -C "$work/kernel"
cp "$kbuild" "$work/module/Kbuild"
for source in "$@"; do
	mkdir -p "$work/module/$(dirname "$source")"
	cp "$source" "$work/module/$source"
done

# Debug information would contain paths of the build machine. Without it, every machine builds the same module.
if ! make -C "$work/kernel/build" M="$work/module" ARCH=riscv CROSS_COMPILE="$prefix" CC="${prefix}gcc" \
	CONFIG_DEBUG_INFO= CONFIG_DEBUG_INFO_BTF_MODULES= KCFLAGS="-ffile-prefix-map=$work=." \
	KBUILD_BUILD_TIMESTAMP=@0 modules >"$work/log" 2>&1; then
	cat "$work/log" >&2
	exit 1
fi
cp "$work/module/hartscope.ko" "$output"
