"""Tests the tracks of threads in the groups of the harts: their slices with Perfetto's trace processor, and their place in its UI."""

import struct
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any

from trace.ftrace import formats, threads
from trace.ftrace.events import Event
from trace.ftrace.offset import Offset
from trace.perfetto import ui
from trace.perfetto.trace_processor import TraceProcessor

HSTRACE, SYNTHETIC = "trace/hstrace/hstrace", "trace/testing/synthetic"
FIELD = "\tfield:{};\toffset:{};\tsize:{};\tsigned:{};\n"
COMMON = FIELD.format("unsigned short common_type", 0, 2, 0) + FIELD.format("int common_pid", 4, 4, 1)
SWITCH = formats.parse(
    "events/sched/sched_switch/format",
    "name: sched_switch\nID: 5\nformat:\n"
    + COMMON + FIELD.format("pid_t prev_pid", 8, 4, 1) + FIELD.format("char next_comm[16]", 12, 16, 0) + FIELD.format("pid_t next_pid", 28, 4, 1),
)  # fmt: skip
OTHER = formats.parse("events/irq/irq_handler_entry/format", f"name: irq_handler_entry\nID: 6\nformat:\n{COMMON}")
OFFSET = Offset(100_000, 1, 1, {0: 1, 1: 0})  # CPU 0 is hart 1
SLICES = """select slice.ts, slice.dur, slice.name name, track.name track, group_.name hart, extract_arg(slice.arg_set_id, 'debug.pid') pid
    from slice join track on track.id = track_id join track group_ on group_.id = track.parent_id where category = 'thread'
    order by slice.ts"""


def switch(cpu: int, ns: int, before: int, pid: int, name: str) -> Event:
    return Event(cpu, ns, SWITCH, struct.pack("<HxxIi16si", 5, before, before, name.encode(), pid))


class Threads(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        dump, self.trace = Path(folder.name, "t.hst"), Path(folder.name, "t.pftrace")
        subprocess.run([SYNTHETIC, "--harts=2", "--slots=200", dump], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([HSTRACE, "convert", dump, "-o", self.trace], check=True, capture_output=True)

    def draw(self, *events: Event) -> list[dict[str, Any]]:
        """Draws the threads, and returns the slices. The trace must not have errors."""
        with self.trace.open("ab") as out:
            drawn = threads.Threads(out, threads.groups(self.trace, {0, 1}), OFFSET)
            for event in events:
                drawn.add(event)
            drawn.finish()
        with TraceProcessor(self.trace) as processor:
            errors = "select name, value from stats where severity in ('error', 'data_loss') and value > 0"
            self.assertEqual(processor.query(errors), [])
            return processor.query(SLICES)

    def test_a_thread_has_a_slice_in_the_group_of_its_hart_until_the_next_switch(self) -> None:
        rows = self.draw(switch(0, 10, 0, 7, "init"), switch(0, 25, 7, 8, "sh"), switch(0, 30, 8, 0, "swapper/0"), switch(0, 50, 0, 7, "init"),
                         switch(1, 20, 0, 9, "sh"), Event(0, 60, OTHER, b""))  # fmt: skip
        of_1 = {"track": "threads, hart 01", "hart": "hart 01"}
        self.assertEqual(rows, [
            {"ts": 100_010, "dur": 15, "name": "init [7]", "pid": 7, **of_1},
            {"ts": 100_020, "dur": 0, "name": "sh [9]", "pid": 9, "track": "threads, hart 00", "hart": "hart 00"},
            {"ts": 100_025, "dur": 5, "name": "sh [8]", "pid": 8, **of_1},
            {"ts": 100_050, "dur": 10, "name": "init [7]", "pid": 7, **of_1},
        ])  # fmt: skip

    def test_if_a_switch_is_missing_then_the_slice_ends_at_the_last_event_before(self) -> None:
        rows = self.draw(switch(0, 10, 0, 7, "init"), Event(0, 17, OTHER, b""), switch(0, 25, 8, 9, "sh"), Event(0, 26, OTHER, b""))
        self.assertEqual([(row["ts"], row["dur"], row["pid"]) for row in rows], [(100_010, 7, 7), (100_025, 1, 9)])

    def test_without_switches_there_is_no_track(self) -> None:
        size = self.trace.stat().st_size
        self.assertEqual(self.draw(Event(0, 60, OTHER, b"")), [])
        self.assertEqual(self.trace.stat().st_size, size)

    def test_a_hart_that_the_trace_does_not_have_is_left_out(self) -> None:
        self.assertEqual(threads.groups(self.trace, {0, 7}).keys(), {0})

    def test_the_ui_shows_the_threads_above_the_world_of_the_hart(self) -> None:
        self.draw(switch(0, 10, 0, 7, "init"), switch(0, 900_000, 7, 0, "swapper/0"), switch(1, 20, 0, 9, "sh"), Event(1, 900_000, OTHER, b""))
        page = ui.show(self.trace)
        self.assertEqual(page.errors, [])
        for hart in ("hart 00", "hart 01"):
            own = [track for track in page.tracks if track.startswith(f"hartscope/{hart}/")]
            self.assertEqual(own[:2], [f"hartscope/{hart}/threads, {hart}", f"hartscope/{hart}/world, {hart}"])
            self.assertEqual([name for name in page.pinned if name.endswith(hart)], [f"{track}, {hart}" for track in ("threads", "world", "exits")])


if __name__ == "__main__":
    unittest.main()
