"""Tests that hstrace parses times in the same way as the Python programs that call hstrace."""

import argparse
import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from analysis import trace_rows
from cli import times

SYNTHETIC = Path(__file__).absolute().parents[1] / "trace/testing/synthetic"
GOOD = ("0", "1", "1.5", ".25", "7.", "1e-3", "1.5s", "20ms", "20us", "7ns", "1e3us", "1.4ns", "1.6ns", "0.1", "123.456789012", "999999999.999999999")
BAD = ("", "soon", "1m", "0x10", "inf", "nan", "1_000", "1e", "-1", "1000000001", "1e99", "1 s")


class Window(unittest.TestCase):
    def test_hstrace_and_python_parse_times_in_the_same_way(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            dump = Path(folder, "trace.hst")
            subprocess.run([SYNTHETIC, "--slots=100", dump], check=True, stdout=subprocess.DEVNULL)
            command = [str(trace_rows.HSTRACE), "convert", "--json", "-o", os.devnull, str(dump)]
            for text in GOOD:
                said = subprocess.run([*command, f"--from={text}"], check=True, capture_output=True).stdout
                self.assertEqual(json.loads(said)["window_begin"], times.nanoseconds(text), text)
            for text in BAD:
                self.assertEqual(subprocess.run([*command, f"--from={text}"], capture_output=True).returncode, 2, text)
                with self.assertRaises(argparse.ArgumentTypeError, msg=text):
                    times.nanoseconds(text)

    def test_a_window_is_passed_to_hstrace_exactly_to_the_nanosecond(self) -> None:
        parser = trace_rows.parser("test", None, "")
        options = parser.parse_args(["trace.hst", "--from=1.5", "--to=1600000001ns"])
        self.assertEqual(trace_rows.window(options), ("--from=1500000000ns", "--to=1600000001ns"))
        self.assertEqual(trace_rows.limits(trace_rows.window(options)), (1_500_000_000, 1_600_000_001))
        self.assertEqual(trace_rows.window(parser.parse_args(["trace.hst"])), ())
        self.assertEqual(trace_rows.limits(()), (0, times.MOST_SECONDS * 10**9))


if __name__ == "__main__":
    unittest.main()
