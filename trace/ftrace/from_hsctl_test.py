"""Tests the messages of //trace:ftrace about files that do not fit together. benchmarks/hsctl_ftrace_test.py tests the trace that it
makes of a real recording."""

import subprocess
import tempfile
import unittest
from pathlib import Path

from cli.failure import Failure
from trace.ftrace import from_hsctl
from trace.ftrace.merge_test import FORMATS
from trace.ftrace.reading_test import HEADER

SYNTHETIC = "trace/testing/synthetic"


def stream(files: dict[str, str]) -> str:
    return "".join(f"{name} {len(text)}\n{text}" for name, text in files.items()) + "end 0\n"


class FromHsctl(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dump, self.ftrace, self.out = (Path(folder.name, name) for name in ("t.hst", "t.hst.ftrace", "t.pftrace"))
        subprocess.run([SYNTHETIC, "--harts=2", "--slots=200", self.dump], check=True, stdout=subprocess.DEVNULL)
        self.ftrace.write_text(stream({"events/header_page": HEADER, **FORMATS}))

    def refused(self, *arguments: str) -> str:
        """Returns the message. An earlier output must stay."""
        self.out.write_text("earlier")
        with self.assertRaises(Failure) as caught:
            from_hsctl.main([str(self.dump), *arguments])
        self.assertEqual(self.out.read_text(), "earlier")
        return str(caught.exception)

    def test_a_file_of_another_recording_is_refused(self) -> None:
        self.assertIn("Are both of the same recording?", self.refused())

    def test_a_file_that_was_cut_is_refused(self) -> None:
        self.ftrace.write_text(self.ftrace.read_text()[:-1])
        self.assertIn(f"{self.ftrace}: the guest has not sent all of ftrace's buffers", self.refused())

    def test_a_missing_file_is_named(self) -> None:
        self.ftrace.unlink()
        self.assertEqual(self.refused(), f"FTRACE: no file {self.ftrace}")
        self.assertEqual(self.refused("elsewhere"), f"FTRACE: no file {Path('elsewhere').absolute()}")

    def test_options_for_hstrace_follow_a_double_dash(self) -> None:
        self.assertIn("hstrace cannot convert the dump", self.refused("--", "--symbols=nowhere"))

    def test_options_that_make_another_output_are_refused(self) -> None:
        for option in ("--gzip", "-z", "--with=guest.pftrace"):
            self.assertIn(f"{option} does not work here", self.refused("--", option))

    def test_by_default_all_names_are_made_of_the_dumps_name(self) -> None:
        parsed, options = from_hsctl.parse(["t.hst"])
        self.assertEqual((parsed.ftrace, parsed.output, options), (None, None, []))


if __name__ == "__main__":
    unittest.main()
