"""Boots Linux under hv on machines whose harts are not all alike, or not all there. Checks that Linux runs on exactly those harts that
hv can use, and that hv prints a line about each hart that it leaves out.

Each machine is one of QEMU's, with a device tree that the test has changed."""

from __future__ import annotations

import io
import subprocess
import tempfile
import unittest
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benchmarks import boot_qemu
from cli.progress import Silent
from cli.workspace import workspace_file
from machines import images, session
from machines.diagnosis import exit_code, report
from machines.machine import Guest, Settings

TIMEOUT = 600.0
LEFT_OUT = "is left out: "
NOT_COME = "hart {} is left out: the device tree names it, but it has not come"

Edit = Callable[[Path], None]


def put(tree: Path, node: str, name: str, text: str) -> None:
    """Writes a property of a device tree."""
    subprocess.run(["fdtput", "-t", "s", tree, node, name, text], check=True)


def unchanged(tree: Path) -> None:
    """Leaves the device tree as QEMU has made it."""


def without_hart_2(tree: Path) -> None:
    """Makes a gap in the ids of the harts. QEMU still starts hart 2."""
    put(tree, "/cpus/cpu@2", "status", "disabled")


def with_mmu_in_hart_0(tree: Path) -> None:
    """Lets the device tree promise that the E51 of the HiFive Unleashed, hart 0, can run Linux."""
    put(tree, "/cpus/cpu@0", "mmu-type", "riscv,sv39")


class Harts(unittest.TestCase):
    def device_tree(self, guest: Guest, settings: Settings, edit: Edit) -> Path:
        """Returns the device tree of the machine with these settings, after the edit."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        tree = Path(folder.name, "tree.dtb")
        with session.assembled(guest, settings) as machine:
            command = list(machine.command)
            command[command.index("-machine") + 1] += f",dumpdtb={tree}"
            subprocess.run(command, check=True, capture_output=True, timeout=60)
        edit(tree)
        return tree

    def boot(self, image: str, named: int, present: int, edit: Edit, harts: list[int], lines: list[str]) -> None:
        """Boots Linux.

        named: the number of harts for which QEMU makes the device tree
        present: the number of harts that the machine has
        harts: the ids of the harts on which Linux must run
        lines: for each line that hv must print about a hart that it leaves out, a part of this line
        """
        hv = images.load(workspace_file(image))
        guest = boot_qemu.linux_guest(hv, "hartscope_stop=init")
        settings = Settings(named, stdin=subprocess.DEVNULL, timeout=TIMEOUT, ignore_kernel_log=hv.board != "qemu_virt")
        tree = self.device_tree(guest, settings, edit)
        log = io.BytesIO()
        run = session.run(guest, replace(settings, harts=present, extra=["-dtb", str(tree)]), Silent(), log)
        console = log.getvalue().decode(errors="replace").replace("\r", "")
        self.assertEqual(exit_code(run), 0, report(run))
        self.assertIn(f"hartscope: harts {len(harts)}\n", console)
        self.assertEqual([hart.hart for hart in run.counters or []], harts)
        self.assertTrue(all(sum(hart.exits) > 100 for hart in run.counters or []))
        printed = [line for line in console.splitlines() if LEFT_OUT in line]
        self.assertEqual(len(printed), len(lines), printed)
        for line, part in zip(printed, lines):
            self.assertIn(part, line)

    def test_one_hart_boots_although_hv_would_compare_others(self) -> None:
        self.boot("payloads/harts/hart_2_differs", 1, 1, unchanged, harts=[0], lines=[])

    def test_harts_that_are_alike_boot_and_the_boot_hart_need_not_be_hart_0(self) -> None:
        self.boot("payloads/harts/boot_hart_1_compared", 2, 2, unchanged, harts=[0, 1], lines=[])

    def test_the_ids_of_the_harts_may_have_a_gap(self) -> None:
        self.boot("payloads/harts/boot_hart_1_compared", 4, 4, without_hart_2, harts=[0, 1, 3], lines=[])

    def test_harts_that_the_device_tree_names_may_never_come(self) -> None:
        lines = [NOT_COME.format(2), NOT_COME.format(3)]
        self.boot("payloads/harts/boot_hart_1_compared", 4, 2, unchanged, harts=[0, 1], lines=lines)

    def test_a_hart_with_other_extensions_is_left_out(self) -> None:
        lines = ["hart 2 is left out: the mask of menvcfg differs: 0x"]
        self.boot("payloads/harts/hart_2_differs", 4, 4, unchanged, harts=[0, 1, 3], lines=lines)

    def test_a_hart_without_s_mode_is_left_out_even_if_the_device_tree_promises_an_mmu(self) -> None:
        lines = ["hart 0 is left out: S-mode differs: 0x0, and 0x1 on the boot hart"]
        self.boot("configs/qemu_sifive_u", 4, 4, with_mmu_in_hart_0, harts=[1, 2, 3, 4], lines=lines)

    def test_a_board_may_have_fewer_harts_than_its_device_tree_names(self) -> None:
        lines = [NOT_COME.format(3), NOT_COME.format(4)]
        self.boot("configs/qemu_sifive_u", 4, 2, unchanged, harts=[1, 2], lines=lines)


if __name__ == "__main__":
    unittest.main()
