"""Tests of elf.py, firmware.py and bios.py with ELF files that this test writes byte by byte."""

import struct
import tempfile
import unittest
from dataclasses import dataclass
from pathlib import Path

from cli.failure import Failure
from machines import bios, firmware
from machines.elf import Elf, Segment, executable
from machines.firmware import Program, from_elf, raw

START = 0x80200000
Load = tuple[int, bytes, int]


def make_elf(segments: list[Load], entry: int = START, machine: int = 243) -> bytes:
    """Returns an executable with load segments (address, bytes, size in memory)."""
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    header = ident + struct.pack("<HHIQQQIHHHHHH", 2, machine, 1, entry, 64, 0, 0, 64, 56, len(segments), 64, 0, 0)
    offset = 64 + 56 * len(segments)
    table = b""
    content = b""
    for address, data, size in segments:
        table += struct.pack("<IIQQQQQQ", 1, 7, offset + len(content), address, address, len(data), size, 4096)
        content += data
    return header + table + content


@dataclass
class Linked:
    """An executable with the layout of `ld -Ttext`: one segment contains the file from its first byte on, including the headers.

    before: the bytes between the headers and .text. sections: type, offset and size of each allocated section.
    """

    address: int = START - 0x1000
    before: bytes = b""
    text: bytes = b"text"
    sections: tuple[tuple[int, int, int], ...] = ()

    def data(self) -> bytes:
        """Returns the file."""
        headers = 64 + 56
        page = bytes(headers) + self.before.ljust(0x1000 - headers, b"\0") + self.text
        names = len(page)
        table = names + 1
        ident = b"\x7fELF\x02\x01\x01" + bytes(9)
        count = len(self.sections) + 2
        elf = struct.pack("<HHIQQQIHHHHHH", 2, 243, 1, START, 64, table, 0, 64, 56, 1, 64, count, count - 1)
        load = struct.pack("<IIQQQQQQ", 1, 5, 0, self.address, self.address, len(page), len(page), 4096)
        rows = bytes(64)
        for kind, offset, size in self.sections:
            rows += struct.pack("<IIQQQQIIQQ", 0, kind, 2, self.address + offset, offset, size, 0, 0, 1, 0)
        rows += struct.pack("<IIQQQQIIQQ", 0, 3, 0, 0, names, 1, 0, 0, 1, 0)
        return ident + elf + load + page[headers:] + b"\0" + rows


class Headers(unittest.TestCase):
    NOTE, CODE = 7, 1

    def needed(self, linked: Linked) -> list[tuple[int, bytes]]:
        """Returns the address and the bytes of each part that is needed."""
        program = from_elf(Elf(linked.data(), "test.elf"))
        self.assertEqual(sum(segment.size for segment in program.segments), 0x1000 + len(linked.text))
        return [(segment.address, segment.data) for segment in program.needed]

    def test_a_page_of_headers_before_the_text_is_not_part_of_the_program(self) -> None:
        for linked in (Linked(), Linked(sections=((self.CODE, 0x1000, 4),))):
            self.assertEqual(self.needed(linked), [(START, b"text")])

    def test_a_note_after_the_headers_is_not_part_of_the_program(self) -> None:
        linked = Linked(before=b"note", sections=((self.NOTE, 120, 4), (self.CODE, 0x1000, 4)))
        self.assertEqual(self.needed(linked), [(START, b"text")])

    def test_data_or_code_after_the_headers_is_part_of_the_program(self) -> None:
        for linked, offset in (
            (Linked(before=b"data"), 120),
            (Linked(sections=((self.CODE, 0x800, 4),)), 0x800),
            (Linked(sections=((self.CODE, 0xFFE, 6),)), 0xFFE),
        ):
            (address, data), = self.needed(linked)
            self.assertEqual((address, len(data)), (START - 0x1000 + offset, 0x1004 - offset))

    def test_a_segment_that_contains_only_headers_is_not_part_of_the_program(self) -> None:
        header = make_elf([(0x10000, b"", 0), (START, b"text", 4)])
        first = struct.pack("<IIQQQQQQ", 1, 4, 0, 0x10000, 0x10000, 176, 176, 4096)
        program = from_elf(Elf(header[:64] + first + header[120:], "test.elf"))
        self.assertEqual([segment.address for segment in program.segments], [0x10000, START])
        self.assertEqual((program.address, program.end), (START, START + 4))

    def test_memory_that_the_file_does_not_fill_is_part_of_the_program(self) -> None:
        program = from_elf(Elf(make_elf([(START - 16, b"", 0x20), (START + 16, b"text", 4)], START + 16), "test.elf"))
        self.assertEqual((program.address, program.end), (START - 16, START + 20))


