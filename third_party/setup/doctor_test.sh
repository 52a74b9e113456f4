#!/bin/sh
# Tests that doctor.sh checks the Bazel that ./bazelw starts. This is the first program `bazel` in PATH, no matter which
# packages are installed.
set -eu
doctor=$(readlink -f "$1")
bin=$TEST_TMPDIR/bin
mkdir -p "$bin"
for tool in sh sed readlink dirname head timeout grep cat; do ln -sf "$(command -v "$tool")" "$bin/$tool"; done

# make NAME LINES: puts a shell script with these lines into PATH.
make() {
	printf '#!/bin/sh\n%s\n' "$2" >"$bin/$1"
	chmod +x "$bin/$1"
}

# expect CODE TEXT: fails unless the doctor's check of Bazel ends with this exit code and prints this text.
expect() {
	code=0
	said=$(PATH=$bin JAVA_HOME='' "$doctor" bazel) || code=$?
	if [ "$code" != "$1" ] || ! echo "$said" | grep -Fq "$2"; then
		echo "expected code $1 and: $2; found code $code and: $said"
		exit 1
	fi
}

# This dpkg-query behaves as on a Debian system on which bazel-bootstrap 4.2.3 is installed. The package contains only
# the file $OWNED.
make dpkg-query "case \$1 in
-S) [ \"\$2\" = \"\$OWNED\" ] && echo \"bazel-bootstrap: \$2\" ;;
-W) echo 4.2.3+ds-9 ;;
esac"

export OWNED="$bin/bazel"
expect 1 "not in PATH"

make bazel 'echo "bazel no_version"'
expect 0 "4.2.3+ds-9, $bin/bazel"

OWNED=/usr/bin/bazel
expect 1 "$bin/bazel does not report its version: bazel no_version"

make bazel 'echo "bazel 7.7.1"'
expect 0 "7.7.1, $bin/bazel"

make bazel 'echo "bazel 9.0.0"'
expect 1 "$bin/bazel is Bazel 9.0.0"
expect 1 "/usr/bin has to come first in PATH"
expect 1 "USE_BAZEL_VERSION=4.2"

make bazel 'echo "bazel 4.20.0"'
expect 1 "is Bazel 4.20.0"

make bazel 'echo "Bazelisk version: 1.20"; echo "bazel 4.2.4"'
expect 0 "4.2.4"

make bazel 'echo "cannot download" >&2; exit 1'
expect 1 "does not report its version: cannot download"
