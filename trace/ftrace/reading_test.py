"""Tests how the guest's file is read: its parts, the pages of ftrace's buffers, and the formats of events."""

import re
import struct
import tempfile
import unittest
from pathlib import Path

from trace.ftrace import formats, pages, stream
from trace.ftrace.stream import FtraceError

HEADER = """\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;
\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;
\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;
\tfield: char data;\toffset:16;\tsize:4080;\tsigned:0;
"""
LAYOUT = pages.Layout.of(HEADER)
FORMAT = """name: example
ID: 300
format:
\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:0;
\tfield:int prio;\toffset:24;\tsize:4;\tsigned:1;
\tfield:unsigned int vec;\toffset:28;\tsize:4;\tsigned:0;
\tfield:__data_loc char[] name;\toffset:32;\tsize:4;\tsigned:0;
\tfield:__data_loc cpumask_t cpus;\toffset:36;\tsize:4;\tsigned:0;
\tfield:unsigned long args[2];\toffset:40;\tsize:16;\tsigned:0;
\tfield:char buf[];\toffset:56;\tsize:0;\tsigned:0;

print fmt: "%s", REC->comm
"""


def page(time: int, *entries: bytes, missed: bool = False) -> bytes:
    data = b"".join(entries)
    return struct.pack("<QQ", time, len(data) | (1 << 31 if missed else 0)) + data + bytes(4080 - len(data))


