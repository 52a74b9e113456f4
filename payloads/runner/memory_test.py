"""What the runner sees in hv's memory after a run."""

import tempfile
import unittest
from pathlib import Path

from payloads.runner import memory

TEXT = b"hv's code, and its constants too"
DIRECTORY_OFFSET = 0x3000


class ComplaintsTest(unittest.TestCase):
    def complaints(self, text: bytes, state: int, magic: int = memory.MAGIC) -> list[str]:
        start = memory.RAM_ADDRESS
        fields = [0] * 7 + [state, start, memory.HV_SIZE, start, start + len(TEXT)]
        directory = memory.DIRECTORY.pack(magic, 176, 1, b"", 10000000, 1, 64, *fields)
        with tempfile.TemporaryDirectory() as folder:
            image, ram = Path(folder) / "hv.bin", Path(folder) / "memory"
            image.write_bytes(TEXT)
            ram.write_bytes((text.ljust(DIRECTORY_OFFSET, b"\0") + directory).ljust(memory.HV_SIZE, b"\0"))
            return memory.complaints(ram, image)

    def test_memory_as_it_should_be_is_not_complained_of(self) -> None:
        self.assertEqual(self.complaints(TEXT, memory.SHUT_DOWN), [])

    def test_a_changed_byte_of_text_is_named(self) -> None:
        [complaint] = self.complaints(TEXT.replace(b"code", b"cope"), memory.SHUT_DOWN)
        self.assertIn("0x80000007", complaint)

    def test_a_panic_is_named(self) -> None:
        self.assertEqual(self.complaints(TEXT, 4), ["hv's state is 'panic' instead of 'shut down'"])

    def test_a_directory_that_is_gone_is_named(self) -> None:
        [complaint] = self.complaints(TEXT, memory.SHUT_DOWN, magic=0)
        self.assertIn("directory", complaint)


if __name__ == "__main__":
    unittest.main()
