"""Tests of instruction_count.py, and of the cost lines in console.py, with real output of the plugin and the guests."""

import tempfile
import unittest
from pathlib import Path

from machines import instruction_count
from machines.console import PHASES, Console
from cli.failure import Failure

COUNTS = """\
mark1 0 664284062 33205378 5000
mark1 1 560856002 2908854 200
mark1 open 17
mark1 cause 2 2156 406625
mark1 cause 39 1 300
mark1 cause 64 0 1009594
entry1 0 10 5 1
entry1 open 5
entry2 0 20 9 2
entry2 open 0
end 0 676848989 33207535 6000
end 1 561086381 2910321 300
end open 9
"""


class Counting(unittest.TestCase):
    def read(self, text: str, phase: str) -> instruction_count.Count:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "counts")
            path.write_text(text)
            return instruction_count.read(path, phase)

    def test_the_count_is_the_sum_of_all_harts_up_to_the_mark(self) -> None:
        found = self.read(COUNTS, "init")
        self.assertEqual((found.total, found.hv), (664284062 + 560856002, 33205378 + 2908854))
        self.assertEqual((found.firmware, found.open), (5200, 17))

    def test_exits_have_the_names_of_their_causes(self) -> None:
        self.assertEqual(
            self.read(COUNTS, "init").by_cause,
            {
                "illegal_instruction": instruction_count.ByCause(2156, 406625),
                "machine_timer_interrupt": instruction_count.ByCause(1, 300),
                "boot": instruction_count.ByCause(0, 1009594),
            },
        )

    def test_the_count_up_to_the_firmware_ends_when_the_last_hart_enters_it(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "counts")
            path.write_text(COUNTS)
            self.assertEqual(instruction_count.read_entry(path, 2).hv, 9)
            with self.assertRaisesRegex(Failure, "not all of 3 harts"):
                instruction_count.read_entry(path, 3)

    def test_every_phase_of_the_guest_has_a_mark(self) -> None:
        self.assertEqual(set(instruction_count.MARKS), set(PHASES))

    def test_a_mark_that_was_not_reached_is_an_error(self) -> None:
        with self.assertRaisesRegex(Failure, "did not reach phase shutdown"):
            self.read(COUNTS, "shutdown")


class Costs(unittest.TestCase):
    def test_a_cost_line_is_divided_by_its_repetitions(self) -> None:
        console = Console()
        console.feed(b"hartscope: cost csr_write 96000 1000\nhartscope: cost odd 1500 1000\n")
        self.assertEqual([(cost.name, cost.each) for cost in console.costs], [("csr_write", 96.0), ("odd", 1.5)])

    def test_an_incomplete_cost_line_is_ignored(self) -> None:
        console = Console()
        console.feed(b"hartscope: cost csr_write 96\nhartscope: cost csr_write x 1000\n")
        self.assertEqual(console.costs, [])


if __name__ == "__main__":
    unittest.main()