def entry(delta: int, data: bytes) -> bytes:
    return struct.pack("<I", delta << 5 | len(data) // 4) + data


class Parts(unittest.TestCase):
    def read(self, data: bytes) -> stream.Buffers:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "ftrace.raw"
            path.write_bytes(data)
            return stream.read(path)

    def test_files_and_the_pages_of_each_cpu_are_found(self) -> None:
        pipe = b"per_cpu/cpu%d/trace_pipe_raw 3\n%b"
        read = self.read(b"set_event 4\na b\n" + pipe % (1, b"abc") + pipe % (0, b"\n\n\n") + pipe % (1, b"def") + b"end 0\n")
        self.assertEqual(read.files, {"set_event": "a b\n"})
        self.assertEqual(dict(read.pages), {0: [b"\n\n\n"], 1: [b"abc", b"def"]})

    def test_a_file_without_its_end_is_refused(self) -> None:
        for data in (b"", b"set_event 4\na b\n", b"set_event 9\na b\n", b"end", b"x" * 1000):
            with self.subTest(data=data), self.assertRaisesRegex(FtraceError, "has not sent all"):
                self.read(data)

    def test_names_that_match_no_event_are_found(self) -> None:
        read = stream.Buffers({"set_event": "sched:sched_switch\nirq:softirq_entry\n"})
        self.assertEqual(read.unknown("sched:*,irq,softirq_entry,irq:softirq_*"), [])
        self.assertEqual(read.unknown("sched:sched_swich,irqs,,sched:sched_switch"), ["sched:sched_swich", "irqs"])

    def test_harts_and_lost_events_are_found_in_the_texts(self) -> None:
        files = {
            "/proc/cpuinfo": "processor\t: 0\nhart\t\t: 1\nisa\t: rv64\n\nprocessor\t: 1\nhart\t\t: 0\n",
            "per_cpu/cpu0/stats": "entries: 5\noverrun: 3\ncommit overrun: 0\ndropped events: 2\n",
            "per_cpu/cpu1/stats": "entries: 5\noverrun: 10\n",
        }
        self.assertEqual(stream.Buffers(files).harts(), {0: 1, 1: 0})
        self.assertEqual(stream.Buffers(files).overwritten(), 15)


class Pages(unittest.TestCase):
    def test_times_add_up_and_each_event_has_its_bytes(self) -> None:
        read = pages.read(page(1000, entry(0, b"abcd"), entry(7, b"efghijkl")), LAYOUT)
        self.assertEqual((read.lost, read.events), (False, [(1000, b"abcd"), (1007, b"efghijkl")]))

    def test_long_events_padding_and_extended_times_are_read(self) -> None:
        long = struct.pack("<II", 5 << 5, 4 + 200) + bytes(200)
        discarded = struct.pack("<II", 3 << 5 | 29, 8) + b"gone"
        extend = struct.pack("<II", 1 << 5 | 30, 2)  # 2 << 27 | 1
        stamp = struct.pack("<II", 9 << 5 | 31, 4)  # the time is now 4 << 27 | 9
        rest = struct.pack("<I", 29) + b"junk"
        read = pages.read(page(0, long, discarded, extend, entry(1, b"abcd"), stamp, entry(0, b"efgh"), rest), LAYOUT)
        self.assertEqual([(ns, len(data)) for ns, data in read.events], [(5, 200), (5 + 3 + (2 << 27) + 1 + 1, 4), ((4 << 27) + 9, 4)])

    def test_a_page_after_lost_events_says_so(self) -> None:
        self.assertTrue(pages.read(page(0, entry(0, b"abcd"), missed=True), LAYOUT).lost)

    def test_damaged_pages_are_refused(self) -> None:
        too_long = page(0, struct.pack("<I", 28) + b"abcd")
        too_full = struct.pack("<QQ", 0, 5000) + entry(0, b"abcd") * 510
        too_late = page((1 << 63) - 1, entry(0, b"abcd"), entry(1, b"abcd"))
        for data, message in (
            (too_long, "112 bytes does not fit"),
            (too_full, "4096 bytes says that 5000"),
            (too_late, "time of an event is 9223372036854775808 ns"),
            (page(0, entry(0, b"abcd"))[:15], "15 bytes is shorter than the header"),
        ):
            with self.subTest(message), self.assertRaisesRegex(FtraceError, message):
                pages.read(data, LAYOUT)

    def test_a_header_whose_fields_are_beyond_the_page_is_refused(self) -> None:
        for name in ("timestamp", "commit", "data"):
            damaged = pages.Layout.of(re.sub(rf"({name};\toffset:)\d+", r"\g<1>9000", HEADER))
            with self.subTest(name), self.assertRaisesRegex(FtraceError, "4096 bytes is shorter than the header"):
                pages.read(page(0, entry(0, b"abcd")), damaged)


class Formats(unittest.TestCase):
    def test_fields_of_each_kind_have_their_values(self) -> None:
        event = formats.parse("events/group/example/format", FORMAT)
        self.assertEqual((event.system, event.name, event.id), ("group", "example", 300))
        data = struct.pack("<HBBi16siIIIQQ", 300, 0, 0, 42, b"init\0junk", -5, 0xFFFFFFFF, 6 << 16 | 60, 8 << 16 | 66, 1, 2)
        data += b"end\0timer\0" + struct.pack("<QQ", 5, 6)
        self.assertEqual(event.common["common_pid"].get(data), 42)
        values = {field.name: field.get(data) for field in event.fields}
        self.assertEqual(values["comm"], "init")
        self.assertEqual((values["prio"], values["vec"]), (-5, 0xFFFFFFFF))
        self.assertEqual((values["name"], values["cpus"], values["buf"]), ("timer", 5, "end"))
        self.assertEqual(values["args"], struct.pack("<QQ", 1, 2).hex())

    def test_a_file_without_a_name_is_refused(self) -> None:
        with self.assertRaisesRegex(FtraceError, "no name"):
            formats.parse("events/a/b/format", "ID: 3\n")

    def test_a_process_number_that_is_no_number_of_4_bytes_is_refused(self) -> None:
        declared = "field:int common_pid;\toffset:4;\tsize:4;"
        for other in ("field:char common_pid[4];\toffset:4;\tsize:4;", "field:long common_pid;\toffset:4;\tsize:8;"):
            with self.subTest(other), self.assertRaisesRegex(FtraceError, "common_pid is no number of 4 bytes"):
                formats.parse("events/a/b/format", FORMAT.replace(declared, other))


if __name__ == "__main__":
    unittest.main()
