"""Tests QEMU's command line: the options that the runner adds, and the options that the user's arguments replace."""

import unittest
from pathlib import Path

from cli.failure import Failure
from machines import qemu_command, qemu_memory


class Command(unittest.TestCase):
    def command(self, **changes: object) -> list[str]:
        memory = qemu_memory.layout([], None, 2)
        files = {"bios": Path("bios"), "loaded": Path("guest"), "memory_file": Path("ram")}
        fields: dict[str, object] = {"machine": "virt", "cpu": None, "harts": 2, **files, "memory": memory, **changes}
        return qemu_command.command(qemu_command.Board(**fields))  # type: ignore[arg-type]

    def test_icount_adds_all_options_that_make_a_run_repeatable(self) -> None:
        line = " ".join(self.command(icount=True))
        self.assertIn("-icount shift=0,sleep=off -seed 1 -rtc base=2026-01-01T00:00:00,clock=vm", line)
        self.assertNotIn("-icount", " ".join(self.command()))

    def test_a_reset_ends_the_run_unless_the_guest_reboots(self) -> None:
        self.assertIn("-no-reboot", self.command())
        self.assertNotIn("-no-reboot", self.command(reboots=True))

    def test_memory_is_a_file_that_the_host_shares(self) -> None:
        self.assertIn("memory-backend-file,id=ram,size=536870912,mem-path=ram,share=on", self.command())

    def test_the_users_memory_size_replaces_the_default(self) -> None:
        extra = ["-m", "1G", "-cpu", "max"]
        self.assertEqual(qemu_memory.ram_size(extra), 1 << 30)
        line = self.command(extra=extra, memory=qemu_memory.layout(extra, None, 2))
        self.assertIn("memory-backend-file,id=ram,size=1073741824,mem-path=ram,share=on", line)
        self.assertEqual((line.count("-m"), line[-2:]), (1, ["-cpu", "max"]))
        with self.assertRaises(Failure):
            qemu_memory.ram_size(["-m", "lots"])


if __name__ == "__main__":
    unittest.main()
