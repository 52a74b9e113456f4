"""Tests the command line of trace_table as far as it works without pyarrow."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

from analysis import trace_table
from cli.failure import Failure


class Command(unittest.TestCase):
    def test_the_dump_is_never_overwritten(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            dump, link = Path(folder, "a.hst"), Path(folder, "link")
            dump.write_bytes(b"a dump")
            link.symlink_to(dump)
            for out in (dump, link):
                with self.assertRaisesRegex(Failure, "the output would replace the input"):
                    trace_table.run([str(dump), "-o", str(out)])
            self.assertEqual(dump.read_bytes(), b"a dump")


if __name__ == "__main__":
    unittest.main()
