#!/bin/sh
# Tries all inputs of a corpus: replay.sh TARGET ARCHIVE.tar.gz
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
tar --extract --gzip --file="$2" --directory="$folder"
"$1" "$folder"
