#!/bin/sh
# ./bazelw doctor: checks tools, versions and disk space, and prints a remedy for each check that fails. The exit code
# is 1 if any check failed. If the argument is the name of a check, runs only this check. For example, `doctor.sh bazel`
# checks only Bazel.
set -u
setup=$(dirname "$(readlink -f "$0")")
root=$setup/../..
# shellcheck source=third_party/setup/bazel.sh
. "$setup/bazel.sh"
failed=0

good() { printf 'good  %-22s %s\n' "$1" "$2"; }
bad() {
	printf 'BAD   %-22s %s\n      remedy: %s\n' "$1" "$2" "$3"
	failed=1
}

# check_tool NAME COMMAND...: checks that the command runs. The first line that it prints is shown as its version.
check_tool() {
	name=$1
	shift
	if ! command -v "$1" >/dev/null; then
		bad "$name" "$1 is not in PATH" "run ./bazelw once (on Debian), or install $1"
	elif ! version=$("$@" 2>&1); then
		bad "$name" "$* fails: $version" "install $1 again"
	else
		good "$name" "$(echo "$version" | head -n 1)"
	fi
}

# check_at_least NAME FOUND WANTED REMEDY: checks that version FOUND is not lower than version WANTED (MAJOR.MINOR).
check_at_least() {
	if [ "$(printf '%s\n%s\n' "$3" "$2" | sort -V | head -n 1)" = "$3" ]; then
		good "$1 >= $3" "$2"
	else
		bad "$1 >= $3" "found version ${2:-none}" "$4"
	fi
}

# check_space NAME DIRECTORY MEGABYTES: checks that the file system of DIRECTORY has this much free space. DIRECTORY need not exist.
check_space() {
	directory=$2
	while [ ! -d "$directory" ]; do directory=$(dirname "$directory"); done
	free=$(df -Pm "$directory" | awk 'NR == 2 { print $4 }')
	if [ "$free" -ge "$3" ]; then
		good "$1" "$free MB free in $directory"
	else
		bad "$1" "$free MB free in $directory, but $3 MB are needed" "delete files, or use another disk (bazel: --output_user_root=DIR)"
	fi
}

check_packages() {
	missing=$("$setup/missing.sh" | tr '\n' ' ')
	if [ -z "$missing" ]; then
		good "packages" "all packages of third_party/setup/packages.txt are installed"
	else
		bad "packages" "missing or too old: $missing" "./bazelw build //... installs them on Debian"
	fi
}

check_python() {
	for module in matplotlib jsonschema jinja2; do
		if /usr/bin/python3 -c "import $module" 2>/dev/null; then
			good "python3 $module" "$(/usr/bin/python3 -c "import $module; print($module.__version__)" 2>/dev/null)"
		else
			bad "python3 $module" "/usr/bin/python3 cannot import it" "apt-get install python3-$module"
		fi
	done
}

check_qemu() {
	version=$(qemu-system-riscv64 --version 2>/dev/null | sed -n 's/.*version \([0-9.]*\).*/\1/p')
	check_at_least QEMU "$version" 10.0 "Debian 12: apt-get install -t bookworm-backports qemu-system-riscv"
	version=$(dpkg-query -W -f '${Version}' opensbi 2>/dev/null)
	check_at_least OpenSBI "$version" 1.5 "Debian 12: apt-get install -t bookworm-backports opensbi"
}

# Checks the Bazel that ./bazelw starts. This is the first program `bazel` in PATH. It need not come from a Debian
# package.
check_bazel() {
	debian="apt-get install bazel-bootstrap, which installs /usr/bin/bazel; /usr/bin has to come first in PATH"
	if ! program=$(command -v bazel); then
		bad bazel "not in PATH" "apt-get install bazel-bootstrap"
	else
		version=$(bazel_version "$program")
		problem=$(bazel_problem "$program" "$version")
		if [ -n "$problem" ]; then
			bad bazel "$problem" "$debian; for Bazelisk: export USE_BAZEL_VERSION=4.2.4"
		else
			good bazel "$version, $program"
		fi
	fi
	if [ -n "${JAVA_HOME:-}" ] && [ ! -x "$JAVA_HOME/bin/java" ]; then
		bad JAVA_HOME "$JAVA_HOME has no bin/java" "unset JAVA_HOME"
	fi
}

check_toolchain() {
	own=${RISCV_TOOLCHAIN:-}
	if [ -n "$own" ]; then
		check_tool "your RISC-V gcc" "$own/bin/riscv64-unknown-elf-gcc" --version
	else
		check_tool "RISC-V gcc (none)" riscv64-unknown-elf-gcc --version
	fi
	check_tool "RISC-V gcc (linux)" riscv64-linux-gnu-gcc --version
	check_tool "host g++" g++ --version
}

check_mirror() {
	if source=$("$setup/../debian/sources.sh" trixie 2>&1); then
		good "Debian mirror" "$(echo "$source" | sed -n 's/^URIs: //p')"
	else
		bad "Debian mirror" "$source" "set HARTSCOPE_DEBIAN_MIRROR=URL (needed only when the guests are fetched for the first time)"
	fi
}

# If the user has named a check, run only this check.
if [ $# -gt 0 ]; then
	"check_$1"
	exit $failed
fi
check_packages
check_bazel
check_toolchain
check_qemu
check_python
check_tool cpio cpio --version
check_tool dtc dtc --version
check_tool gdb gdb-multiarch --version
check_tool node node --version
check_tool chromium chromium-headless-shell --version
check_tool pip /usr/bin/python3 -m pip --version
check_mirror
check_space "disk: this tree" "$root" 100
check_space "disk: Bazel's cache" "${HOME:-/}/.cache/bazel" 3000
check_space "disk: /tmp" /tmp 1000
check_space "disk: /dev/shm" /dev/shm 64
exit $failed
