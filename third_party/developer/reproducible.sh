#!/bin/sh
# Builds the tree twice, in folders with different names and with different output roots, and compares all images byte by byte.
set -eu
here=$(dirname "$(readlink -f "$0")")
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT

cd "$here/../.."
cache=$(./bazelw info repository_cache)

# build NAME: copies the tree to $work/NAME, builds it there, and writes the hashes of all images to $work/NAME.sums.
build() {
	"$here/copy_tree.sh" "$work/$1/tree"
	cd "$work/$1/tree"
	run="./bazelw --output_user_root=$work/$1-output"
	$run build --repository_cache="$cache" --disk_cache= //...
	cd "$($run info bazel-bin)"
	find . -name '*.runfiles' -prune -o \( -name '*.elf' -o -name '*.bin' -o -name '*.cpio*' -o -name '*.ko' \) -print |
		LC_ALL=C sort | xargs sha256sum >"$work/$1.sums"
	cd "$work/$1/tree"
	$run shutdown
}

build one
build the-other-with-a-longer-name
diff "$work/one.sums" "$work/the-other-with-a-longer-name.sums" || {
	echo "the images above differ" >&2
	exit 1
}
echo "$(wc -l <"$work/one.sums") images, all byte-identical"
