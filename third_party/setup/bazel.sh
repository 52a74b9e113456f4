# shellcheck shell=sh
# Which Bazel can build this tree, and what it has to be passed. Included by bazelw and doctor.sh, which set $setup.
: "${setup:?}"

# bazel_version PROGRAM: prints its version, or nothing if it does not say one. Debian's Bazel 4.2 calls its version
# no_version; then the version of the package that the file belongs to is printed.
bazel_version() {
	said=$(cd "$setup" && timeout 120 "$1" --version 2>/dev/null | sed -n 's/^bazel //p')
	case $said in
	[0-9]*) echo "$said" ;;
	no_version)
		package=$(dpkg-query -S "$(readlink -f "$1")" 2>/dev/null | sed -n 's/: .*//p')
		if [ -n "$package" ]; then dpkg-query -W -f '${Version}\n' "$package"; fi
		;;
	esac
}

# bazel_problem PROGRAM VERSION: prints in one sentence why this Bazel cannot build the tree, or nothing if it can.
bazel_problem() {
	case $2 in
	4.2 | 4.2[!0-9]* | [567].*) ;;
	"") echo "$1 does not say its version: $(cd "$setup" && "$1" --version 2>&1 | head -n 1)" ;;
	[0-4].*) echo "$1 is Bazel $2, which is too old for this tree: 4.2 to 7 can build it" ;;
	*) echo "$1 is Bazel $2, which is too new: this tree needs WORKSPACE and built-in rules for Python and shell, as 4.2 to 7 have them" ;;
	esac
}

# bazel_options VERSION: prints the option that goes before Bazel's command, or nothing if it needs none.
bazel_options() {
	case $1 in
	7.*) echo "--bazelrc=$setup/bazel_7.bazelrc" ;;
	esac
}
