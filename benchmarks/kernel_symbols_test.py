"""Tests that the runner finds the kernel's functions in the guest's memory. They must be the same functions that the
guest lists in /proc/kallsyms."""

import os
import subprocess
import unittest
from dataclasses import replace
from pathlib import Path

from benchmarks import boot_qemu
from cli import progress
from machines import images, kernel_symbols, session
from machines.machine import Settings

DIRECTORY = Path(os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR") or os.environ["TEST_TMPDIR"])
INITRAMFS = Path("payloads/linux/kallsyms_initramfs.cpio.gz")
SECONDS = 600


class Log:
    """A console log in memory."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> None:
        self.data += data


class KernelSymbols(unittest.TestCase):
    def test_the_functions_found_from_outside_equal_those_in_proc_kallsyms(self) -> None:
        image = images.image(images.DEFAULT_CONFIG)
        seen, found = DIRECTORY / "proc_kallsyms", DIRECTORY / kernel_symbols.LIST
        guest = replace(boot_qemu.linux_guest(image, ""), initrd=INITRAMFS.resolve())
        settings = Settings(
            harts=1, timeout=SECONDS, stdin=subprocess.DEVNULL, kernel_symbols=found, extra=boot_qemu.ports_to({"hartscope.0": seen})
        )
        log = Log()
        session.run(guest, settings, progress.Silent(), log)
        self.assertIn(b"hartscope: kallsyms sent", log.data)
        lines = seen.read_text().splitlines()
        functions = [line for line in lines if "[" not in line and line.split()[1] in kernel_symbols.FUNCTIONS]
        self.assertGreater(len(functions), 10_000)
        self.assertEqual(found.read_text().splitlines(), functions)


if __name__ == "__main__":
    unittest.main()
