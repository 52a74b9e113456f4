#!/bin/busybox sh
# shellcheck shell=dash source-path=SCRIPTDIR
# hackbench of rt-tests: 20 processes send messages to 20 others through sockets.
. /hartscope/workloads/common.sh

said=$(hackbench -g 1 -l 200) || fail "$said"
figure hackbench seconds "$(echo "$said" | sed -n 's/^Time: //p')"
