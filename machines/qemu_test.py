"""Tests the machine QEMU. It runs the smallest image of the tree, which prints a line and powers off."""

import re
import subprocess
import unittest
from dataclasses import replace
from pathlib import Path

from cli.failure import Failure
from cli.workspace import workspace_file
from machines import qemu, session
from machines.firmware import raw
from machines.machine import Guest, Lacking, Settings
from machines.outside import TrapLog, Code
from machines.qemu_memory import RAM_START
from machines.watch import Limits, Reason, watch

SMALLEST = "third_party/toolchains/smoke/bare_metal.bin"
LINE = b"the toolchain builds, QEMU runs\n"
SETTINGS = Settings(harts=1, extra=["-m", "16M"])


class Transcript:
    """A listener that stores the output."""

    def __init__(self) -> None:
        self.console = self.messages = b""

    def on_console(self, data: bytes) -> None:
        self.console += data

    def on_message(self, data: bytes) -> None:
        self.messages += data

    def on_look(self) -> float:
        return 1.0


class Running(unittest.TestCase):
    def setUp(self) -> None:
        self.guest = Guest(None, raw("smallest", RAM_START, workspace_file(SMALLEST).read_bytes()))

    def test_a_bare_image_at_the_start_of_ram_runs_and_the_file_contains_its_memory(self) -> None:
        seen = Transcript()
        with session.assembled(self.guest, SETTINGS) as machine:
            end = watch(machine, seen, Limits(seconds=60), subprocess.DEVNULL)
            self.assertEqual((end.reason, end.code, seen.console, seen.messages), (Reason.ITSELF, 0, LINE, b""))
            memory = machine.memory_file.read_bytes()
            self.assertEqual(len(memory), 16 << 20)
            self.assertIn(LINE, memory)
            self.assertIsNone(machine.monitor.directory())
        self.assertFalse(machine.memory_file.parent.exists())

    def test_the_messages_contain_qemus_error_if_it_refuses_its_arguments(self) -> None:
        seen = Transcript()
        with session.assembled(self.guest, replace(SETTINGS, extra=["-cpu", "none-such"])) as machine:
            end = watch(machine, seen, Limits(seconds=60), subprocess.DEVNULL)
        self.assertEqual((end.code, seen.console), (1, b""))
        self.assertIn(b"none-such", seen.messages)

    def test_a_qemu_without_a_debugger_lacks_its_port(self) -> None:
        with session.assembled(self.guest, SETTINGS) as machine:
            with self.assertRaisesRegex(Lacking, "started without a port for a debugger"):
                print(machine.debugger)

    def test_the_command_line_contains_the_requested_log_and_the_debuggers_port(self) -> None:
        log = TrapLog(Path("log"), Code(0x80000000, 0x80001000, (0x80000100,)))
        with session.assembled(self.guest, replace(SETTINGS, gdb=True, log=log)) as machine:
            self.assertIn(f"tcp:{machine.debugger}", machine.command)
            self.assertRegex(" ".join(machine.command), r"-d int,plugin -D log -plugin \S+,text=0x80000000:0x80001000,vector=0x80000100")

    def test_qemu_has_all_required_parts_and_reports_its_version(self) -> None:
        with session.assembled(self.guest, SETTINGS) as machine:
            self.assertEqual(machine.lacks, {})
            self.assertRegex(machine.versions["qemu"], r"^\d+\.\d+")


class Version(unittest.TestCase):
    def test_a_qemu_that_is_too_old_is_refused(self) -> None:
        qemu.check_version("10.0.2 (Debian 1:10.0.2+ds-2)")
        for text in ("7.2.17", "unknown"):
            with self.assertRaisesRegex(Failure, "too old"):
                qemu.check_version(text)

    def test_the_installed_qemu_is_new_enough(self) -> None:
        self.assertTrue(re.match(r"\d+", qemu.version()))
        qemu.check_version(qemu.version())


if __name__ == "__main__":
    unittest.main()
