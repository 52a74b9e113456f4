"""Tests a machine behind a serial line. The line is a pseudo-terminal, and the test plays the board."""

import io
import os
import pty
import tempfile
import threading
import time
import tty
import unittest
from collections.abc import Callable
from pathlib import Path

from cli.failure import Failure
from cli.progress import Silent
from machines.console import Console
from machines.firmware import raw
from machines.line_end import TYPE_END
from machines.line_sample import frame, image
from machines.machine import Guest, Lacking
from machines.run import Run, Runner
from machines.serial_line import Line, SerialLine

FIRMWARE = raw("firmware", 0x40000000, b"code")
BOOT = (
    b"U-Boot SPL 2025.01\r\nhartscope: hart 1 info hv_core: config visionfive2, build 12, 4 harts\r\n"
    b"OpenSBI v1.5.1\r\nBoot HART MEDELEG : 0x0\r\nhartscope: phase init\r\n"
)


class Board(unittest.TestCase):
    def setUp(self) -> None:
        self.master, slave = pty.openpty()
        tty.setraw(slave)
        self.name = os.ttyname(slave)
        self.addCleanup(os.close, slave)
        self.log = io.BytesIO()

    def run_board(self, board: Callable[[], None], line: Line | None = None, timeout: float = 20) -> Run:
        """Watches while @p board plays the board in another thread."""
        machine = SerialLine(Guest(image(), FIRMWARE), line or Line(self.name, quiet=0.5))
        player = threading.Thread(target=board)
        player.start()
        try:
            return Runner(machine, None, Console(), Silent(), self.log).execute(timeout, None)
        finally:
            player.join()

    def prints(self, *texts: bytes) -> Callable[[], None]:
        def board() -> None:
            for text in texts:
                time.sleep(0.2)
                os.write(self.master, text)

        return board

    def test_a_run_has_the_phases_of_the_console_and_ends_with_the_last_frame(self) -> None:
        run = self.run_board(self.prints(BOOT, frame(TYPE_END)), Line(self.name, quiet=1000))
        self.assertEqual([stamp.name for stamp in run.stamps], ["hv", "firmware", "kernel", "init"])
        self.assertEqual((run.code, run.timed_out), (0, False))
        self.assertEqual(self.log.getvalue(), BOOT + frame(TYPE_END))

    def test_silence_after_the_end_has_begun_ends_a_run_whose_last_frame_was_lost(self) -> None:
        begin = time.monotonic()
        run = self.run_board(self.prints(BOOT, b"exits by category\r\n"))
        self.assertEqual((run.code, run.timed_out), (0, False))
        self.assertGreater(time.monotonic() - begin, 0.9)

    def test_a_board_that_never_ends_is_watched_until_the_time_out(self) -> None:
        run = self.run_board(self.prints(BOOT), timeout=1.5)
        self.assertTrue(run.timed_out)

    def test_u_boot_as_payload_begins_the_phase_kernel_if_opensbi_prints_nothing(self) -> None:
        run = self.run_board(self.prints(BOOT.splitlines(True)[1], b"\r\nU-Boot 2025.01 (Jan 1 2025)\r\nexits by category\r\n"))
        self.assertEqual([stamp.name for stamp in run.stamps], ["hv", "kernel"])

    def test_a_silent_line_is_reported_with_the_baud_rate(self) -> None:
        with self.assertRaisesRegex(Failure, r"nothing arrived from .* within 0.5 s: .*--baud=115200 may be wrong"):
            self.run_board(self.prints(), Line(self.name, silence=0.5))

    def test_garbage_is_reported_with_the_baud_rate(self) -> None:
        garbage = bytes(range(128, 256)) * 10
        with self.assertRaisesRegex(Failure, r"delivers no text \(\d+ of \d+ bytes are unprintable\): --baud=115200 may be wrong"):
            self.run_board(self.prints(garbage))

    def test_a_device_that_disappears_is_reported(self) -> None:
        def board() -> None:
            self.prints(BOOT)()
            time.sleep(0.3)
            os.close(self.master)

        with self.assertRaisesRegex(Failure, "disappeared in the middle of the run: was it unplugged"):
            self.run_board(board)

    def test_a_missing_device_is_reported_with_the_adapters_that_are_there(self) -> None:
        with self.assertRaisesRegex(Failure, "there is no device /dev/ttyMISSING: (no adapter|the adapters)"):
            self.run_board(self.prints(), Line("/dev/ttyMISSING"))

    def test_a_file_is_not_a_serial_line(self) -> None:
        with tempfile.NamedTemporaryFile() as file, self.assertRaisesRegex(Failure, "cannot be opened as a serial line"):
            self.run_board(self.prints(), Line(file.name))

    def test_the_power_command_runs_after_the_device_is_open_and_its_failure_is_reported(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            switch = Path(folder, "on")

            def board() -> None:
                while not switch.exists():
                    time.sleep(0.05)
                os.write(self.master, BOOT + frame(TYPE_END))

            self.assertEqual(self.run_board(board, Line(self.name, power=f"touch {switch}")).code, 0)
        with self.assertRaisesRegex(Failure, "--power: the command ended with 3"):
            self.run_board(self.prints(), Line(self.name, power="exit 3"))

    def test_a_board_has_no_file_with_its_memory(self) -> None:
        machine = SerialLine(Guest(image(), FIRMWARE), Line(self.name))
        with self.assertRaisesRegex(Lacking, "the board lacks a file with the guest's memory: a serial line connects it"):
            _ = machine.memory_file


if __name__ == "__main__":
    unittest.main()
