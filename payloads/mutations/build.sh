#!/bin/bash
# Builds hv from copies of its sources, and links it with the relocations from which an image is made: build.sh LINKED
# SOURCE...
# CC, COMPILE and LINK are the compiler and its flags. PATCH, if not empty, is applied to the copies.
# CONFIG, MODULES and GENERATE are arguments for hv/config/generate.py. It generates the configuration's files from the
# copies, because a patch may add an event.
set -eu
image=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for file in "$@"; do
	copy=$work/tree/${file#bazel-out/*/bin/}
	mkdir -p "${copy%/*}"
	cp -L "$file" "$copy"
done
tree=$work/tree
chmod -R u+w "$tree"
if [ -n "$PATCH" ]; then patch --directory="$tree" --strip=1 --fuzz=0 --batch --quiet <"$PATCH"; fi
cp "$tree"/hv/arch/riscv/*.h "$tree/hv/arch"

toml=$(realpath "${CONFIG:?}")
known=$(realpath "${MODULES:?}")
read -ra named <<<"${GENERATE:?}"
(cd "$tree" && python3 -B -m hv.config.generate --config "$toml" --modules "$known" "${named[@]}" --out hv/config)

read -ra compile_flags <<<"$COMPILE -iquote $tree -I$tree/hv/libc -w"
read -ra link_flags <<<"$LINK"

"$CC" "${compile_flags[@]}" -S -g0 "$tree/hv/core/offsets.c" -o "$work/offsets.s"
sed -n 's/^->\([A-Za-z0-9_]* -\{0,1\}[0-9]*\)$/#define \1/p' "$work/offsets.s" >"$tree/hv/core/offsets.h"

objects=()
build() {
	"$CC" "${compile_flags[@]}" "${@:2}" -c "$1" -o "$work/${#objects[@]}.o"
	objects+=("$work/${#objects[@]}.o")
}
# The compiler may insert calls of these functions after link-time optimisation, so they are compiled without it.
for source in "$tree"/hv/libc/*.c; do
	[[ $source == *_test.c ]] || build "$source" -Os
done
for source in "$tree"/hv/*/*.c "$tree"/modules/*/*.c; do
	case $source in
	*_test.c | */hv/libc/* | */hv/core/offsets.c) ;;
	*) grep -q '^int main(' "$source" || build "$source" -flto ;; # programs for the host are left out
	esac
done
for source in "$tree"/hv/arch/riscv/*.[cS] "$tree/hv/config/note.S"; do
	if [ -f "$source" ]; then build "$source"; fi
done

"$CC" "${link_flags[@]}" -Wl,--emit-relocs -Wl,-T,"$tree/hv/config/config.lds" -Wl,-T,"$tree/hv/hv.lds" "${objects[@]}" \
	-o "$image"
