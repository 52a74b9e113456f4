#!/bin/busybox sh
# shellcheck shell=dash source-path=SCRIPTDIR
# stress-ng: context switches, high-resolution timers, new processes, and changes of page tables that other harts must see. One process
# of each kind runs for two seconds, one kind after another.
. /hartscope/workloads/common.sh

for stressor in switch hrtimers fork tlb-shootdown; do
	said=$(stress-ng "--$stressor" 1 --timeout 2 --metrics-brief 2>&1) || fail "$said"
	rate=$(echo "$said" | awk -v name="$stressor" '/ metrc: / && $4 == name { print $9 }')
	figure "stress_ng_$(echo "$stressor" | tr - _)" operations_per_second "$rate"
done