class Files(unittest.TestCase):
    def program(self, data: bytes) -> Program:
        return from_elf(Elf(data, "test.elf"))

    def test_a_program_is_loaded_at_the_addresses_for_which_it_is_linked(self) -> None:
        program = self.program(make_elf([(START + 0x10, b"data", 8), (START, b"text", 4)]))
        self.assertEqual([(each.start, each.end) for each in program.ranges("a")], [(START, START + 4), (START + 16, START + 24)])
        self.assertEqual([each.what for each in program.ranges("the firmware")], ["the firmware test.elf"] * 2)

    def test_an_entry_point_outside_the_loaded_bytes_is_refused(self) -> None:
        for entry in (START - 4, START + 4, 0):
            with self.assertRaisesRegex(Failure, f"test.elf: no load segment contains the entry point {entry:#x}"):
                self.program(make_elf([(START, b"text", 0x1000)], entry=entry))

    def test_the_entry_point_may_be_anywhere_in_the_code(self) -> None:
        self.assertEqual(self.program(make_elf([(START, b"text" * 4, 16)], entry=START + 8)).entry, START + 8)

    def test_an_elf_file_for_another_machine_is_refused(self) -> None:
        with self.assertRaisesRegex(Failure, "machine 62"):
            self.program(make_elf([], machine=62))

    def test_an_elf_file_without_segments_is_refused(self) -> None:
        with self.assertRaisesRegex(Failure, "no load segment"):
            self.program(make_elf([]))

    def test_a_file_that_ends_within_its_headers_is_refused(self) -> None:
        with self.assertRaisesRegex(Failure, "cut short"):
            self.program(make_elf([(START, b"text", 4)])[:100])

    def test_a_file_that_ends_within_a_segment_is_refused(self) -> None:
        with self.assertRaisesRegex(Failure, "test.elf: the ELF file is cut short"):
            self.program(make_elf([(START, b"text", 4)])[:-1])

    def test_a_segment_that_is_larger_in_the_file_than_in_memory_is_refused(self) -> None:
        with self.assertRaisesRegex(Failure, "test.elf: the load segment at 0x80200000 has 4 bytes in the file, but only 3 in memory"):
            self.program(make_elf([(START, b"text", 3)]))

    def test_a_32_bit_file_is_refused(self) -> None:
        with self.assertRaisesRegex(Failure, "not a 64-bit"):
            Elf(b"\x7fELF\x01\x01" + bytes(100), "test.elf")

    def test_an_elf_file_written_by_executable_is_read_back_with_the_same_segments(self) -> None:
        segments = [Segment(START, b"text", 4), Segment(0x1_0000_0000, b"da", 0x20), Segment(0x9000_0000, b"", 8)]
        read = Elf(executable(START, segments), "made")
        self.assertEqual(read.entry, START)
        found = [(each.address, each.data, each.size) for each in read.segments]
        self.assertEqual(found, sorted((each.address, each.data, each.size) for each in segments))


class Loading(unittest.TestCase):
    def load(self, data: bytes) -> Program:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "file")
            path.write_bytes(data)
            return firmware.load(path, 0x80300000)

    def test_a_raw_file_is_loaded_at_the_given_address(self) -> None:
        program = self.load(b"raw")
        self.assertEqual((program.address, program.entry, program.symbols), (0x80300000, 0x80300000, None))
        self.assertEqual([segment.data for segment in program.segments], [b"raw"])

    def test_an_elf_file_is_loaded_where_it_is_linked_and_the_debugger_gets_its_symbols(self) -> None:
        program = self.load(make_elf([(START, b"text", 4)]))
        self.assertEqual((program.name, program.address), ("file", START))
        self.assertIsNotNone(program.symbols)

    def test_a_position_independent_elf_file_is_loaded_at_the_given_address(self) -> None:
        data = bytearray(make_elf([(0, b"text", 4), (0x1000, b"data", 8)], entry=0))
        struct.pack_into("<H", data, 16, 3)
        program = self.load(bytes(data))
        self.assertEqual((program.address, program.entry, program.symbols_offset), (0x80300000,) * 3)
        self.assertEqual(program.end, 0x80301008)

    def test_an_empty_file_is_refused(self) -> None:
        with self.assertRaisesRegex(Failure, "empty"):
            self.load(b"")

    def test_a_linux_image_uses_the_memory_that_its_header_declares(self) -> None:
        image = struct.pack("<8xQQ32x4s", 0x200000, 0x2345000, b"RSC\x05").ljust(0x1000, b"\1")
        self.assertEqual(raw("Image", START, image).end, START + 0x2345000)
        self.assertEqual(raw("cut off", START, image[:0x800]).end, START + 0x2345000)
        self.assertEqual(raw("longer", START, image.ljust(0x3000000)).end, START + 0x3000000)
        self.assertEqual(raw("other", START, bytes(0x1000)).end, START + 0x1000)
        self.assertEqual(raw("short", START, b"1").end, START + 1)


class Bios(unittest.TestCase):
    """Loads the two files for QEMU into memory, as QEMU does, and checks the contents of memory."""

    def memory(self, program: Program) -> tuple[int, dict[int, bytes]]:
        """Returns the address at which all harts start, and the contents of memory by address."""
        first, rest = (Elf(file, "made") for file in bios.files(None, program))
        self.assertEqual(first.entry, program.entry)
        ((word),) = first.segments
        self.assertTrue(word.address == first.entry and 0 < word.size <= 4)
        return first.entry, {segment.address: segment.data for segment in [word, *rest.segments]}

    def test_the_word_at_the_entry_is_in_the_first_file_and_the_rest_in_the_second(self) -> None:
        for entry in range(8):
            with self.subTest(entry):
                at, parts = self.memory(Program("p", (Segment(START, b"01234567", 16),), START + entry))
                self.assertEqual(at, START + entry)
                self.assertEqual(b"".join(data for _, data in sorted(parts.items())), b"01234567")
                self.assertEqual(parts[START + entry], b"01234567"[entry : entry + 4])

    def test_memory_that_has_to_be_zero_remains_part_of_the_second_file(self) -> None:
        _, rest = bios.files(None, Program("p", (Segment(START, b"01", 16),), START))
        self.assertEqual([(each.address, each.size) for each in Elf(rest, "made").segments], [(START + 2, 14)])

    def test_segments_without_the_entry_do_not_change(self) -> None:
        segments = (Segment(START, b"text", 4), Segment(START + 0x1000, b"data", 8))
        self.assertEqual(self.memory(Program("p", segments, START))[1], {START: b"text", START + 0x1000: b"data"})


if __name__ == "__main__":
    unittest.main()
