#!/bin/busybox sh
# Tests the driver in the guest. It loads the driver, tries everything that hsctl and the device can do with this monitor, unloads the
# driver, and loads it again. init starts this script if the kernel's command line has hartscope_test=driver. The script prints
# `hartscope: driver: CHECK: good` (or bad) for each check, and exits with 1 if a check was bad. With hartscope_test=no_monitor, it only
# tests that the driver does not load. hartscope_slots=N sets how many slots all harts together write in each mode while readers read.

bb=/bin/busybox
failed=0

say() { echo "hartscope: driver: $1: $2"; }

# check NAME EXIT_CODE COMMAND...: runs COMMAND, and expects EXIT_CODE. Stores stdout in /tmp/out, and stderr in /tmp/error.
check() {
	name=$1 wanted=$2
	shift 2
	"$@" >/tmp/out 2>/tmp/error
	code=$?
	if [ $code = "$wanted" ]; then
		say "$name" good
	else
		failed=1
		say "$name" "bad: exit code $code, not $wanted"
		$bb head -n 20 /tmp/out /tmp/error
	fi
}

# expect_text NAME TEXT: expects TEXT in stdout or stderr of the last command that `check` ran.
expect_text() {
	$bb cat /tmp/out /tmp/error >/tmp/said
	check "$1" 0 $bb grep -qF "$2" /tmp/said
}

load() { $bb insmod /lib/hartscope.ko; }
unload() { $bb rmmod hartscope; }

check "hsctl without the driver fails" 1 /bin/hsctl stat
expect_text "the message names the module to load" "insmod hartscope.ko"

if [ "$hartscope_test" = no_monitor ]; then
	check "the driver does not load without a monitor" 19 load # ENODEV
	$bb dmesg >/tmp/out
	expect_text "the kernel's log says why" "no hartscope monitor answers"
	exit $failed
fi

check "the driver loads" 0 load
check "the device exists" 0 test -c /dev/hartscope
check "hsctl stat succeeds" 0 /bin/hsctl stat
$bb cat /tmp/out
has_trace=yes
$bb grep -q "built without module trace" /tmp/out && has_trace=no
check "hsctl stat --json succeeds" 0 /bin/hsctl stat --json
echo "hartscope: driver: json: $($bb tr -d '\n' </tmp/out)"
check "hsctl mark succeeds" 0 /bin/hsctl mark 7 0xfeed
for command in stat top; do
	check "hsctl $command fails if its output is full" 1 $bb sh -c "/bin/hsctl $command >/dev/full"
	expect_text "hsctl $command reports the full output" "No space left"
done
check "hsctl mark without a value is refused" 2 /bin/hsctl mark 7
check "an unknown command of hsctl is refused" 2 /bin/hsctl dance
check "a misspelled command of hsctl is refused" 2 /bin/hsctl recrod
expect_text "hsctl suggests the right command" "did you mean record?"
check "hsctl top succeeds" 0 /bin/hsctl top --count=1
for command in stat record mark top; do
	check "hsctl $command --help succeeds" 0 /bin/hsctl $command --help
	expect_text "the help of hsctl $command has an example" "Example:"
done

# expect_no_ftrace WHEN: expects that hsctl has switched off ftrace, and restored hv's mask, which is $mask.
expect_no_ftrace() {
	check "hsctl leaves no instance of ftrace $1" 1 test -e $instance
	check "hsctl stat succeeds $1" 0 /bin/hsctl stat
	expect_text "hsctl has restored the mask $1" "$mask,"
}

# expect_whole FILE WHEN: expects a complete file of ftrace.
expect_whole() {
	check "hsctl writes all of ftrace's file $2" 0 $bb sh -c "$bb tail -c 6 $1 | $bb grep -qx 'end 0'"
}

