#!/bin/sh
# Searches for inputs that break a fuzz target: bazel run //trace/fuzz:run -- reader|convert|log|live|elf [OPTIONS OF libFuzzer]
# Needs Debian's clang-14 and libclang-rt-14-dev. Adds new inputs to trace/fuzz/TARGET.corpus.tar.gz. At the end, this script removes
# inputs from the corpus that reach no code beyond the code that the other inputs reach.
# Example: bazel run //trace/fuzz:run -- reader -max_total_time=3600
set -eu
target=${1:?reader, convert, log, live or elf}
shift
cd "${BUILD_WORKSPACE_DIRECTORY:-$(dirname "$0")/../..}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sources=$(find trace/error trace/dump trace/check trace/convert trace/elf trace/stat trace/live \
	-name '*.c' ! -name '*_test.c' ! -name sample.c)
# shellcheck disable=SC2086 # a list of files
clang-14 -std=gnu17 -g -O1 -I. -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
	-o "$work/fuzz" "trace/fuzz/${target}_fuzz.c" trace/fuzz/input.c $sources -lz -lm

corpus=trace/fuzz/$target.corpus.tar.gz
mkdir "$work/corpus"
tar --extract --gzip --file="$corpus" --directory="$work/corpus"
"$work/fuzz" -artifact_prefix="$PWD/$target-" -max_len=16384 "$@" "$work/corpus"
mkdir "$work/small"
"$work/fuzz" -merge=1 -max_len=16384 "$work/small" "$work/corpus"
trace/fuzz/pack.sh "$work/small" "$corpus"
