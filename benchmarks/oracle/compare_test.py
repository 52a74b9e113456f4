"""Tests the command line of the program `compare`."""

import subprocess
import unittest
from pathlib import Path

COMPARE = Path(__file__).absolute().parents[2] / "benchmarks/oracle/compare"


class CompareTest(unittest.TestCase):
    def compare(self, text: str) -> tuple[int, str]:
        """Runs `compare` with an empty log. Returns the exit code and the text on stderr."""
        done = subprocess.run([str(COMPARE), f"--text={text}", "trace.hst"], input="", capture_output=True, text=True)
        return done.returncode, done.stderr

    def test_text_must_be_two_addresses_with_a_colon_between_them(self) -> None:
        self.assertEqual(self.compare("0x80000000:0x80007e24"), (1, "compare: the log is empty\n"))
        for text in ("0x80000000:0x80007e24junk", "0x80000000:0x80007e24:", "0x80000000", ":0x1", "0x1:", "-1:0x1", "0x1:0x1ffffffffffffffff"):
            code, said = self.compare(text)
            self.assertEqual((code, f"--text={text}: give two addresses" in said), (2, True), said)


if __name__ == "__main__":
    unittest.main()
