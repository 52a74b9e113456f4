"""Tests pack.py: the archive has the format that other programs read."""

import gzip
import shutil
import subprocess
import unittest

from payloads.linux import pack


class Archive(unittest.TestCase):
    def test_members_of_an_archive_are_aligned_and_a_trailer_ends_it(self) -> None:
        data = pack.archive(["dev"], {"init": b"#!"})
        self.assertEqual(data[:6], b"070701")
        self.assertEqual(len(data) % 4, 0)
        self.assertIn(b"TRAILER!!!\0", data[-16:])

    def test_the_order_of_arguments_does_not_change_the_archive(self) -> None:
        one = pack.archive(["a", "b"], {"x": b"1", "y": b"2"})
        two = pack.archive(["b", "a"], {"y": b"2", "x": b"1"})
        self.assertEqual(one, two)

    def test_the_header_has_the_mode_and_the_sizes_of_a_file(self) -> None:
        header = pack.entry(7, "init", pack.PROGRAM_MODE, b"abc")
        fields = [int(header[6 + 8 * i : 14 + 8 * i], 16) for i in range(13)]
        self.assertEqual((fields[0], fields[1], fields[6], fields[11]), (7, 0o100755, 3, len("init") + 1))

    def test_compressed_data_contain_no_time(self) -> None:
        packed = pack.compress(b"content")
        self.assertEqual(packed, pack.compress(b"content"))
        self.assertEqual(packed[4:8], bytes(4))
        self.assertEqual(gzip.decompress(packed), b"content")

    @unittest.skipUnless(shutil.which("cpio"), "this machine has no cpio program")
    def test_cpio_reads_the_archive(self) -> None:
        data = pack.archive(["dev"], {"bin/tool": b"12345", "init": b"#!/bin/sh\n"})
        listed = subprocess.run(["cpio", "-t", "--quiet"], input=data, capture_output=True, check=True)
        self.assertEqual(listed.stdout.decode().split(), ["dev", "bin/tool", "init"])


if __name__ == "__main__":
    unittest.main()
