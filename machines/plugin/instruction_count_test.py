"""Tests the plugin in QEMU. The firmwares of the test execute a known number of instructions before and after a
mark."""

import io
import struct
import subprocess
import tempfile
import unittest
from pathlib import Path

from cli.progress import Silent
from machines import instruction_count, session
from machines.firmware import raw
from machines.machine import Guest, Settings
from machines.outside import Code, InstructionCount

FIRMWARE = 0x80200000

LOOP_DOWN = [0xFFF28293, 0xFE029EE3]  # 1: addi t0, t0, -1; bnez t0, 1b
MARK_1 = 0x00102013  # slti zero, zero, 1
FINISH = [0x00100337, 0x000053B7, 0x5553839B, 0x00732023]  # the test finisher's address, 0x5555, sw
STAY = 0x0000006F

EBREAK = 0x00100073
HANDLER = [0x34102373, 0x00430313, 0x34131073, 0x30200073]  # csrr t1, mepc; addi t1, t1, 4; csrw mepc, t1; mret
SET_HANDLER = [0x00000297, 0x00000293 | 5 << 15 | 12 << 20, 0x30529073]  # auipc t0, 0; addi t0, t0, 12; csrw mtvec, t0


def load_t0(value: int) -> int:
    """Returns addi t0, zero, value (below 2048)."""
    return value << 20 | 5 << 7 | 0x13


def firmware(before: int, after: int) -> bytes:
    """Returns a firmware that executes a loop, mark 1, another loop, and mark 1 again, and then ends the run."""
    words = [load_t0(before), *LOOP_DOWN, MARK_1, load_t0(after), *LOOP_DOWN, MARK_1, *FINISH, STAY]
    return struct.pack(f"<{len(words)}I", *words)


def trapping_firmware(breakpoints: int) -> tuple[bytes, int]:
    """Returns a firmware and the address of its trap handler. The firmware executes @p breakpoints breakpoints and then
    mark 1."""
    jump_over_handler = len(HANDLER) * 4 + 4 << 20 | 0x6F  # j; this encoding is right for distances below 2 KiB
    code = [*SET_HANDLER[:1], SET_HANDLER[1] + (4 << 20), SET_HANDLER[2], jump_over_handler, *HANDLER]
    words = [*code, *[EBREAK] * breakpoints, MARK_1, *FINISH, STAY]
    return struct.pack(f"<{len(words)}I", *words), FIRMWARE + 4 * 4


def counts(before: int, after: int, hv: Code | None = None) -> instruction_count.Count:
    """Runs the firmware with two loops. Returns the counts up to the first execution of the mark."""
    return run(firmware(before, after), hv)


def run(code: bytes, hv: Code | None, when: str = "mark1", entry: int | None = None) -> instruction_count.Count:
    """Runs a firmware. Returns the counts up to the moment @p when. The plugin counts the part @p hv of the firmware as
    hv's code."""
    with tempfile.TemporaryDirectory() as directory:
        out = Path(directory, "counts")
        guest = Guest(None, raw("words", FIRMWARE, code))
        log = InstructionCount(out, hv, entry)
        settings = Settings(1, icount=True, timeout=30, log=log, stdin=subprocess.DEVNULL)
        ended = session.run(guest, settings, Silent(), io.BytesIO())
        assert ended.code == 0, ended.errors
        found = instruction_count.read_at(out, when)
        assert found is not None, out.read_text()
        return found


class Counting(unittest.TestCase):
    def test_each_instruction_before_the_mark_is_counted_once(self) -> None:
        self.assertEqual(counts(1500, 10).total - counts(500, 10).total, 2 * 1000)

    def test_instructions_after_the_first_mark_are_not_counted(self) -> None:
        self.assertEqual(counts(500, 10), counts(500, 2000))

    def test_only_instructions_in_hvs_text_are_counted_as_hvs(self) -> None:
        everything = counts(500, 10, Code(FIRMWARE, FIRMWARE + 0x100, ()))
        self.assertEqual(everything.hv, 1 + 2 * 500 + 1)
        only_the_load = counts(500, 10, Code(FIRMWARE, FIRMWARE + 4, ()))
        self.assertEqual(only_the_load.hv, 1)
        self.assertEqual(counts(500, 10).hv, 0)

    def test_exits_and_their_instructions_are_counted_by_cause(self) -> None:
        code, handler = trapping_firmware(breakpoints=7)
        found = run(code, Code(handler, handler + 4 * len(HANDLER), (handler,)))
        self.assertEqual(found.by_cause, {"breakpoint": instruction_count.ByCause(7, 7 * len(HANDLER))})
        self.assertEqual(found.hv, 7 * len(HANDLER))

    def test_hvs_instructions_outside_of_exits_are_counted_as_boot(self) -> None:
        found = counts(500, 10, Code(FIRMWARE, FIRMWARE + 0x100, ()))
        self.assertEqual(found.by_cause, {"boot": instruction_count.ByCause(0, found.hv)})

    def test_the_counts_at_the_firmwares_entry_do_not_include_its_first_instruction(self) -> None:
        before = run(firmware(500, 10), None, "entry1", FIRMWARE).total
        after = run(firmware(500, 10), None, "entry1", FIRMWARE + 4).total
        self.assertEqual(after - before, 1)


if __name__ == "__main__":
    unittest.main()
