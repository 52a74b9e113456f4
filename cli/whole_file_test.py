"""Tests files that cannot be written completely. The earlier file must stay unchanged, and no other file may remain in
the folder."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from cli import whole_file


class WholeFileTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.file = self.folder / "figure.png"

    def fail_half_way(self) -> None:
        """Begins to write the file, and raises OSError."""
        with whole_file.replacing(self.file) as unfinished:
            unfinished.write_text("a part")
            raise OSError("the disk is full")

    def test_a_complete_file_replaces_the_earlier_one_and_has_its_permissions(self) -> None:
        self.file.write_text("earlier")
        self.file.chmod(0o640)
        with whole_file.replacing(self.file) as unfinished:
            unfinished.write_text("new")
            self.assertEqual((self.file.read_text(), unfinished.suffix), ("earlier", ".png"))
        self.assertEqual((self.file.read_text(), self.file.stat().st_mode & 0o777), ("new", 0o640))
        self.assertEqual(list(self.folder.iterdir()), [self.file])

    def test_an_error_leaves_the_earlier_file_and_no_incomplete_one(self) -> None:
        self.assertRaises(OSError, self.fail_half_way)
        self.assertEqual(list(self.folder.iterdir()), [])
        self.file.write_text("earlier")
        self.assertRaises(OSError, self.fail_half_way)
        self.assertEqual((list(self.folder.iterdir()), self.file.read_text()), ([self.file], "earlier"))

    def test_a_symbolic_link_remains_and_its_target_is_replaced(self) -> None:
        link = self.folder / "link"
        link.symlink_to(self.file.name)
        for text in ("first", "second"):
            whole_file.write_text(link, text)
            self.assertEqual((link.is_symlink(), self.file.read_text()), (True, text))

    def test_pipes_devices_and_standard_output_are_written_directly(self) -> None:
        whole_file.write_bytes(Path("/dev/null"), b"text")
        script = "import pathlib, cli.whole_file as w; w.write_text(pathlib.Path('/dev/stdout'), 'text')"
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", script]
        self.assertEqual(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout, b"text")
        with tempfile.TemporaryFile() as file:
            subprocess.run(command, env=environment, check=True, stdout=file)
            file.seek(0)
            self.assertEqual(file.read(), b"text")


if __name__ == "__main__":
    unittest.main()
