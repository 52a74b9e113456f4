"""Tests of elf.py, firmware.py and bios.py: ELF files made here, byte by byte."""

import struct
import tempfile
import unittest
from dataclasses import dataclass
from pathlib import Path

from cli.failure import Failure
from machines import bios, firmware
from machines.elf import Elf
from machines.firmware import Program, Region

REGION = Region(0x80200000, 0x80400000)
Load = tuple[int, bytes, int]


def make_elf(segments: list[Load], entry: int = REGION.start, machine: int = 243) -> bytes:
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
    """An executable as `ld -Ttext` lays it out: one segment has the file from its first byte on, headers included.

    before: what stands in the page before .text, after the headers; sections: (type, offset, size) of allocated ones.
    """

    address: int = REGION.start - 0x1000
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
        elf = struct.pack("<HHIQQQIHHHHHH", 2, 243, 1, REGION.start, 64, table, 0, 64, 56, 1, 64, count, count - 1)
        load = struct.pack("<IIQQQQQQ", 1, 5, 0, self.address, self.address, len(page), len(page), 4096)
        rows = bytes(64)
        for kind, offset, size in self.sections:
            rows += struct.pack("<IIQQQQIIQQ", 0, kind, 2, self.address + offset, offset, size, 0, 0, 1, 0)
        rows += struct.pack("<IIQQQQIIQQ", 0, 3, 0, 0, names, 1, 0, 0, 1, 0)
        return ident + elf + load + page[headers:] + b"\0" + rows


class Headers(unittest.TestCase):
    NOTE, CODE = 7, 1

    def flatten(self, linked: Linked) -> bytes:
        return firmware.flatten(Elf(linked.data(), "test.elf"), REGION)

    def test_a_page_of_headers_before_the_text_is_left_out(self) -> None:
        self.assertEqual(self.flatten(Linked()), b"text")
        self.assertEqual(self.flatten(Linked(sections=((self.CODE, 0x1000, 4),))), b"text")

    def test_a_note_beside_the_headers_is_left_out_with_them(self) -> None:
        linked = Linked(before=b"note", sections=((self.NOTE, 120, 4), (self.CODE, 0x1000, 4)))
        self.assertEqual(self.flatten(linked), b"text")

    def test_data_of_the_program_there_is_refused_with_both_ranges(self) -> None:
        for linked in (Linked(before=b"data"), Linked(sections=((self.CODE, 0x800, 4),)), Linked(sections=((self.CODE, 0xFFE, 6),))):
            with self.subTest(linked=linked), self.assertRaisesRegex(
                Failure, "segment 0x801ff000-0x80200004 overlaps hv's memory, 0x80000000-0x80200000: .*-Ttext=0x80200000"
            ):
                self.flatten(linked)

    def test_a_segment_that_holds_nothing_else_is_left_out_wherever_it_is(self) -> None:
        header = make_elf([(0x10000, b"", 0), (0x80200000, b"text", 4)])
        first = struct.pack("<IIQQQQQQ", 1, 4, 0, 0x10000, 0x10000, 176, 176, 4096)
        self.assertEqual(firmware.flatten(Elf(header[:64] + first + header[120:], "test.elf"), REGION), b"text")

    def test_memory_before_the_text_that_the_file_does_not_fill_is_refused(self) -> None:
        with self.assertRaisesRegex(Failure, "overlaps hv's memory"):
            firmware.flatten(Elf(make_elf([(0x801FFFF0, b"", 0x20), (0x80200000, b"text", 4)]), "test.elf"), REGION)


