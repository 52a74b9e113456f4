#!/bin/sh
# Proves that build and tests need no network. First, fetches everything. Then builds and tests the tree without cached
# results, in a network namespace that has no connection. Needs root, or unprivileged user namespaces.
set -eu
here=$(dirname "$(readlink -f "$0")")
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT

cd "$here/../.."
./bazelw fetch //...
cache=$(./bazelw info repository_cache)
./bazelw shutdown
"$here/copy_tree.sh" "$work/tree"

if [ "$(id -u)" = 0 ]; then namespace=--net; else namespace="--net --map-root-user"; fi
# shellcheck disable=SC2016,SC2086 # the inner shell expands its own $1 and $2; $namespace may be several words
unshare $namespace sh -euc '
	ip link set lo up
	echo "network: $(ip -brief address | tr "\n" " ")"
	cd "$1/tree"
	for command in build test; do
		./bazelw --output_user_root="$1/output" "$command" --repository_cache="$2" --disk_cache= //...
	done
	./bazelw --output_user_root="$1/output" shutdown
' sh "$work" "$cache"
