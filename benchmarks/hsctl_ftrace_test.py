"""Boots Linux under hv, records the workload in the guest by hsctl record --ftrace, and checks with Perfetto's trace processor
that Linux' events and hv's exits agree about the time. The arguments of this test are arguments for boot_qemu."""

import os
import re
import sys
import unittest
from pathlib import Path
from typing import ClassVar

from benchmarks import boot_qemu
from benchmarks.boot_task import FTRACE_EVENTS
from cli.workspace import workspace_file
from trace.ftrace import calls, from_hsctl, stream
from trace.ftrace.merge import Merged
from trace.perfetto.trace_processor import TraceProcessor

ARGUMENTS = sys.argv[1:]
DIRECTORY = Path(os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR") or os.environ["TEST_TMPDIR"])
DUMP, OUT = DIRECTORY / "of_guest.hst", DIRECTORY / "both.pftrace"
FEW, FEW_OUT = DIRECTORY / "few.hst", DIRECTORY / "few.pftrace"
FTRACE, FEW_FTRACE = (Path(f"{dump}{from_hsctl.BESIDE}") for dump in (DUMP, FEW))
UNCERTAINTY_MOST = 2000  # ns
SEND_IPI = 0x735049

# Records a workload, and then a few SBI calls, and sends all files through virtio-serial ports. The workload starts processes on all
# CPUs, but leaves so much time that hsctl can read all slots. The host's own dump has the marks of both recordings.
COMMAND = """hsctl record -o /tmp/g.hst --ftrace -- sh -c 'for i in $(seq 200); do usleep 5000 & usleep 5000; done' || exit
hsctl record -o /tmp/few.hst --mask=ecall --ftrace=sched:sched_switch -- true || exit
send() { port=$(grep -lx $1 /sys/class/virtio-ports/*/name) && port=${port%/name} && cat $2 >/dev/${port##*/}; }
send test.0 /tmp/g.hst && send test.1 /tmp/g.hst.ftrace && send test.2 /tmp/few.hst && send test.3 /tmp/few.hst.ftrace"""

EVENTS = "select name, count(*) events from ftrace_event group by name"
# How many threads ran on each CPU, and whether they ran while hv recorded exits of the hart.
THREADS = """select cpu, count(distinct utid) threads, count(*) slices from sched_slice
    where ts > (select min(ts) from slice where category = 'exit') and ts < (select max(ts) from slice where category = 'exit')
    group by cpu order by cpu"""
# How long threads ran in total: on the CPUs as Perfetto shows them, and on the tracks in the groups of the harts.
RUNNING = "select sum(dur) ns from sched_slice join thread using (utid) where tid != 0"
DRAWN = "select sum(dur) ns from slice where category = 'thread'"
HEADER = "payloads/linux/hsctl/ftrace.h"


class HsctlFtrace(unittest.TestCase):
    console: ClassVar[str]
    merged: ClassVar[Merged]
    processor: ClassVar[TraceProcessor]

    @classmethod
    def setUpClass(cls) -> None:
        ports = boot_qemu.ports_to({"test.0": DUMP, "test.1": FTRACE, "test.2": FEW, "test.3": FEW_FTRACE})
        code = boot_qemu.boot([f"--out={DIRECTORY}", f"--command={COMMAND}", *ARGUMENTS, "--", *ports])
        if code != 0:
            raise AssertionError(f"the boot failed with exit code {code}: its log is above")
        cls.console = (DIRECTORY / "console.log").read_text(errors="replace")
        cls.merged = from_hsctl.convert(DUMP, FTRACE, OUT)
        print(cls.merged.summary())
        cls.processor = TraceProcessor(OUT)

    @classmethod
    def tearDownClass(cls) -> None:
        cls.processor.close()

    def test_nothing_is_lost_and_every_event_is_in_the_trace(self) -> None:
        self.assertRegex(self.console, r"hsctl: /tmp/g.hst: \d+ slots of \d+ harts, 0 lost")
        self.assertEqual(self.merged.overwritten, 0)
        found = {str(row["name"]): row["events"] for row in self.processor.query(EVENTS)}
        self.assertEqual(found, self.merged.events)
        self.assertLessEqual({"sched_switch", "sched_waking", "irq_handler_entry", "ipi_send_cpu", "sbi_call", "hrtimer_start"}, found.keys())

    def test_the_offset_of_the_clocks_is_known_well_enough_and_every_cpu_has_its_hart(self) -> None:
        offset = self.merged.offset
        self.assertLessEqual(offset.uncertainty_ns, UNCERTAINTY_MOST)
        self.assertEqual(offset.cpus, stream.read(FTRACE).harts())

    def test_the_dump_that_the_host_has_recorded_meanwhile_leads_to_the_same_offset(self) -> None:
        other = from_hsctl.convert(DIRECTORY / "trace.hst", FTRACE, DIRECTORY / "other.pftrace").offset
        own = self.merged.offset
        self.assertLessEqual(abs(other.ns - own.ns), other.uncertainty_ns + own.uncertainty_ns)

    def test_a_recording_of_few_events_has_all_that_the_offset_needs(self) -> None:
        few = from_hsctl.convert(FEW, FEW_FTRACE, FEW_OUT)
        self.assertLessEqual(few.offset.uncertainty_ns, UNCERTAINTY_MOST)
        self.assertLessEqual(abs(few.offset.ns - self.merged.offset.ns), few.offset.uncertainty_ns + self.merged.offset.uncertainty_ns)
        self.assertEqual(few.events.keys(), {"sched_switch", "sbi_call", "sbi_return"})

    def test_each_sbi_call_of_linux_contains_the_call_that_hv_saw_and_each_ipi_has_its_call(self) -> None:
        offset = self.merged.offset
        compared = calls.compare(self.processor, offset.cpus, offset.uncertainty_ns)
        print(f"calls: {dict(compared.calls)}, IPIs: {compared.interrupts}, calls that only hv recorded: {compared.only_hv}")
        self.assertEqual(compared.problems, [])
        self.assertGreater(compared.interrupts, 100)
        self.assertGreater(compared.calls[SEND_IPI], 100)

    def test_a_wrong_offset_would_be_noticed(self) -> None:
        offset = self.merged.offset
        for wrong in (-100_000, 10_000):
            compared = calls.compare(self.processor, offset.cpus, offset.uncertainty_ns, wrong)
            self.assertGreater(len(compared.problems), 10, f"an offset that is wrong by {wrong} ns")

    def test_every_cpu_shows_the_threads_that_ran_on_it_between_the_exits_of_hv(self) -> None:
        rows = self.processor.query(THREADS)
        self.assertEqual([row["cpu"] for row in rows], sorted(self.merged.offset.cpus))
        for row in rows:
            self.assertGreater(int(row["threads"] or 0), 2)
            self.assertGreater(int(row["slices"] or 0), 100)

    def test_the_group_of_each_hart_shows_the_same_threads(self) -> None:
        running, drawn = self.processor.number(RUNNING), self.processor.number(DRAWN)
        self.assertLess(abs(drawn - running), running // 20, "the two differ only in how the last thread of a CPU ends")

    def test_hsctl_and_boot_qemu_record_the_same_events(self) -> None:
        match = re.search(r'^#define FTRACE_EVENTS "(.*)"$', workspace_file(HEADER).read_text(), re.MULTILINE)
        self.assertEqual(match and match[1], FTRACE_EVENTS)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