class Flattening(unittest.TestCase):
    def flatten(self, data: bytes) -> bytes:
        return firmware.flatten(Elf(data, "test.elf"), REGION)

    def test_segments_land_at_their_addresses_with_zeros_between_and_bss_after(self) -> None:
        image = self.flatten(make_elf([(0x80200010, b"data", 8), (0x80200000, b"text", 4)]))
        self.assertEqual(image, b"text" + bytes(12) + b"data" + bytes(4))

    def test_a_segment_before_the_region_is_refused_with_both_addresses(self) -> None:
        with self.assertRaisesRegex(Failure, "0x80000000-0x80000004 overlaps hv's memory, 0x80000000-0x80200000: link it at"):
            self.flatten(make_elf([(0x80000000, b"text", 4)]))

    def test_bss_that_reaches_into_the_payload_is_refused(self) -> None:
        with self.assertRaisesRegex(Failure, "reaches past 0x80400000, where the payload's memory begins"):
            self.flatten(make_elf([(0x80200000, b"text", 0x200001)]))

    def test_a_segment_that_is_not_in_ram_is_refused(self) -> None:
        with self.assertRaisesRegex(Failure, "0x10000-0x10004 is outside the region 0x80200000-0x80400000: link it at 0x80200000"):
            self.flatten(make_elf([(0x10000, b"text", 4)]))

    def test_bss_that_fills_the_region_is_taken(self) -> None:
        self.assertEqual(len(self.flatten(make_elf([(0x80200000, b"text", 0x200000)]))), 0x200000)

    def test_an_entry_that_is_not_the_regions_start_is_refused(self) -> None:
        with self.assertRaisesRegex(Failure, "entry point is 0x80200004"):
            self.flatten(make_elf([(0x80200000, b"text", 4)], entry=0x80200004))

    def test_another_machines_file_is_refused(self) -> None:
        with self.assertRaisesRegex(Failure, "machine 62"):
            self.flatten(make_elf([], machine=62))

    def test_a_file_without_segments_is_refused(self) -> None:
        with self.assertRaisesRegex(Failure, "no load segment"):
            self.flatten(make_elf([]))

    def test_a_file_cut_in_its_headers_is_refused(self) -> None:
        with self.assertRaisesRegex(Failure, "cut short"):
            self.flatten(make_elf([(0x80200000, b"text", 4)])[:100])

    def test_a_32_bit_file_is_refused(self) -> None:
        with self.assertRaisesRegex(Failure, "not a 64-bit"):
            Elf(b"\x7fELF\x01\x01" + bytes(100), "test.elf")


class Loading(unittest.TestCase):
    def load(self, data: bytes) -> Program:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "file")
            path.write_bytes(data)
            return firmware.load(path, REGION)

    def test_a_raw_file_is_taken_as_it_is(self) -> None:
        program = self.load(b"raw")
        self.assertEqual((program.address, program.data, program.symbols), (REGION.start, b"raw", None))

    def test_an_elf_file_keeps_its_symbols_for_the_debugger(self) -> None:
        self.assertIsNotNone(self.load(make_elf([(0x80200000, b"text", 4)])).symbols)

    def test_a_raw_file_larger_than_the_region_is_refused(self) -> None:
        with self.assertRaisesRegex(Failure, "do not fit"):
            self.load(bytes(0x200001))

    def test_an_empty_file_is_refused(self) -> None:
        with self.assertRaisesRegex(Failure, "empty"):
            self.load(b"")


class Assembling(unittest.TestCase):
    def test_hv_is_padded_up_to_the_firmware_and_the_whole_up_to_the_payload(self) -> None:
        image = bios.assemble(b"hv", Program("f", 0x80200000, b"firmware"), 0x80400000)
        self.assertEqual(image[:3], b"hv\0")
        self.assertEqual(image[0x200000:0x200009], b"firmware\0")
        self.assertEqual(len(image), 0x400000)

    def test_without_a_payload_the_file_ends_with_the_firmware(self) -> None:
        image = bios.assemble(b"hv", Program("f", 0x80200000, b"firmware"), None)
        self.assertTrue(image.endswith(b"firmware"))

    def test_a_payload_address_that_qemu_would_not_use_is_refused(self) -> None:
        for address, reason in ((0x80300000, "2 MiB"), (0x80200000, "ends at")):
            with self.assertRaisesRegex(Failure, reason):
                bios.assemble(b"hv", Program("f", 0x80200000, b"firmware"), address)

    def test_an_hv_that_reaches_into_the_firmware_is_refused(self) -> None:
        with self.assertRaisesRegex(Failure, "0x200000 bytes after"):
            bios.assemble(bytes(0x200001), Program("f", 0x80200000, b"f"), None)

    def test_the_shim_is_auipc_t0_and_jr_t0(self) -> None:
        self.assertEqual(bios.shim(0x200000).hex(), "9702200067800200")

    def test_a_firmware_at_the_start_of_ram_needs_no_shim(self) -> None:
        self.assertEqual(bios.assemble(bios.shim(0), Program("f", bios.RAM_START, b"firmware"), None), b"firmware")

    def test_the_shim_reaches_whole_pages_only(self) -> None:
        for distance in (4095, -4096, 1 << 31):
            with self.assertRaises(Failure):
                bios.shim(distance)


if __name__ == "__main__":
    unittest.main()
