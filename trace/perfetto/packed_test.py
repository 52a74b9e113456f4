"""Tests that files that gzip or zstd has packed are unpacked in pieces of a bounded size, and that damage is found."""

from __future__ import annotations

import gzip
import tempfile
import unittest
from pathlib import Path

import zstandard

from trace.perfetto import packed, trace_file

TEXT = bytes(range(256)) * 5000
MOST = 32 << 20  # bytes of a piece
BLOCK = 128 << 10  # bytes of a block of zstd

# A frame of zstd with 512 MiB of contents. Each of its blocks consists of a byte and of how often it is repeated (RFC 8878, 3.1.1).
BLOCKS = 4096
BOMB = packed.ZSTD + b"\0\x38" + b"".join(
    (BLOCK << 3 | 2 | (number == BLOCKS - 1)).to_bytes(3, "little") + b"x" for number in range(BLOCKS)
)


def skippable(first: int, length: int) -> bytes:
    """Returns a frame that zstd skips. Its magic begins with the byte `first`."""
    return bytes([first]) + b"\x2a\x4d\x18" + length.to_bytes(4, "little") + bytes(length)


class PackedTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.file = self.folder / "trace.zst"

    def unpacked(self, data: bytes) -> bytes:
        self.file.write_bytes(data)
        return b"".join(packed.pieces(self.file))

    def test_the_pieces_are_the_contents(self) -> None:
        for data in (gzip.compress(TEXT), zstandard.compress(TEXT)):
            self.assertEqual(self.unpacked(data), TEXT)
            self.assertEqual(self.unpacked(data + data), TEXT + TEXT)
        self.assertEqual(self.unpacked(gzip.compress(TEXT) + bytes(1000)), TEXT)

    def test_a_small_file_with_large_contents_is_unpacked_in_small_pieces(self) -> None:
        self.file.write_bytes(BOMB)
        total = 0
        for piece in packed.pieces(self.file):
            self.assertLessEqual(len(piece), MOST)
            total += len(piece)
        self.assertEqual(total, BLOCKS * BLOCK)

    def test_frames_that_zstd_skips_are_skipped(self) -> None:
        for first in range(0x50, 0x60):
            data = skippable(first, 4) + zstandard.compress(TEXT) + skippable(first, 3000) + zstandard.compress(b"end")
            self.assertEqual(packed.packing(data), "zstd")
            self.assertEqual(self.unpacked(data), TEXT + b"end")
            (made := self.folder / "made").mkdir(exist_ok=True)
            self.assertEqual(packed.for_perfetto(self.file, made).read_bytes(), TEXT + b"end")
        for data in (b"", b"\x50", b"\x50\x2a\x4d", b"\x60\x2a\x4d\x18", b"\x28\xb5\x2f"):
            self.assertEqual(packed.packing(data), "", data)

    def test_a_file_that_was_cut_is_damaged(self) -> None:
        for name, data in (("gzip", gzip.compress(TEXT)), ("zstd", zstandard.compress(TEXT)), ("zstd", skippable(0x50, 9))):
            for length in (4, 9, len(data) // 2, len(data) - 1):
                with self.subTest(name, length=length), self.assertRaisesRegex(packed.DamagedPackingError, f"packed by {name}, and damaged or cut"):
                    self.unpacked(data[:length])

    def test_a_packed_empty_file_is_empty(self) -> None:
        for data in (b"", gzip.compress(b""), zstandard.compress(b""), skippable(0x5F, 4)):
            self.file.write_bytes(data)
            with self.assertRaisesRegex(trace_file.NoTraceError, "the file is empty"):
                trace_file.look(self.file)


if __name__ == "__main__":
    unittest.main()
