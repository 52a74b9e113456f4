#!/bin/busybox sh
# shellcheck shell=dash source-path=SCRIPTDIR
# cyclictest of rt-tests: a real-time thread on each hart sleeps until a time, and measures how much later it runs. Prints the mean of
# the threads' averages, and the greatest delay of all.
. /hartscope/workloads/common.sh

said=$(cyclictest -q -S -p 80 -i 2000 -l 500 -m 2> /dev/null) || fail "$said"
threads=$(echo "$said" | sed -n 's/^T:.* Avg: *\([0-9]*\) Max: *\([0-9]*\).*/\1 \2/p')
figure cyclictest_average microseconds "$(echo "$threads" | awk '{ sum += $1 } END { printf "%.1f", sum / NR }')"
figure cyclictest_maximum microseconds "$(echo "$threads" | awk '$2 > most { most = $2 } END { print most }')"
