"""Tests that the figure of functions shows the numbers of `hstrace stat`."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from analysis import functions_figure, trace_figures, trace_rows

SYNTHETIC = Path(__file__).absolute().parents[1] / "trace/testing/synthetic"
PNG = b"\x89PNG"


class FunctionsFigure(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.dump, self.list = self.folder / "trace.hst", self.folder / "kallsyms"
        subprocess.run([SYNTHETIC, "--slots=20000", "--harts=2", self.dump], check=True, stdout=subprocess.DEVNULL)
        pcs = sorted({int(word, 16) for word in self.column("word1") if word})
        self.assertGreater(len(pcs), 2 * functions_figure.ROWS)
        self.list.write_text("".join(f"{pc:x} t function_{index}\n" for index, pc in enumerate(pcs)))

    def column(self, name: str) -> list[str]:
        """Returns one column of hstrace's CSV, for all exits."""
        table = subprocess.run([trace_rows.HSTRACE, "convert", "-f", "csv", "-o", "-", self.dump], check=True, capture_output=True)
        lines = [line.split(",") for line in table.stdout.decode().splitlines()]
        places = {title: place for place, title in enumerate(lines[0])}
        return [line[places[name]] for line in lines[1:] if line[places["event"]] == "exit"]

    def test_the_rows_add_up_to_all_exits_and_all_cycles(self) -> None:
        rows = functions_figure.read(self.dump, [str(self.list)])
        whole = json.loads(subprocess.run([trace_rows.HSTRACE, "stat", "--json", self.dump], check=True, capture_output=True).stdout)
        for some in (rows, functions_figure.shown(rows)):
            self.assertEqual((sum(row.count for row in some), sum(row.cycles for row in some)), (whole["exits"], whole["cycles"]))
        self.assertEqual(functions_figure.nameless(rows), "")
        self.assertEqual(len(functions_figure.shown(rows)), functions_figure.ROWS + 1)
        self.assertEqual([row.cycles for row in rows], sorted((row.cycles for row in rows), reverse=True))

    def test_exits_without_a_symbol_are_named_below_the_figure_instead_of_drawn(self) -> None:
        rows = [functions_figure.Row(name, 10, 50) for name in ("firmware, no function", "known")]
        self.assertEqual([row.name for row in functions_figure.shown(rows)], ["known"])
        self.assertIn("firmware 10 exits (50.0% of the time)", functions_figure.nameless(rows))
        self.assertEqual(functions_figure.draw(rows[:1], "", self.folder, ["png"]), [])

    def test_a_window_counts_only_some_of_the_exits(self) -> None:
        whole, part = (
            functions_figure.read(self.dump, [str(self.list)], window) for window in ((), ("--to=2ms",))
        )
        self.assertLess(0, sum(row.count for row in part))
        self.assertLess(sum(row.count for row in part), sum(row.count for row in whole))

    def test_the_command_draws_functions_only_if_it_is_given_symbols(self) -> None:
        cases: list[tuple[list[str], bool]] = [([], False), ([f"--symbols={self.list.name}"], True)]
        for words, wanted in cases:
            said = io.StringIO()
            with mock.patch.dict(os.environ, {"BUILD_WORKING_DIRECTORY": str(self.folder)}), contextlib.redirect_stdout(said):
                self.assertEqual(trace_figures.run([str(self.dump), *words]), 0)
            picture = self.folder / "exits_by_function.png"
            self.assertEqual(picture.exists(), wanted)
            self.assertEqual(str(picture) in said.getvalue(), wanted)
        self.assertTrue(picture.read_bytes().startswith(PNG))

    def test_an_unreadable_symbol_file_is_an_error_with_the_reason(self) -> None:
        self.list.write_text("nonsense\n")
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            self.assertEqual(trace_figures.run([str(self.dump), f"--symbols={self.list}"]), 1)
        self.assertIn("neither an ELF file nor a list", said.getvalue())


if __name__ == "__main__":
    unittest.main()
