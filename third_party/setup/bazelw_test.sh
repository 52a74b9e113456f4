#!/bin/sh
# Tests that bazelw adds the options that each Bazel needs, and prints one sentence if it refuses a Bazel that cannot build the
# tree.
set -eu
tree="$TEST_TMPDIR/a tree"
bin=$TEST_TMPDIR/bin
mkdir -p "$tree/third_party/setup" "$bin"
cp "$1" "$tree/bazelw"
shift
cp "$@" "$tree/third_party/setup"
for tool in sh sed awk readlink dirname head timeout cat; do ln -sf "$(command -v "$tool")" "$bin/$tool"; done

# bazel_is VERSION: puts a bazel into PATH that reports this version, and otherwise prints its arguments, one per line.
bazel_is() {
	cat >"$bin/bazel" <<-END
		#!/bin/sh
		if [ "\$1" = --version ]; then echo "bazel $1"; else for word in "\$@"; do echo "\$word"; done; fi
	END
	chmod +x "$bin/bazel"
}

# run ARGUMENTS: runs bazelw. $said is its output, and $code its exit code.
run() {
	code=0
	said=$(PATH=$bin HARTSCOPE_INSTALL=no "$tree/bazelw" "$@" 2>&1) || code=$?
}

fail() {
	echo "$1; exit code $code and: $said"
	exit 1
}

# expect CODE TEXT: fails unless the last run ended with this exit code and printed exactly this text.
expect() {
	if [ "$code" != "$1" ] || [ "$said" != "$2" ]; then fail "expected code $1 and: $2"; fi
}

# passes VERSION ARGUMENTS: fails unless a Bazel of this version gets exactly these arguments, one per line.
passes() {
	bazel_is "$1"
	run build "//two words"
	expect 0 "$2"
}

# refuses VERSION WORDS: fails unless bazelw ends with code 2 and one sentence that contains these words.
refuses() {
	bazel_is "$1"
	run build //...
	[ "$code" = 2 ] || fail "Bazel $1 was not refused"
	case $said in
	*"
"*) fail "the message about Bazel $1 has more than one line" ;;
	"bazelw: $bin/bazel $2"*"4.2 to 7"*) ;;
	*) fail "the message has no reason why Bazel $1 was refused" ;;
	esac
}

run build //...
expect 2 "bazelw: there is no bazel in PATH; ./bazelw doctor shows what is missing"

arguments="build
//two words"
passes 4.2.3 "$arguments"
passes 4.2.4- "$arguments"
passes 6.5.0 "$arguments"
passes 7.7.1 "--bazelrc=$tree/third_party/setup/bazel_7.bazelrc
$arguments"

refuses 3.7.2 "is Bazel 3.7.2, which is too old"
refuses 4.1.0 "is Bazel 4.1.0, which is too old"
refuses 8.4.2 "is Bazel 8.4.2, which is too new"
refuses 9.0.0 "is Bazel 9.0.0, which is too new"
refuses 10.1.0 "is Bazel 10.1.0, which is too new"

bazel_is no_version
run build //...
expect 2 "bazelw: $bin/bazel does not report its version: bazel no_version"
