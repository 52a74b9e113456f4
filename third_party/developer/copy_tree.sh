#!/bin/sh
# Copies the tree, without the files that git ignores, into an empty folder: copy_tree.sh DIRECTORY
set -eu
root=$(dirname "$(readlink -f "$0")")/../..
mkdir -p "$1"
cd "$root"
git ls-files -z --cached --others --exclude-standard | tar --null -T - -c | tar -x -C "$1"
