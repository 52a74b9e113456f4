"""What the runner sees in hv's memory after a run."""

import tempfile
import unittest
from pathlib import Path

from payloads.runner import memory

TEXT = b"hv's code, and its constants too"
BOOT_DATA_OFFSET, DIRECTORY_OFFSET, END_OFFSET = 0x2000, 0x3000, 0x4000
SYMBOLS = {
    "boot_data_start": memory.RAM_ADDRESS + BOOT_DATA_OFFSET,
    "boot_data_end": memory.RAM_ADDRESS + BOOT_DATA_OFFSET + 8,
    "hv_end": memory.RAM_ADDRESS + END_OFFSET,
}


class ComplaintsTest(unittest.TestCase):
    def complaints(self, text: bytes = TEXT, state: int = memory.SHUT_DOWN, magic: int = memory.MAGIC,
                   damage: int | None = None, begins: bool = True) -> list[str]:
        start = memory.RAM_ADDRESS
        fields = [0] * 7 + [state, start, memory.HV_SIZE, start, start + len(TEXT)]
        content = bytearray(memory.HV_SIZE)
        content[: len(text)] = text
        content[BOOT_DATA_OFFSET : BOOT_DATA_OFFSET + 8] = b"constant"
        content[DIRECTORY_OFFSET : DIRECTORY_OFFSET + memory.DIRECTORY.size] = memory.DIRECTORY.pack(
            magic, 176, 1, b"", 10000000, 1, 64, *fields)
        with tempfile.TemporaryDirectory() as folder:
            image, ram = Path(folder) / "hv.bin", Path(folder) / "memory"
            image.write_bytes(TEXT)
            ram.write_bytes(content)
            watch = memory.Watch(ram, image, SYMBOLS)
            if begins:
                watch.guest_begins()
            if damage is not None:
                content[damage] ^= 1
                ram.write_bytes(content)
            return watch.complaints()

    def test_memory_as_it_should_be_is_not_complained_of(self) -> None:
        self.assertEqual(self.complaints(), [])

    def test_data_of_the_boot_that_changes_later_is_named(self) -> None:
        [complaint] = self.complaints(damage=BOOT_DATA_OFFSET + 3)
        self.assertIn("at boot", complaint)

    def test_what_hv_changes_itself_may_change(self) -> None:
        self.assertEqual(self.complaints(damage=BOOT_DATA_OFFSET + 8), [])

    def test_a_stray_byte_in_unused_memory_is_named(self) -> None:
        [complaint] = self.complaints(damage=END_OFFSET + 5)
        self.assertIn("0x80004005", complaint)

    def test_a_guest_that_never_began_proves_nothing(self) -> None:
        self.assertEqual(self.complaints(begins=False), ["the guest never began"])

    def test_a_changed_byte_of_text_is_named(self) -> None:
        [complaint] = self.complaints(text=TEXT.replace(b"code", b"cope"))
        self.assertIn("0x80000007", complaint)

    def test_a_panic_is_named(self) -> None:
        self.assertEqual(self.complaints(state=4), ["hv's state is 'panic' instead of 'shut down'"])

    def test_a_directory_that_is_gone_is_named(self) -> None:
        [complaint] = self.complaints(magic=0)
        self.assertIn("directory", complaint)


if __name__ == "__main__":
    unittest.main()
