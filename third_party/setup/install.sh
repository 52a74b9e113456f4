#!/bin/sh
# Installs packages of packages.txt on Debian: install.sh "NAME ..."
# On Debian 12, packages with a minimum version come from the backports of Debian 12 on the same mirror, because Debian
# 12 itself has older versions. All other packages come from the machine's own sources.
set -eu
setup=$(dirname "$(readlink -f "$0")")
wanted=$(echo "$1" | tr '\n' ' ')

say() { printf 'bazelw: %s\n' "$*" >&2; }

by_hand() {
	say "$1"
	say "missing: $wanted"
	say "third_party/setup/packages.txt explains what each is for. To continue without them: HARTSCOPE_INSTALL=no ./bazelw ..."
	exit 2
}

command -v apt-get >/dev/null || by_hand "this machine has no apt; please install what is missing (QEMU >= 10, OpenSBI >= 1.5)"
# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "${ID:-} ${VERSION_CODENAME:-}")
case $release in
"debian "*) release=${release#debian } ;;
*) by_hand "this is not Debian; please install the packages, or the programs in them, yourself" ;;
esac

as_root=
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null || by_hand "you are not root, and there is no sudo; as root, run: $setup/install.sh \"$wanted\""
	as_root="sudo"
fi

apt() {
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600 -o Acquire::Retries=2 "$@" >&2
}

backports_wanted() {
	for name in $wanted; do
		if grep -q "^$name >=" "$setup/packages.txt"; then printf '%s ' "$name"; fi
	done
}

main_wanted() {
	for name in $wanted; do
		if ! grep -q "^$name >=" "$setup/packages.txt"; then printf '%s ' "$name"; fi
	done
}

# QEMU and OpenSBI of bookworm (Debian 12) are too old. Later releases need no backports.
needs_backports() { [ "$release" = bookworm ] && [ -n "$(backports_wanted)" ]; }

add_backports() {
	grep -Eqrs "^(Suites:|deb ).*$release-backports" /etc/apt/sources.list /etc/apt/sources.list.d \
		--include=*.list --include=*.sources && return
	source=/etc/apt/sources.list.d/hartscope-backports.sources
	say "adding $release-backports to apt's sources, in $source"
	"$setup/../debian/sources.sh" "$release-backports" | $as_root tee "$source" >/dev/null
}

say "installing what this machine lacks from Debian ($release): $wanted"
if needs_backports; then add_backports; fi
apt update
if needs_backports; then
	main=$(main_wanted)
	# shellcheck disable=SC2086 # each package is one word
	if [ -n "$main" ]; then apt install -y --no-install-recommends $main; fi
	# shellcheck disable=SC2046
	apt install -y --no-install-recommends -t "$release-backports" $(backports_wanted)
else
	# shellcheck disable=SC2086
	apt install -y --no-install-recommends $wanted
fi

left=$("$setup/missing.sh" | tr '\n' ' ')
[ -z "$left" ] || { wanted=$left; by_hand "the packages were installed, but some are still missing or too old"; }
