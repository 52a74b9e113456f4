"""Tests that every Python program for users ends in the same way as hstrace if it cannot write its output. The
arguments of this test are the programs."""

import os
import subprocess
import sys
import unittest
from typing import BinaryIO

PROGRAMS = sys.argv[1:]


def show_help(program: str, output: int | BinaryIO) -> tuple[int, str]:
    """Runs a program with --help. Returns the exit code and the text on stderr."""
    done = subprocess.run([program, "--help"], stdout=output, stderr=subprocess.PIPE, text=True, timeout=60)
    return done.returncode, done.stderr


class Outputs(unittest.TestCase):
    def test_a_closed_pipe_ends_each_program_with_code_141(self) -> None:
        for program in PROGRAMS:
            reader, writer = os.pipe()
            os.close(reader)
            with self.subTest(program=program):
                self.assertEqual(show_help(program, writer), (141, "error: stdout: the reader has closed it; stopped\n"))
            os.close(writer)

    def test_a_full_disk_ends_each_program_with_code_1_and_a_one_line_message(self) -> None:
        for program in PROGRAMS:
            with self.subTest(program=program), open("/dev/full", "wb") as full:
                self.assertEqual(show_help(program, full), (1, "error: stdout: cannot write: No space left on device\n"))

    def test_the_list_of_programs_is_not_empty(self) -> None:
        self.assertGreater(len(PROGRAMS), 10)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
