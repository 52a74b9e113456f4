#!/bin/bash
# Builds hv from copies of its source files. Usage: build.sh LINKED SOURCE...
# The linked program LINKED keeps its relocations, because a later step makes the image from them.
# The environment variable CC names the compiler; COMPILE and LINK are its flags for compiling and linking. If PATCH is
# not empty, it names a patch that this script applies to the copies.
# LIBRARIES are libraries that modules may use; they are linked as they are.
# CONFIG, MODULES and GENERATE hold arguments for hv/config/generate.py, which generates the files of the configuration.
# It runs on the copies, because a patch may add a kind of trace event.
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
read -ra libraries <<<"${LIBRARIES:?}"

"$CC" "${compile_flags[@]}" -S -g0 "$tree/hv/core/offsets.c" -o "$work/offsets.s"
sed -n 's/^->\([A-Za-z0-9_]* -\{0,1\}[0-9]*\)$/#define \1/p' "$work/offsets.s" >"$tree/hv/core/offsets.h"

objects=()
build() {
	"$CC" "${compile_flags[@]}" "${@:2}" -c "$1" -o "$work/${#objects[@]}.o"
	objects+=("$work/${#objects[@]}.o")
}
# The compiler may insert calls of the functions in hv/libc after link-time optimisation has run, so these files are
# compiled without it.
for source in "$tree"/hv/libc/*.c; do
	[[ $source == *_test.c ]] || build "$source" -Os
done
# Only the modules that the configuration enables are compiled, as in other builds.
enabled=$(python3 -c 'import json, sys; print(*(module["name"] for module in json.load(open(sys.argv[1]))["modules"]))' \
	"$tree/hv/config/config.json")
modules=()
for module in $enabled; do
	for folder in modules payloads; do # payloads/ has modules for tests
		[ ! -d "$tree/$folder/$module" ] || modules+=("$tree/$folder/$module"/*.c)
	done
done
for source in "$tree"/hv/*/*.c ${modules[@]+"${modules[@]}"}; do
	case $source in
	*_test.c | */hv/libc/* | */hv/core/offsets.c) ;;
	*) grep -q '^int main(' "$source" || build "$source" -flto ;; # skip programs for the host
	esac
done
for source in "$tree"/hv/arch/riscv/*.[cS] "$tree/hv/config/note.S"; do
	if [ -f "$source" ]; then build "$source"; fi
done

"$CC" "${link_flags[@]}" -Wl,--emit-relocs -Wl,-T,"$tree/hv/config/config.lds" -Wl,-T,"$tree/hv/hv.lds" "${objects[@]}" \
	"${libraries[@]}" -o "$image"
