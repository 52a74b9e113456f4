#!/bin/sh
# Packs a folder of inputs for a fuzz target: pack.sh FOLDER ARCHIVE.tar.gz
# The archive depends only on the names and contents of the inputs.
set -eu
tar --create --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --format=ustar --directory="$1" . | gzip -9n >"$2"
