"""Tests of elf.py with ELF files that linkers rarely write."""

import unittest

from machines.elf import Elf
from trace.testing.elf_image import Function, elf

FUNCTIONS = [Function(b"first", 0x80200000, 16), Function(b"odd \xff", 0x80200010, 16)]


class LargeNumbers(unittest.TestCase):
    def test_a_number_of_sections_that_the_header_cannot_hold_is_read_from_section_0(self) -> None:
        for sections in (0, 0xFEF9, 0xFEFC, 0xFF00, 66000):
            read = Elf(elf(FUNCTIONS, sections), "test.elf")
            self.assertEqual(read.symbols["first"], 0x80200000)
            self.assertEqual(len(read.sections), len(Elf(elf(FUNCTIONS), "test.elf").sections) + sections + (sections >= 0xFEFF))

    def test_a_number_of_segments_that_the_header_cannot_hold_is_read_from_section_0(self) -> None:
        for segments in (0, 0xFFFE, 0xFFFF, 70000):
            (segment,) = Elf(elf(FUNCTIONS, segments_before=segments), "test.elf").segments
            self.assertEqual((segment.address, segment.size), (0x80200000, 16))

    def test_a_symbol_name_that_is_not_valid_utf8_is_kept_with_escapes(self) -> None:
        self.assertEqual(Elf(elf(FUNCTIONS), "test.elf").symbols["odd \\xff"], 0x80200010)


if __name__ == "__main__":
    unittest.main()