# Tests hsctl record --ftrace. Its results are checked on the host by //benchmarks:hsctl_ftrace_test.
test_ftrace() {
	tracing=/sys/kernel/tracing
	instance=$tracing/instances/hsctl
	check "hsctl record --ftrace without tracefs fails" 1 /bin/hsctl record -o /tmp/f.hst --ftrace -- $bb true
	expect_text "hsctl names the command that mounts tracefs" "mount -t tracefs tracefs $tracing"
	check "tracefs is mounted" 0 $bb mount -t tracefs tracefs $tracing

	check "hsctl record --ftrace ends with the command's exit code" 3 /bin/hsctl record -o /tmp/f.hst --ftrace --mask=ecall -- $bb sh -c "exit 3"
	expect_text "hsctl prints how much it has recorded" "pages of"
	expect_whole /tmp/f.hst.ftrace "after a command"
	expect_no_ftrace "after a command"
	check "hsctl record --ftrace --seconds=1 succeeds" 0 /bin/hsctl record -o /tmp/f.hst --ftrace="sched:*,ipi_send_cpu" --seconds=1
	expect_whole /tmp/f.hst.ftrace "after a second"

	$bb rm /tmp/f.hst*
	/bin/hsctl record -o /tmp/f.hst --ftrace 2>/dev/null &
	$bb usleep 700000
	kill -INT $!
	check "hsctl record --ftrace succeeds after ^C" 0 wait $!
	expect_whole /tmp/f.hst.ftrace "after ^C"
	expect_no_ftrace "after ^C"

	$bb rm /tmp/f.hst*
	check "an unknown event of ftrace is refused" 1 /bin/hsctl record -o /tmp/f.hst --ftrace="irq:*,sched:sched_swich" -- $bb true
	expect_text "hsctl suggests the right event of ftrace" "did you mean sched:sched_switch?"
	check "no file is left then" 1 $bb sh -c "$bb ls /tmp/f.hst*"
	expect_no_ftrace "after an unknown event"
	check "hsctl record --ftrace to stdout is refused" 2 /bin/hsctl record -o - --ftrace
	check "hsctl record --ftrace to a device is refused" 1 /bin/hsctl record -o /dev/null --ftrace -- $bb true

	check "the instance of a hsctl that was killed is replaced" 0 $bb sh -c "$bb mkdir $instance && /bin/hsctl record -o /tmp/f.hst --ftrace -- $bb true"
	check "a second hsctl cannot record ftrace" 1 $bb sh -c "$bb mkdir $instance && exec 3<$instance/trace_pipe && /bin/hsctl record -o /tmp/f.hst --ftrace -- $bb true"
	expect_text "hsctl says why" "another hsctl records ftrace"
	$bb rmdir $instance

	$bb mkdir /tmp/small
	check "a small file system is mounted" 0 $bb mount -t tmpfs -o size=128k tmpfs /tmp/small
	check "hsctl record --ftrace fails if the disk is full" 1 /bin/hsctl record -o /tmp/small/f.hst --mask=mark --ftrace --seconds=2
	expect_text "hsctl reports the full disk" "No space left"
	check "no part of ftrace's file is left then" 1 test -e /tmp/small/f.hst.ftrace
	expect_no_ftrace "after a full disk"
	$bb umount /tmp/small
	$bb umount $tracing
}

/bin/driver_check || failed=1
if [ $has_trace = yes ]; then
	for mode in overwrite discard; do
		/bin/driver_loss $mode "${hartscope_slots:-500000}" || failed=1
	done
	check "hsctl record ends with the command's exit code" 3 \
		/bin/hsctl record -o /tmp/some.hst --mask=exit,mark -- $bb sh -c "/bin/hsctl mark 1 2; exit 3"
	expect_text "hsctl record prints the number of slots" "slots of"
	check "hsctl record writes the dump" 0 test -s /tmp/some.hst
	check "hsctl record with a missing command ends with 127" 127 /bin/hsctl record -o /tmp/some.hst -- /bin/none
	check "hsctl record of an unknown event is refused" 2 /bin/hsctl record -o /tmp/some.hst --mask=exits
	expect_text "hsctl suggests the right event" "did you mean exit?"
	check "hsctl record fails if its output is full" 1 /bin/hsctl record -o /dev/full -- $bb true
	mask=$(/bin/hsctl stat | $bb grep -o "mask 0x[0-9a-f]*")
	/bin/hsctl record -o - --mask=mark --seconds=60 2>/dev/null | $bb true
	check "hsctl stat succeeds after hsctl record lost its reader" 0 /bin/hsctl stat
	expect_text "hsctl record restored the mask" "$mask,"
	check "hsctl record --seconds=1 succeeds" 0 /bin/hsctl record -o /tmp/some.hst --history --seconds=1
	test_ftrace
else
	check "hsctl record without a trace fails" 1 /bin/hsctl record -o /tmp/none.hst -- $bb true
	expect_text "the message names the missing module" "without module trace"
fi

check "the driver does not unload while the device is open" 1 $bb sh -c "$bb rmmod hartscope </dev/hartscope"
check "the driver unloads" 0 unload
check "the device is gone" 1 test -e /dev/hartscope
check "the driver loads again" 0 load
check "hsctl stat succeeds again" 0 /bin/hsctl stat
check "the driver unloads again" 0 unload
check "the kernel's log has no fault" 1 $bb sh -c "$bb dmesg | $bb grep -E 'BUG|WARNING|Oops|hartscope:.*(fail|error)' | $bb grep -v verification"
exit $failed
