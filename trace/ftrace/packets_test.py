"""Tests that Perfetto's own trace processor reads the packets, with the right times and values."""

import os
import struct
import unittest
from pathlib import Path
from typing import Any

from trace.ftrace import formats, packets
from trace.ftrace.offset import Offset
from trace.perfetto.trace_processor import TraceProcessor

TRACE = Path(os.environ["TEST_TMPDIR"]) / "ftrace.pftrace"
COMMON = """\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

"""
WAKING = """name: sched_waking
ID: 1
format:
{common}\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:0;
\tfield:pid_t pid;\toffset:24;\tsize:4;\tsigned:1;
\tfield:int prio;\toffset:28;\tsize:4;\tsigned:1;
\tfield:int target_cpu;\toffset:32;\tsize:4;\tsigned:1;
"""
CALL = """name: sbi_call
ID: 2
format:
{common}\tfield:int ext;\toffset:8;\tsize:4;\tsigned:1;
\tfield:unsigned long value;\toffset:16;\tsize:8;\tsigned:0;
"""
VALUES = "select extract_arg(arg_set_id, 'ext') ext, extract_arg(arg_set_id, 'value') value, ts, cpu from ftrace_event where name = 'sbi_call'"


def made(text: str, name: str, ns: int, data: bytes, packet: Any) -> None:
    event = formats.parse(f"events/x/{name}/format", text.format(common=COMMON))
    each = packet.ftrace_events.event.add()
    each.timestamp, each.pid = ns, 7
    packets.filler(event)(each, data)


class Packets(unittest.TestCase):
    def imported(self, shift: int) -> TraceProcessor:
        packet = packets.bundle(3, Offset(shift, 100, 1, {}))
        made(WAKING, "sched_waking", 5_000_000_000, struct.pack("<HHi16siii", 1, 0, 7, b"redis", 99, 120, 1), packet)
        made(CALL, "sbi_call", 5_000_000_100, struct.pack("<HHiiIQ", 2, 0, 7, -3, 0, 2**64 - 1), packet)
        version = packets.system({"/proc/sys/kernel/osrelease": "6.12.1-x\n", "/proc/sys/kernel/version": "#1\n"})
        TRACE.write_bytes(version + packets.framed(packet))
        return TraceProcessor(TRACE)

    def test_events_that_perfetto_knows_and_others_have_their_values_at_times_of_mtime(self) -> None:
        for shift in (4_000_000_000, -2_000_000_000, 0):
            with self.subTest(shift=shift), self.imported(shift) as processor:
                (call,) = processor.query(VALUES)
                self.assertEqual(call, {"ext": -3, "value": -1, "ts": 5_000_000_100 + shift, "cpu": 3})
                (waking,) = processor.query("select ts, extract_arg(arg_set_id, 'comm') comm, extract_arg(arg_set_id, 'pid') pid from ftrace_event where name = 'sched_waking'")
                self.assertEqual(waking, {"ts": 5_000_000_000 + shift, "comm": "redis", "pid": 99})
                (release,) = processor.query("select str_value value from metadata where name = 'system_release'")
                self.assertEqual(release["value"], "6.12.1-x")

    def test_numbers_of_the_kernel_are_cut_to_the_width_of_perfettos_field(self) -> None:
        packet = packets.bundle(0, Offset(0, 0, 1, {}))
        text = WAKING.replace("pid_t pid;\toffset:24;\tsize:4;\tsigned:1", "unsigned long pid;\toffset:24;\tsize:8;\tsigned:0")
        made(text, "sched_waking", 0, struct.pack("<HHi16sQi", 1, 0, 7, b"", 2**64 - 2, 0), packet)
        self.assertEqual(packet.ftrace_events.event[0].sched_waking.pid, -2)


if __name__ == "__main__":
    unittest.main()
