#!/bin/sh
# Packs a folder of inputs for a fuzz target, the same bytes for the same inputs: pack.sh FOLDER ARCHIVE.tar.gz
set -eu
tar --create --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --format=ustar --directory="$1" . | gzip -9n >"$2"
