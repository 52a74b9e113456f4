# shellcheck shell=dash
# What the scripts of the workloads share. Each script measures one workload in the guest, and prints its figures as
# `hartscope: figure NAME UNIT VALUE`. A unit that ends in _per_second is a rate, and for it a greater value is better.

fail() {
	echo "$1"
	exit 1
}

# The seconds since the kernel's start, with hundredths.
uptime() {
	read -r seconds _ < /proc/uptime
	echo "$seconds"
}

# figure NAME UNIT VALUE
figure() {
	[ -n "$3" ] || fail "found no value for $1"
	echo "hartscope: figure $1 $2 $3"
}

# timed NAME COMMAND...: how long the command takes
timed() {
	name=$1
	shift
	start=$(uptime)
	"$@" || fail "$* ended with $?"
	figure "$name" seconds "$(echo "$(uptime) $start" | awk '{ printf "%.2f", $1 - $2 }')"
}
