"""Tests which events and exits belong to a mark."""

import struct
import unittest

from trace.ftrace import formats, merge
from trace.ftrace.offset import Around, Mark
from trace.ftrace.reading_test import HEADER, entry, page
from trace.ftrace.stream import Buffers

COMMON = "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n"
FORMATS = {
    "events/ftrace/print/format": f"name: print\nID: 5\nformat:\n{COMMON}\tfield:char buf[];\toffset:8;\tsize:0;\tsigned:0;\n",
    "events/riscv/sbi_call/format": f"name: sbi_call\nID: 6\nformat:\n{COMMON}",
    "events/riscv/sbi_return/format": f"name: sbi_return\nID: 7\nformat:\n{COMMON}",
}
CALL, RETURN = struct.pack("<Q", 6), struct.pack("<Q", 7)


def line(number: int) -> bytes:
    text = b"hartscope clock %d\n\0" % number
    return struct.pack("<Q", 5) + text + bytes(-len(text) % 4)


class Marks(unittest.TestCase):
    def around(self, *events: bytes, cpu: int = 1) -> dict[int, Around]:
        """Returns the events around the marks. The events are 100 ns apart."""
        buffers = Buffers({"events/header_page": HEADER, **FORMATS})
        buffers.pages[cpu].append(page(1000, *(entry(100, event) for event in events)))
        return merge._around(buffers, formats.parse_all(buffers.files.items()))

    def test_the_sbi_call_of_a_mark_is_closer_than_the_lines(self) -> None:
        self.assertEqual(self.around(line(4), CALL, RETURN, line(5)), {4: Around(1, 1200, 1300)})
        self.assertEqual(self.around(line(4), line(5)), {4: Around(1, 1100, 1200)})

    def test_with_other_calls_in_between_only_the_lines_are_used(self) -> None:
        self.assertEqual(self.around(line(4), CALL, RETURN, CALL, RETURN, line(5)), {4: Around(1, 1100, 1600)})

    def test_lines_that_do_not_follow_each_other_have_no_mark_between_them(self) -> None:
        self.assertEqual(self.around(line(4), CALL, RETURN, line(6), CALL, RETURN, line(7)), {6: Around(1, 1500, 1600)})

    def test_a_mark_includes_the_instructions_outside_of_the_duration_of_its_exit(self) -> None:
        sync = {"ns": "1000", "cycles": "10000", "fields": "entry=300;leave=100;mcycle=9000"}
        # hv also wrote other records in this exit, so its duration in cycles says nothing about its time.
        exit_ = {"ns": "501000", "start_ns": "500500", "cycles": "1010000", "duration_cycles": "1", "uncertainty_ns": "7"}
        self.assertEqual(merge._mark(exit_, sync, 3), Mark(3, 500_500 - 150, 501_000 + 50, 7))
        self.assertEqual(merge._mark(exit_, None, 3), Mark(3, 500_500, 501_000, 7))

    def test_an_exit_whose_start_or_uncertainty_is_not_known_has_no_mark(self) -> None:
        exit_ = {"ns": "501000", "start_ns": "500500", "cycles": "1010000", "duration_cycles": "1", "uncertainty_ns": "7"}
        for column in ("start_ns", "uncertainty_ns"):
            self.assertIsNone(merge._mark({**exit_, column: ""}, None, 3))


if __name__ == "__main__":
    unittest.main()
