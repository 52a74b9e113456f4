"""Runs small firmwares bare through run_qemu: exit codes, console, time-out. The firmwares are a few instructions each."""

import contextlib
import io
import json
import os
import struct
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from benchmarks import run_qemu

FINISHER = 0x100000

# lui t0, 0x100; then the value into t1; sw t1, 0(t0); j .
_LUI_T0_FINISHER = 0x001002B7
_SW_T1_T0 = 0x0062A023
_LOOP = 0x0000006F


def finish_with(value: int) -> bytes:
    """Returns a firmware that writes `value` to the test finisher."""
    upper, lower = (value + 0x800) >> 12 & 0xFFFFF, value & 0xFFF
    lui_t1 = upper << 12 | 6 << 7 | 0x37
    addiw_t1 = lower << 20 | 6 << 15 | 6 << 7 | 0x1B
    return struct.pack("<5I", _LUI_T0_FINISHER, lui_t1, addiw_t1, _SW_T1_T0, _LOOP)


class RunningBare(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def run_firmware(self, code: bytes, *arguments: str) -> int:
        """Runs a firmware from the directory that stands for the user's."""
        (self.directory / "firmware.bin").write_bytes(code)
        user = {"BUILD_WORKING_DIRECTORY": str(self.directory)}
        with mock.patch.dict(os.environ, user), contextlib.redirect_stderr(io.StringIO()):
            return run_qemu.run_firmware(["--firmware=firmware.bin", "--bare", *arguments])

    def test_a_firmware_that_reports_success_ends_with_0(self) -> None:
        self.assertEqual(self.run_firmware(finish_with(0x5555)), 0)

    def test_a_code_of_the_test_finisher_passes_through(self) -> None:
        self.assertEqual(self.run_firmware(finish_with(0x3333 | 77 << 16)), 77)

    def test_a_firmware_that_hangs_ends_with_124(self) -> None:
        self.assertEqual(self.run_firmware(struct.pack("<I", _LOOP), "--timeout=1"), 124)

    def test_a_wrong_qemu_argument_is_a_usage_error(self) -> None:
        self.assertEqual(self.run_firmware(finish_with(0x5555), "--", "-cpu", "no-such-model"), 2)

    def test_results_go_where_the_user_typed_the_command(self) -> None:
        self.assertEqual(self.run_firmware(finish_with(0x3333 | 5 << 16), "--out=results"), 5)
        result = json.loads((self.directory / "results" / "result.json").read_text())
        self.assertEqual((result["status"], result["mode"]), ("failed", "bare"))
        self.assertTrue((self.directory / "results" / "console.log").exists())

    def test_a_payload_that_is_missing_is_named(self) -> None:
        with self.assertRaisesRegex(Exception, "--payload: no file .*nowhere"):
            self.run_firmware(finish_with(0x5555), "--payload=nowhere")


if __name__ == "__main__":
    unittest.main()
