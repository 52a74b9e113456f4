"""Boots Linux, and checks that the trace contains exactly the exits in QEMU's own log. The arguments of this test are
passed on to boot_qemu."""

import os
import sys
import unittest
from pathlib import Path

from benchmarks.oracle import boot

ARGUMENTS = sys.argv[1:]
DIRECTORY = Path(os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR") or os.environ["TEST_TMPDIR"])


class Boot(unittest.TestCase):
    def test_the_trace_of_a_boot_has_exactly_the_exits_of_qemus_log(self) -> None:
        self.assertEqual(boot.main([f"--out={DIRECTORY}", *ARGUMENTS]), 0, "see the comparison above")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
