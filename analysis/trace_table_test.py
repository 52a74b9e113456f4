"""Tests that the Parquet table of a trace equals hstrace's CSV, and that an unreadable dump leaves no file behind."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

from pyarrow import parquet

from analysis import trace_rows, trace_table

SYNTHETIC = Path(__file__).absolute().parents[1] / "trace/testing/synthetic"


class Table(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.out = self.folder / "a.parquet"

    def make(self, *options: str) -> Path:
        """Makes a synthetic dump."""
        dump = self.folder / "a.hst"
        subprocess.run([str(SYNTHETIC), *options, str(dump)], check=True, stdout=subprocess.DEVNULL)
        return dump

    def write(self, dump: Path, *options: str, code: int = 0) -> str:
        """Runs the command. Returns the output of the command."""
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            self.assertEqual(trace_table.run([str(dump), "-o", str(self.out), *options]), code)
        return said.getvalue()

    def rows_of_csv(self, dump: Path, *options: str) -> list[dict[str, Any]]:
        """Returns the records in hstrace's CSV, with numbers as integers."""
        command = [str(trace_rows.HSTRACE), "convert", "--format=csv", "-o", "-", *options, str(dump)]
        table = csv.DictReader(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines())
        return [
            {key: (int(text, 0) if key in trace_table.TYPES else text) if text else None for key, text in row.items()}
            for row in table
        ]

    def test_every_value_equals_that_in_the_csv(self) -> None:
        for options in (("--harts=3",), ("--loss=300",), ("--loss=300", "--discard"), ("--slots=0",)):
            dump = self.make("--slots=20000", *options)
            with self.subTest(options=options):
                self.write(dump)
                self.assertEqual(parquet.read_table(self.out).to_pylist(), self.rows_of_csv(dump))

    def test_the_file_names_the_machine_and_its_harts(self) -> None:
        self.write(self.make("--slots=500", "--harts=2"))
        notes = parquet.read_schema(self.out).metadata
        self.assertEqual(json.loads(notes[b"hartscope.machine"])["harts"], 2)
        self.assertEqual(len(json.loads(notes[b"hartscope.hart_ids"])), 2)

    def test_a_window_has_the_same_rows_as_hstrace(self) -> None:
        dump, window = self.make("--slots=60000"), ("--from=0.002", "--to=0.004")
        self.write(dump, *window)
        rows = self.rows_of_csv(dump, *window)
        self.assertEqual(parquet.read_table(self.out).num_rows, len(rows))
        self.assertGreater(len(rows), 100)

    def test_a_file_that_is_damaged_or_not_a_dump_leaves_no_table_behind(self) -> None:
        dump = self.make("--slots=20000")
        said = trace_rows.info(dump, False)
        data = bytearray(dump.read_bytes())
        data[len(data) // 2] ^= 1
        for contents in (b"", b"no dump at all" * 10, bytes(data)):
            dump.write_bytes(contents)
            with self.subTest(contents=contents[:8]):
                self.assertIn("offset 0x", self.write(dump, code=1))
                self.assertEqual([path.name for path in self.folder.iterdir()], ["a.hst"])
        with mock.patch.object(trace_rows, "info", return_value=said):  # only `hstrace convert` can find the damage
            self.assertIn("offset 0x", self.write(dump, code=1))
            self.assertEqual([path.name for path in self.folder.iterdir()], ["a.hst"])
        self.write(dump, "--salvage")
        self.assertGreater(parquet.read_table(self.out).num_rows, 1000)


if __name__ == "__main__":
    unittest.main()
