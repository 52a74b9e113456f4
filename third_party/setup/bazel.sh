# shellcheck shell=sh
# Functions that decide whether a Bazel can build this tree, and which options it needs. bazelw and doctor.sh set $setup
# and then include this file.
: "${setup:?}"

# bazel_version PROGRAM: prints the version of the Bazel PROGRAM, or nothing if it is unknown. Debian's Bazel 4.2 reports the version
# no_version. In this case, prints the version of the Debian package that contains the program.
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

# bazel_problem PROGRAM VERSION: prints a sentence that explains why this Bazel cannot build the tree, or nothing if it can.
bazel_problem() {
	case $2 in
	4.2 | 4.2[!0-9]* | [567].*) ;;
	"") echo "$1 does not report its version: $(cd "$setup" && "$1" --version 2>&1 | head -n 1)" ;;
	[0-4].*) echo "$1 is Bazel $2, which is too old: versions 4.2 to 7 can build this tree" ;;
	*) echo "$1 is Bazel $2, which is too new: this tree needs WORKSPACE and built-in rules for Python and shell, as versions 4.2 to 7 have" ;;
	esac
}

# bazel_options VERSION: prints the option to add before Bazel's command, or nothing if this version needs none.
bazel_options() {
	case $1 in
	7.*) echo "--bazelrc=$setup/bazel_7.bazelrc" ;;
	esac
}
