"""Tests which address hv gets in the memory of QEMU's board, and the errors if programs overlap."""

from __future__ import annotations

import struct
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cli.failure import Failure
from machines.elf import Segment
from machines.firmware import Program, raw
from machines.images import Image
from machines.machine import Guest
from machines.outside import code_of
from machines.place import describe, placed

START = 0x80000000
KIB, MIB = 1 << 10, 1 << 20


def image(megabytes: int, name: str = "some") -> Image:
    """Returns an image of hv that takes @p megabytes of memory. hv relocates one word of this image. The word then
    contains the address of byte 32."""
    head = struct.pack("<IIIIQ", 0x6F, int.from_bytes(b"hvim", "little"), megabytes * MIB, 24, 0x80200000)
    elf: Any = SimpleNamespace(
        symbols={"hv_text_start": START, "hartscope_directory": START + 0x1000, "trap_entry_firmware": START + 64},
        code_range=(START, START + 0x100),
    )
    config = {
        "name": name,
        "memory": {"hv_size": None, "firmware": 0x80200000, "payload": 0x80400000},
        "platform": {"name": "qemu_virt", "max_harts": 64},
        "modules": [{"name": "trace"}],
        "trace": {"slots": 65536},
    }
    return Image(config, head + struct.pack("<II", 32, 0), elf, Path("some.elf"))


def firmware(address: int, size: int = 64 * KIB) -> Program:
    return raw("fw.elf", address, bytes(size))


def linux(megabytes: int) -> bytes:
    """Returns a Linux Image of 1 MiB. In memory it takes @p megabytes, because .bss follows."""
    return struct.pack("<8xQQ32x4s", 0x200000, megabytes * MIB, b"RSC\x05").ljust(MIB, b"\1")


