"""Tests of the plugin in QEMU: loops whose instructions are known, with a mark between them."""

import io
import struct
import subprocess
import tempfile
import unittest
from pathlib import Path

from benchmarks.runner import count, session
from benchmarks.runner.firmware import Program
from benchmarks.runner.progress import Silent

FIRMWARE = 0x80200000

LOOP_DOWN = [0xFFF28293, 0xFE029EE3]  # 1: addi t0, t0, -1; bnez t0, 1b
MARK_1 = 0x00102013  # slti zero, zero, 1
FINISH = [0x00100337, 0x000053B7, 0x5553839B, 0x00732023]  # the test finisher's address, 0x5555, sw
STAY = 0x0000006F


def load_t0(value: int) -> int:
    """Returns addi t0, zero, value (below 2048)."""
    return value << 20 | 5 << 7 | 0x13


def firmware(before: int, after: int) -> bytes:
    """Returns a firmware that goes round a loop, executes mark 1 twice around another loop, and ends the run."""
    words = [load_t0(before), *LOOP_DOWN, MARK_1, load_t0(after), *LOOP_DOWN, MARK_1, *FINISH, STAY]
    return struct.pack(f"<{len(words)}I", *words)


def counts(before: int, after: int, text: str = "") -> count.Count:
    """Runs the firmware; returns what was counted until the mark."""
    with tempfile.TemporaryDirectory() as directory:
        out = Path(directory, "counts")
        guest = session.Guest(None, Program("loops", FIRMWARE, firmware(before, after)))
        plugin = count.plugin_option(out, None) + text
        settings = session.Settings(1, icount=True, timeout=30, plugin=plugin, stdin=subprocess.DEVNULL)
        run = session.run(guest, settings, Silent(), io.BytesIO())
        assert run.code == 0, run.errors
        return count.read(out, "init")


class Counting(unittest.TestCase):
    def test_each_instruction_before_the_mark_counts_once(self) -> None:
        self.assertEqual(counts(1500, 10).total - counts(500, 10).total, 2 * 1000)

    def test_what_follows_the_first_mark_does_not_count(self) -> None:
        self.assertEqual(counts(500, 10), counts(500, 2000))

    def test_only_addresses_in_the_text_count_as_hvs(self) -> None:
        everything = counts(500, 10, f",text={FIRMWARE:#x}:{FIRMWARE + 0x100:#x}")
        self.assertEqual(everything.hv, 1 + 2 * 500 + 1)
        only_the_load = counts(500, 10, f",text={FIRMWARE:#x}:{FIRMWARE + 4:#x}")
        self.assertEqual(only_the_load.hv, 1)
        self.assertEqual(counts(500, 10).hv, 0)


if __name__ == "__main__":
    unittest.main()
