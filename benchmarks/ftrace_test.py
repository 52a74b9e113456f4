"""Boots Linux under hv with --ftrace, and checks with Perfetto's trace processor that the kernel's events and hv's exits
agree about the time. The arguments of this test are arguments for boot_qemu."""

import json
import os
import sys
import unittest
from pathlib import Path
from typing import Any, ClassVar

from benchmarks import boot_qemu
from trace.ftrace import calls
from trace.perfetto.trace_processor import TraceProcessor, Value

ARGUMENTS = sys.argv[1:]
DIRECTORY = Path(os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR") or os.environ["TEST_TMPDIR"])
UNCERTAINTY_MOST = 2000  # ns
SEND_IPI = 0x735049

# The events of each kind, and how many of them happened after hv started and before its last record.
EVENTS = "select name, count(*) events, min(ts) first, max(ts) last from ftrace_event group by name"
LAST = "select max(ts) ns from slice join track on track.id = track_id where track.name glob 'exits, hart *'"
KERNEL = "select ts ns from slice where name = 'kernel'"
# How many threads Perfetto shows as running on each CPU.
THREADS = "select cpu, count(distinct utid) threads from sched_slice group by cpu order by cpu"


def number(value: Value) -> int:
    """Returns a value of a query that is a number."""
    assert isinstance(value, int)
    return value


class Ftrace(unittest.TestCase):
    described: ClassVar[dict[str, Any]]
    processor: ClassVar[TraceProcessor]

    @classmethod
    def setUpClass(cls) -> None:
        code = boot_qemu.boot([f"--out={DIRECTORY}", "--ftrace", *ARGUMENTS])
        if code != 0:
            raise AssertionError(f"the boot failed with exit code {code}: its log is above")
        result = json.loads((DIRECTORY / "result.json").read_text())
        cls.described = result["ftrace"] | {"harts": result["harts"]}
        cls.processor = TraceProcessor(DIRECTORY / "trace.pftrace")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.processor.close()

    def test_the_offset_of_the_clocks_is_known_well_enough_and_every_cpu_has_its_hart(self) -> None:
        print("offset:", {name: value for name, value in self.described.items() if name != "events"})
        self.assertLessEqual(self.described["uncertainty_ns"], UNCERTAINTY_MOST)
        # Linux calls the hart on which it starts CPU 0, and OpenSBI may start it on any one.
        harts = list(range(self.described["harts"]))
        self.assertEqual(sorted(map(int, self.described["cpus"])), harts)
        self.assertEqual(sorted(self.described["cpus"].values()), harts)

    def test_perfetto_shows_every_event_that_was_written(self) -> None:
        found = {str(row["name"]): row["events"] for row in self.processor.query(EVENTS)}
        self.assertEqual(found, self.described["events"])
        self.assertEqual(self.described["overwritten"], 0)

    def test_the_events_lie_between_the_start_of_the_kernel_and_the_last_exit(self) -> None:
        begin, end = self.processor.number(KERNEL), self.processor.number(LAST)
        for row in self.processor.query(EVENTS):
            with self.subTest(event=row["name"]):
                self.assertGreaterEqual(number(row["first"]), begin)
                self.assertLessEqual(number(row["last"]), end)

    def test_each_sbi_call_of_linux_contains_the_call_that_hv_saw_and_each_ipi_has_its_call(self) -> None:
        harts = {int(cpu): hart for cpu, hart in self.described["cpus"].items()}
        compared = calls.compare(self.processor, harts, self.described["uncertainty_ns"])
        print(f"calls: {dict(compared.calls)}, IPIs: {compared.interrupts}, calls that only hv recorded: {compared.only_hv}")
        self.assertEqual(compared.problems, [])
        if len(harts) > 1:
            self.assertGreater(compared.interrupts, 100)
            self.assertGreater(compared.calls[SEND_IPI], 100)
        self.assertLess(compared.only_hv, 100 + sum(compared.calls.values()) // 50)

    @unittest.skipIf("--harts=1" in ARGUMENTS, "the few calls of one hart take so long that some shifts do not matter")
    def test_a_wrong_offset_would_be_noticed(self) -> None:
        harts = {int(cpu): hart for cpu, hart in self.described["cpus"].items()}
        uncertainty = self.described["uncertainty_ns"]
        for wrong in (-100_000, 10_000):
            compared = calls.compare(self.processor, harts, uncertainty, wrong)
            self.assertGreater(len(compared.problems), 10, f"an offset that is wrong by {wrong} ns")

    def test_every_cpu_shows_the_threads_that_ran_on_it(self) -> None:
        rows = self.processor.query(THREADS)
        self.assertEqual([row["cpu"] for row in rows], list(range(self.described["harts"])))
        for row in rows:
            self.assertGreater(number(row["threads"]), 5)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