class Chosen(unittest.TestCase):
    """Tests which address hv gets if there is a firmware."""

    def place(self, megabytes: int, program: Program, memory: str = "512M", **guest: Any) -> int:
        found = placed(Guest(image(megabytes), program, **guest), ["-m", memory])
        assert found.image is not None
        return found.image.start

    def test_hv_gets_the_start_of_memory_if_the_firmware_leaves_it_free(self) -> None:
        for megabytes, address in ((2, 0x80200000), (16, 0x81000000), (2, 0x8FF00000)):
            self.assertEqual(self.place(megabytes, firmware(address)), START)

    def test_hv_is_loaded_below_the_device_tree_if_the_firmware_uses_the_start_of_memory(self) -> None:
        for memory, end in (("256M", 0x90000000), ("512M", 0xA0000000), ("4G", 0x180000000)):
            for megabytes in (2, 16, 64):
                with self.subTest(memory, megabytes=megabytes):
                    size = megabytes * MIB
                    self.assertEqual(self.place(megabytes, firmware(START), memory), (end - 2 * MIB) // size * size - size)

    def test_one_byte_of_the_firmware_in_hvs_block_moves_hv(self) -> None:
        high = 0x9FC00000
        self.assertEqual(self.place(2, firmware(0x80200000)), START)
        self.assertEqual(self.place(2, firmware(0x801FFFFF)), high)
        self.assertEqual(self.place(2, firmware(START, 1)), high)

    def test_a_large_hv_that_does_not_fit_below_the_firmware_is_loaded_above_it(self) -> None:
        self.assertEqual(self.place(16, firmware(0x80200000)), 0x9E000000)

    def test_hv_avoids_the_payload_with_its_bss_and_the_initrd(self) -> None:
        kernel = linux(32)
        with tempfile.NamedTemporaryFile() as file:
            file.truncate(100 * MIB)
            more: dict[str, Any] = {"payload": raw("Image", 0x80400000, kernel), "initrd": Path(file.name)}
            self.assertEqual(self.place(64, firmware(0x80200000), **more), 0x98000000)
            self.assertEqual(self.place(128, firmware(0x80200000), **more), 0x88000000)
            self.assertEqual(self.place(2, firmware(START), "256M", **more), 0x8FC00000)
            self.assertEqual(self.place(64, firmware(0x80200000), "256M", **more), 0x84000000)
            with self.assertRaisesRegex(Failure, "the initrd"):
                self.place(128, firmware(0x80200000), "256M", **more)

    def test_elf_headers_in_hvs_block_do_not_move_hv_and_are_not_loaded(self) -> None:
        headers = Segment(0x801FF000, b"\x7fELF", 0x1000, is_headers=True)
        program = Program("fw.elf", (headers, Segment(0x80200000, b"code", 4)), 0x80200000)
        found = placed(Guest(image(2), program), [])
        assert found.image is not None
        self.assertEqual(found.image.start, START)
        self.assertEqual([segment.address for segment in found.firmware.segments], [0x80200000])
        self.assertEqual(len(placed(Guest(None, program), []).firmware.segments), 2)

    def test_hv_is_loaded_at_the_address_that_the_caller_gives(self) -> None:
        found = placed(Guest(image(16).at(0x88000000), firmware(START)), [])
        assert found.image is not None
        self.assertEqual(found.image.start, 0x88000000)

    def test_describe_shows_the_addresses_of_hv_and_the_guest(self) -> None:
        found = placed(Guest(image(2), firmware(START)), [])
        self.assertEqual(describe(found), "hv (some) at 0x9fc00000-0x9fe00000; firmware fw.elf at 0x80000000-0x80010000")


class Refused(unittest.TestCase):
    """Tests that overlaps and impossible places are refused."""

    def refused(self, message: str, guest: Guest, memory: str = "512M") -> None:
        with self.assertRaises(Failure) as caught:
            placed(guest, ["-m", memory])
        self.assertEqual(str(caught.exception), message)

    def test_a_payload_within_the_firmware_is_refused(self) -> None:
        self.refused(
            "the firmware fw.elf, 0x80000000-0x80200001, overlaps the payload Image, 0x80200000-0x80200004",
            Guest(None, firmware(START, 0x200001), raw("Image", 0x80200000, b"code")),
        )

    def test_programs_in_the_bss_of_a_linux_image_are_refused(self) -> None:
        kernel = raw("Image", START, linux(4))
        self.refused(
            "the firmware Image, 0x80000000-0x80400000, overlaps the payload os.bin, 0x80200000-0x80200004",
            Guest(None, kernel, raw("os.bin", 0x80200000, b"code")),
        )
        self.refused(
            "hv (some), 0x80200000-0x80400000, overlaps the firmware Image, 0x80000000-0x80400000",
            Guest(image(2).at(0x80200000), kernel),
        )
        with tempfile.NamedTemporaryFile() as file:
            file.truncate(MIB)
            guest = Guest(None, firmware(START), raw("Image", 0x80400000, linux(129)), Path(file.name))
            self.refused("the payload Image, 0x80400000-0x88500000, overlaps the initrd, 0x88400000-0x88500000", guest, "256M")

    def test_a_firmware_outside_of_memory_is_refused(self) -> None:
        self.refused(
            "the firmware fw.elf, 0x8ffffff0-0x90000010, is not in the machine's memory, 0x80000000-0x90000000",
            Guest(None, firmware(0x8FFFFFF0, 32)),
            "256M",
        )

    def test_a_firmware_at_the_place_of_the_device_tree_is_refused(self) -> None:
        self.refused(
            "the firmware fw.elf, 0x8fd00000-0x8ff00000, overlaps the device tree, 0x8fe00000-0x90000000",
            Guest(None, firmware(0x8FD00000, 2 * MIB)),
            "256M",
        )

    def test_a_given_address_for_hv_that_overlaps_the_firmware_is_refused(self) -> None:
        self.refused(
            "hv (some), 0x80000000-0x81000000, overlaps the firmware fw.elf, 0x80200000-0x80210000",
            Guest(image(16).at(START), firmware(0x80200000)),
        )

    def test_a_given_address_at_which_one_pmp_entry_cannot_cover_hv_is_refused(self) -> None:
        self.refused(
            "hv (some), 0x88200000-0x89200000, is not at a multiple of its size 0x1000000",
            Guest(image(16).at(0x88200000), firmware(START)),
        )

    def test_the_error_for_rings_that_fit_nowhere_has_all_numbers_and_a_remedy(self) -> None:
        self.refused(
            "config some: hv needs 0x8000000 bytes (max_harts = 64, slots = 65536) at a multiple of that size, but no such block"
            " is free in the machine's memory, 0x80000000-0x90000000. It also contains the firmware fw.elf, 0x80000000-0x80010000;"
            " the device tree, 0x8fe00000-0x90000000. Lower [trace] slots or [platform] max_harts of --config, or give the"
            " machine more memory (-m)",
            Guest(image(128), firmware(START)),
            "256M",
        )

    def test_a_payload_that_is_not_entered_at_its_lowest_address_is_refused(self) -> None:
        payload = Program("os.elf", (Segment(0x80400000, b"datacode", 8),), 0x80400004)
        self.refused(
            "the payload os.elf is entered at 0x80400004, but a firmware enters it at its lowest address, 0x80400000",
            Guest(None, firmware(START), payload),
        )


class Placed(unittest.TestCase):
    """Tests of an image that is not loaded at the address for which it is linked."""

    HIGH = 0x1_7E00_0000

    def test_the_symbols_of_an_image_move_with_it(self) -> None:
        found = image(16).at(self.HIGH)
        self.assertEqual(found.directory_address, self.HIGH + 0x1000)
        self.assertEqual(found.symbols_argument, "some.elf@0x17e000000")
        code = code_of(found)
        self.assertEqual((code.start, code.end, code.vectors), (self.HIGH, self.HIGH + 0x100, (self.HIGH + 64,)))
        self.assertEqual(code_of(image(16)).start, START)

    def test_an_image_is_loaded_with_the_firmwares_entry_and_relocates_itself(self) -> None:
        found = image(16).at(self.HIGH)
        loaded = found.loaded(0x80000040)
        self.assertEqual(struct.unpack_from("<16xQ", loaded), (0x80000040,))
        self.assertEqual(loaded[24:], found.binary[24:])
        self.assertEqual(struct.unpack_from("<16xQQ", found.relocated(0x80000040)), (0x80000040, self.HIGH + 32))

    def test_a_file_that_is_not_an_image_of_hv_is_refused(self) -> None:
        wrong = Image(image(2).config, b"no image of hv" * 4, image(2).elf, Path("some.elf"))
        with self.assertRaisesRegex(Failure, "config some: its image does not begin with hv's header"):
            placed(Guest(wrong, firmware(START)), [])


if __name__ == "__main__":
    unittest.main()
