#!/bin/busybox sh
# Loads the driver, has hsctl and the device do what they can with this monitor, unloads it and loads it again.
# Started by init for hartscope_test=driver. Says `hartscope: driver: CHECK: good` (or bad) for each check; ends with 1 if any was bad.
# hartscope_test=no_monitor: only that the driver does not load.
# hartscope_slots=N: how many slots all harts together write in each mode, while readers read.

bb=/bin/busybox
failed=0

say() { echo "hartscope: driver: $1: $2"; }

# check NAME WANTED_EXIT_CODE COMMAND...: its output is kept in /tmp/out, messages in /tmp/error.
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

# told NAME TEXT: the last check's output or messages have the text.
told() {
	$bb cat /tmp/out /tmp/error >/tmp/said
	check "$1" 0 $bb grep -qF "$2" /tmp/said
}

load() { $bb insmod /lib/hartscope.ko; }
unload() { $bb rmmod hartscope; }

check "hsctl without the driver fails" 1 /bin/hsctl stat
told "it says what to load" "insmod hartscope.ko"

if [ "$hartscope_test" = no_monitor ]; then
	check "the driver does not load without a monitor" 19 load # ENODEV
	$bb dmesg >/tmp/out
	told "it says why" "no hartscope monitor answers"
	exit $failed
fi

check "the driver loads" 0 load
check "its device is there" 0 test -c /dev/hartscope
check "hsctl stat" 0 /bin/hsctl stat
$bb cat /tmp/out
has_trace=yes
$bb grep -q "built without module trace" /tmp/out && has_trace=no
check "hsctl stat --json" 0 /bin/hsctl stat --json
echo "hartscope: driver: json: $($bb tr -d '\n' </tmp/out)"
check "hsctl mark" 0 /bin/hsctl mark 7 0xfeed
for command in stat top; do
	check "hsctl $command to a full device" 1 $bb sh -c "/bin/hsctl $command >/dev/full"
	told "hsctl $command says that it is full" "No space left"
done
check "hsctl mark without a value" 2 /bin/hsctl mark 7
check "hsctl with an unknown command" 2 /bin/hsctl dance
check "hsctl with a misspelled command" 2 /bin/hsctl recrod
told "hsctl says which command was meant" "did you mean record?"
check "hsctl top" 0 /bin/hsctl top --count=1
for command in stat record mark top; do
	check "hsctl $command --help" 0 /bin/hsctl $command --help
	told "it has an example" "Example:"
done

/bin/driver_check || failed=1
if [ $has_trace = yes ]; then
	for mode in overwrite discard; do
		/bin/driver_loss $mode "${hartscope_slots:-500000}" || failed=1
	done
	check "hsctl record" 3 /bin/hsctl record -o /tmp/some.hst --mask=exit,mark -- $bb sh -c "/bin/hsctl mark 1 2; exit 3"
	told "it says how much" "slots of"
	check "the dump is there" 0 test -s /tmp/some.hst
	check "hsctl record of a program that is not there" 127 /bin/hsctl record -o /tmp/some.hst -- /bin/none
	check "hsctl record of an unknown event" 2 /bin/hsctl record -o /tmp/some.hst --mask=exits
	told "hsctl says which event was meant" "did you mean exit?"
	check "hsctl record to a full device" 1 /bin/hsctl record -o /dev/full -- $bb true
	mask=$(/bin/hsctl stat | $bb grep -o "mask 0x[0-9a-f]*")
	/bin/hsctl record -o - --mask=mark --seconds=60 2>/dev/null | $bb true
	check "hsctl stat after a recording whose pipe was closed" 0 /bin/hsctl stat
	told "the mask is as it was" "$mask,"
	check "hsctl record for a second" 0 /bin/hsctl record -o /tmp/some.hst --history --seconds=1
else
	check "hsctl record without a trace fails" 1 /bin/hsctl record -o /tmp/none.hst -- $bb true
	told "it says what is missing" "without module trace"
fi

check "a file that is open keeps the driver" 1 $bb sh -c "$bb rmmod hartscope </dev/hartscope"
check "the driver unloads" 0 unload
check "its device is gone" 1 test -e /dev/hartscope
check "it loads again" 0 load
check "hsctl stat, again" 0 /bin/hsctl stat
check "it unloads again" 0 unload
check "the kernel has no complaint" 1 $bb sh -c "$bb dmesg | $bb grep -E 'BUG|WARNING|Oops|hartscope:.*(fail|error)' | $bb grep -v verification"
exit $failed
