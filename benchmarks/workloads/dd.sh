#!/bin/busybox sh
# shellcheck shell=dash source-path=SCRIPTDIR
# dd: the kernel fills 64 MiB of memory with zeros, four times.
. /hartscope/workloads/common.sh

fill() {
	for _ in 1 2 3 4; do
		dd if=/dev/zero of=/tmp/zeros bs=1M count=64 2> /dev/null || return 1
	done
	rm /tmp/zeros
}
timed dd fill
