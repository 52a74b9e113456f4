"""Tests that an image's file contains its configuration, in a part that is not loaded into memory."""

from __future__ import annotations

import struct
import unittest
from pathlib import Path

NAME = b"hartscope\0"


def note(image: bytes) -> tuple[int, bytes]:
    """Returns type and contents of the first ELF note with hartscope's name."""
    name = image.index(struct.pack("<I", len(NAME)))
    while image[name + 12 : name + 12 + len(NAME)] != NAME:
        name = image.index(struct.pack("<I", len(NAME)), name + 1)
    _, length, kind = struct.unpack_from("<III", image, name)
    start = name + 12 + (len(NAME) + 3) // 4 * 4
    return kind, image[start : start + length]


class Note(unittest.TestCase):
    """Tests of the image of qemu_virt_counters."""

    def test_the_elf_note_contains_the_configuration(self) -> None:
        json = Path("configs/qemu_virt_counters.json").read_bytes()
        self.assertEqual(note(Path("configs/qemu_virt_counters.elf").read_bytes()), (1, json.rstrip(b"\n")))

    def test_the_configuration_is_not_loaded_into_memory(self) -> None:
        self.assertFalse(b'"fast_paths"' in Path("configs/qemu_virt_counters.bin").read_bytes())


if __name__ == "__main__":
    unittest.main()
