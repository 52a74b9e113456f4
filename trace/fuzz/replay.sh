#!/bin/sh
# Passes all inputs of a corpus to a fuzz target: replay.sh TARGET ARCHIVE.tar.gz
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
tar --extract --gzip --file="$2" --directory="$folder"
"$1" "$folder"
