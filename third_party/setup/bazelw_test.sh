#!/bin/sh
# bazelw passes each Bazel what it needs, and refuses in one sentence one that cannot build the tree.
set -eu
tree="$TEST_TMPDIR/a tree"
bin=$TEST_TMPDIR/bin
mkdir -p "$tree/third_party/setup" "$bin"
cp "$1" "$tree/bazelw"
shift
cp "$@" "$tree/third_party/setup"
for tool in sh sed awk readlink dirname head timeout cat; do ln -sf "$(command -v "$tool")" "$bin/$tool"; done

# bazel_is VERSION: the bazel in PATH says this version, and prints its arguments, one in a line.
bazel_is() {
	cat >"$bin/bazel" <<-END
		#!/bin/sh
		if [ "\$1" = --version ]; then echo "bazel $1"; else for word in "\$@"; do echo "\$word"; done; fi
	END
	chmod +x "$bin/bazel"
}

# run ARGUMENTS: what bazelw prints; the exit code is left in $code.
run() {
	code=0
	said=$(PATH=$bin HARTSCOPE_INSTALL=no "$tree/bazelw" "$@" 2>&1) || code=$?
}

fail() {
	echo "$1; exit code $code and: $said"
	exit 1
}

# expect CODE TEXT: how run has ended, and all that it has printed.
expect() {
	if [ "$code" != "$1" ] || [ "$said" != "$2" ]; then fail "expected code $1 and: $2"; fi
}

# passes VERSION ARGUMENTS: the Bazel of this version gets exactly these, one in a line.
passes() {
	bazel_is "$1"
	run build "//two words"
	expect 0 "$2"
}

# refuses VERSION WORDS: bazelw ends with code 2 and one sentence, which has the words.
refuses() {
	bazel_is "$1"
	run build //...
	[ "$code" = 2 ] || fail "Bazel $1 was not refused"
	case $said in
	*"
"*) fail "not one sentence on Bazel $1" ;;
	"bazelw: $bin/bazel $2"*"4.2 to 7"*) ;;
	*) fail "no reason why Bazel $1 was refused" ;;
	esac
}

run build //...
expect 2 "bazelw: there is no bazel in PATH; ./bazelw doctor names what is missing"

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
expect 2 "bazelw: $bin/bazel does not say its version: bazel no_version"
