"""Tests that layout.py chooses the same place for hv's block as a search through all places."""

from __future__ import annotations

import unittest
from itertools import product

from cli.failure import Failure
from machines.layout import Range, check, place

RAM = Range("memory", 16, 32)


def every_place(size: int, ram: Range, taken: list[Range]) -> list[int]:
    """Returns all possible places of a block, by checking each address of each place."""
    used = {address for each in taken for address in range(each.start, each.end)}
    return [
        start
        for start in range(0, ram.end + size, size)
        if all(ram.start <= address < ram.end and address not in used for address in range(start, start + size))
    ]


class Ranges(unittest.TestCase):
    """Tests the functions that compare two ranges."""

    def test_ranges_overlap_if_they_share_an_address(self) -> None:
        for a, b, c, d in product(range(5), repeat=4):
            one, other = Range("one", a, b), Range("other", c, d)
            self.assertEqual(one.overlaps(other), bool(set(range(a, b)) & set(range(c, d))), (one, other))

    def test_the_error_for_an_overlap_names_both_ranges(self) -> None:
        with self.assertRaisesRegex(Failure, "^the firmware, 0x10-0x15, overlaps the payload, 0x14-0x18$"):
            check([Range("the firmware", 16, 21), Range("the payload", 20, 24)], RAM)
        check([Range("the firmware", 16, 20), Range("the payload", 20, 32)], RAM)

    def test_the_error_for_a_range_outside_of_memory_names_the_range_and_the_memory(self) -> None:
        for start, end in ((15, 17), (31, 33), (0, 8), (40, 41)):
            with self.assertRaisesRegex(Failure, f"^the firmware, {start:#x}-{end:#x}, is not in memory, 0x10-0x20$"):
                check([Range("the firmware", start, end)], RAM)


class Place(unittest.TestCase):
    """Tests which block of memory hv gets."""

    def test_hv_gets_the_start_of_memory_or_else_the_highest_free_block(self) -> None:
        borders = (16, 17, 19, 20, 21, 23, 24, 25, 28, 31, 32)
        count = 0
        for size, a, b, c, d in product((1, 2, 4, 8, 16, 32), borders, borders, borders, borders):
            if a >= b or c > d:
                continue
            taken = [Range("a", a, b), Range("b", c, d)]
            possible = every_place(size, RAM, taken)
            wanted = None if not possible else RAM.start if RAM.start in possible else max(possible)
            self.assertEqual(place(size, RAM, taken), wanted, (size, taken))
            count += 1
        self.assertGreater(count, 10_000)

    def test_hv_finds_room_in_memory_with_any_start_and_end(self) -> None:
        for start, end, size, a in product(range(1, 12), range(12, 24), (1, 2, 4, 8), range(24)):
            ram, taken = Range("memory", start, end), [Range("a", a, a + 2)]
            possible = every_place(size, ram, taken)
            wanted = None if not possible else start if start in possible else max(possible)
            self.assertEqual(place(size, ram, taken), wanted, (ram, size, a))


if __name__ == "__main__":
    unittest.main()
