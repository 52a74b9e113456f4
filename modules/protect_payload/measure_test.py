"""Tests the program that measures a payload for a configuration."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import tempfile
import tomllib
import unittest
from pathlib import Path
from typing import Any

from cli.failure import EXIT_USAGE, Failure
from machines import elf
from machines.elf import Segment
from modules.protect_payload import measure

IMAGE = bytes(range(256)) * 33


class Measure(unittest.TestCase):
    """Measures files in a temporary directory."""

    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)

    def file(self, name: str, data: bytes) -> str:
        path = self.directory / name
        path.write_bytes(data)
        return str(path)

    def printed(self, *arguments: str) -> str:
        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            self.assertEqual(measure.main(list(arguments)), 0)
        return text.getvalue()

    def table(self, *arguments: str) -> dict[str, Any]:
        return dict(tomllib.loads(self.printed(*arguments))["protect_payload"])

    def refused(self, *arguments: str) -> str:
        with self.assertRaises(Failure) as caught:
            self.printed(*arguments)
        return str(caught.exception)

    def test_a_raw_file_is_measured_at_the_usual_address_or_at_start(self) -> None:
        path = self.file("Image", IMAGE)
        wanted = {"start": 0x8040_0000, "size": len(IMAGE), "sha256": hashlib.sha256(IMAGE).hexdigest()}
        self.assertEqual(self.table(path), wanted)
        self.assertEqual(self.table(path, "--start=0x80600000"), wanted | {"start": 0x8060_0000})

    def test_an_image_of_linux_is_measured_without_its_bss(self) -> None:
        header = bytes(16) + (0x10_0000).to_bytes(8, "little") + bytes(32) + b"RSC\x05"
        self.assertEqual(self.table(self.file("Image", header + IMAGE))["size"], len(header + IMAGE))

    def test_an_elf_file_is_measured_as_it_lies_in_memory(self) -> None:
        segments = [Segment(0x8060_0000, b"text", 6), Segment(0x8060_0010, b"data", 0x20)]
        memory = b"text" + bytes(12) + b"data" + bytes(0x1C)
        path = self.file("payload.elf", elf.executable(0x8060_0000, segments))
        wanted = {"start": 0x8060_0000, "size": 0x30, "sha256": hashlib.sha256(memory).hexdigest()}
        self.assertEqual(self.table(path), wanted)
        self.assertEqual(json.loads(self.printed(path, "--json", "--start=0x80600000")), wanted)
        self.assertIn("linked at 0x80600000", self.refused(path, "--start=0x80400000"))

    def test_an_elf_file_that_the_key_start_cannot_describe_is_refused(self) -> None:
        path = self.file("payload.elf", elf.executable(0x8060_0010, [Segment(0x8060_0010, b"text", 4)]))
        self.assertIn("begins at 0x80600010", self.refused(path))

    def test_a_missing_an_empty_and_a_compressed_file_are_refused(self) -> None:
        self.assertIn(f"no file {self.directory / 'none'}", self.refused(str(self.directory / "none")))
        self.assertIn("empty", self.refused(self.file("empty", b"")))
        self.assertIn("gunzip", self.refused(self.file("Image.gz", b"\x1f\x8b" + IMAGE)))

    def test_a_configuration_is_printed_with_the_table_for_its_address(self) -> None:
        text = '# why\n[modules]\nmodules = ["protect_payload"]\n\n[memory]\npayload = 0x80800000'
        path = self.file("mine.toml", text.encode())
        completed = self.printed(self.file("Image", IMAGE), f"--config={path}")
        self.assertTrue(completed.startswith(f"{text}\n\n[protect_payload]\n"), completed)
        self.assertEqual(tomllib.loads(completed)["protect_payload"]["start"], 0x8080_0000)

    def test_errors_in_a_configuration_name_the_file_and_the_line(self) -> None:
        image = self.file("Image", IMAGE)
        path = self.file("mine.toml", b"[protect_payload]\nmeasure_only = true\n")
        self.assertIn(f"{path}:1: [protect_payload]: the table is there already", self.refused(image, f"--config={path}"))
        path = self.file("broken.toml", b"\n[memory]\npayload = \n")
        self.assertIn(f"{path}:3: [memory] payload: Invalid value", self.refused(image, f"--config={path}"))
        self.assertIn("--config: no file", self.refused(image, f"--config={self.directory / 'none.toml'}"))

    def test_wrong_options_are_refused(self) -> None:
        image = self.file("Image", IMAGE)
        wrong: list[list[str]] = [[], [image, "--start=0x123"], [image, "--start=x"], [image, "--json", "--config=x"]]
        for arguments in wrong:
            with self.subTest(arguments), contextlib.redirect_stderr(io.StringIO()), self.assertRaises(SystemExit) as caught:
                measure.main(arguments)
            self.assertEqual(caught.exception.code, EXIT_USAGE)


if __name__ == "__main__":
    unittest.main()
