"""Tests the checks of hv's memory. The tests make a sample of this memory, whose layout comes from hv's own headers.
Most of them damage the sample and expect a complaint."""

import struct
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from machines import sample
from machines.firmware import raw
from machines.images import Image
from machines.machine import Guest
from machines.qemu_memory import RAM_START
from payloads.runner import memory

SHUT_DOWN, PANIC = 2, 4
TEXT_BYTES = 0x2000  # the size in bytes of hv's code and constants in the sample
BOOT_DATA_OFFSET, END_OFFSET = 0x4000, 0x5000
FIRMWARE = 0x80200000
HEAD = struct.Struct("<4xIIIQ")  # the layout of struct hartscope_image
SYMBOLS = {
    "hv_text_start": RAM_START,
    "boot_data_start": RAM_START + BOOT_DATA_OFFSET,
    "boot_data_end": RAM_START + BOOT_DATA_OFFSET + 8,
    "hv_end": RAM_START + END_OFFSET,
}


class ComplaintsTest(unittest.TestCase):
    def complaints(self, *changes: tuple[tuple[int, str], int], state: int = SHUT_DOWN, damage: int | None = None,
                   begins: bool = True) -> list[str]:
        """Makes a sample and checks it. @p changes replaces fields in the directory of the sample. The byte at @p
        damage changes while the guest runs."""
        content = bytearray(sample.sample((sample.STATE, state), *changes))
        HEAD.pack_into(content, 0, int.from_bytes(b"hvim", "little"), len(content), 0, FIRMWARE)
        text = bytes(content[:TEXT_BYTES])
        content[BOOT_DATA_OFFSET : BOOT_DATA_OFFSET + 8] = b"constant"
        content[END_OFFSET:] = bytes(len(content) - END_OFFSET)
        elf: Any = SimpleNamespace(symbols=SYMBOLS)
        guest = Guest(Image({"name": "sample"}, text, elf, Path(), RAM_START), raw("firmware", FIRMWARE, b"code"))
        with tempfile.TemporaryDirectory() as folder:
            ram = Path(folder) / "memory"
            ram.write_bytes(content)
            watch = memory.Watch(ram, guest)
            if begins:
                watch.guest_begins()
            if damage is not None:
                content[damage] ^= 1
                ram.write_bytes(content)
            return watch.complaints()

    def test_undamaged_memory_causes_no_complaint(self) -> None:
        self.assertEqual(self.complaints(), [])

    def test_a_later_change_to_boot_data_is_reported(self) -> None:
        [complaint] = self.complaints(damage=BOOT_DATA_OFFSET + 3)
        self.assertIn("boot wrote", complaint)

    def test_data_that_hv_itself_changes_causes_no_complaint(self) -> None:
        self.assertEqual(self.complaints(damage=BOOT_DATA_OFFSET + 8), [])

    def test_a_stray_byte_in_unused_memory_is_reported(self) -> None:
        [complaint] = self.complaints(damage=END_OFFSET + 5)
        self.assertIn("0x80005005", complaint)

    def test_a_guest_that_never_began_is_reported(self) -> None:
        self.assertEqual(self.complaints(begins=False), ["the guest never began"])

    def test_a_changed_byte_of_code_is_reported(self) -> None:
        [complaint] = self.complaints(damage=7)
        self.assertIn("0x80000007", complaint)

    def test_a_panic_is_reported(self) -> None:
        self.assertEqual(self.complaints(state=PANIC), ["hv's state is 'panic' instead of 'shut down'"])

    def test_a_missing_directory_is_reported(self) -> None:
        [complaint] = self.complaints((sample.MAGIC, 0))
        self.assertIn("directory", complaint)

    def test_a_directory_of_another_version_is_reported(self) -> None:
        [complaint] = self.complaints((sample.VERSION, 99))
        self.assertIn("version 99", complaint)


if __name__ == "__main__":
    unittest.main()
