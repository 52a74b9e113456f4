"""Checks that hv either boots or prints a message and ends, whatever values a0, a1 and a2 hold and wherever the device
tree lies in memory.

arguments_test.py --guests FILES... --hv FILES...
"""

from __future__ import annotations

import argparse
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from machines import qemu
from machines.images import Image
from payloads.runner.guest_test import image_of
from payloads.runner.outcome import MEMORY, Outcome, guest_of, run, settings_of

BEGIN = 0x88000000
VALUES = BEGIN + 0x800
NO_HART = 99
RAM_END = 0x90000000
TREE = 0x8FE00000  # the address at which QEMU puts its device tree
COPY = 0x88100000
MAGIC = 0xEDFE0DD0  # the magic number of a device tree, read as a little-endian word
SEED = 0x123456789ABCDEF
BOOT_ERROR = 3
WFI_FOR_EVER = bytes.fromhex("73005010 6ff0dfff")

files: dict[str, Path] = {}  # the path of each guest's image, by the name of the guest
images: list[Image] = []  # a list with one element, the image of hv


def word(address: int, value: int, width: int = 8) -> list[str]:
    """Returns the QEMU options that store the number @p value in memory at @p address."""
    return ["-device", f"loader,addr={address:#x},data={value:#x},data-len={width},data-be=off"]


def boot(a1: int, *, a0: int = 0, a2: int = 0, harts: int = 1, locked: int = NO_HART,
         extra: list[str] | None = None, firmware: Path | None = None) -> Outcome:  # fmt: skip
    """Boots hv with these values in a0, a1 and a2. On hart @p locked, a locked PMP entry forbids access to the
    CLINT."""
    options = ["-device", f"loader,file={files['arguments']},addr={BEGIN:#x},force-raw=on"]
    for hart in range(harts):
        options += ["-device", f"loader,addr={BEGIN:#x},cpu-num={hart}"]
    for index, value in enumerate((a0, a1, a2, locked)):
        options += word(VALUES + 8 * index, value)
    options += extra or []
    return run(guest_of(firmware or files["firmware"], images[0]), settings_of(harts, options=options), silence=20)


class Arguments(unittest.TestCase):
    """Each test boots hv with one unusual argument."""

    def expect_boot(self, outcome: Outcome, line: str) -> None:
        self.assertEqual(outcome.exit_code, 0, outcome.console)
        self.assertIn(line, outcome.console)
        self.assertIn("PASS", outcome.console)

    def expect_message(self, outcome: Outcome, text: str) -> None:
        self.assertEqual(outcome.exit_code, BOOT_ERROR, outcome.console)
        self.assertIn(text, outcome.console)

    def expect_tree_error(self, outcome: Outcome, a1: int, text: str) -> None:
        """Checks the whole message, because one text may be the beginning of another."""
        self.assertEqual(outcome.exit_code, BOOT_ERROR, outcome.console)
        lines = [line.partition("boot error: ")[2] for line in outcome.console.splitlines()]
        self.assertIn(f"the device tree at 0x{a1:x}: {text}", lines)

    def test_the_firmware_gets_a2_unchanged_and_its_hart_id_in_a0(self) -> None:
        for harts in (1, 2):
            for a0 in (0, 1, SEED, 0xFFFFFFFFFFFFFFFF):
                with self.subTest(harts=harts, a0=hex(a0)):
                    self.expect_boot(boot(TREE, a0=a0, a2=SEED, harts=harts), "a2 0x123456789abcdef")

    def test_an_address_without_a_device_tree_is_reported(self) -> None:
        for a1 in (0, 1, 0x100000, RAM_END, 0xFFFFFFFFFFFFFFFF, 1 << 63):
            with self.subTest(a1=hex(a1)):
                self.expect_tree_error(boot(a1), a1, "there is no memory")
        for a1 in (0x4000, 0x10000000, 0x80000000, 0x88000001):
            with self.subTest(a1=hex(a1)):
                self.expect_tree_error(boot(a1), a1, "there is none")

    def test_each_fault_of_a_device_tree_is_reported_with_its_own_text(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            tree = Path(directory) / "virt.dtb"
            qemu.write_device_tree(tree, MEMORY)
            good = tree.read_bytes()
            structure = int.from_bytes(good[8:12])
            for text, bad in {
                "its version is not 17": good[:20] + bytes(4) + good[24:],
                "its header is wrong": good[:8] + bytes(4) + good[12:],
                "it is damaged": good[:structure] + bytes(4) + good[structure + 4 :],
                "no harts with an MMU in /cpus": good.replace(b"cpu\0", b"gpu\0"),
                "no timebase-frequency": good.replace(b"timebase-", b"tidebase-"),
                "no usable memory node": good.replace(b"memory\0", b"melody\0"),
                "no CLINT": good.replace(b",clint0", b",plint0"),
            }.items():
                self.assertNotEqual(bad, good)
                tree.write_bytes(bad)
                with self.subTest(text=text):
                    load = ["-device", f"loader,file={tree},addr={COPY:#x},force-raw=on"]
                    self.expect_tree_error(boot(COPY, extra=load), COPY, text)

    def test_a_device_tree_that_reaches_outside_memory_is_reported_as_a_trap(self) -> None:
        for a1 in (RAM_END - 1, RAM_END - 4, RAM_END - 8, RAM_END - 20):
            outcome = boot(a1, extra=word(a1, MAGIC, 4) if a1 % 4 == 0 else [])
            self.expect_message(outcome, "boot error: a trap: mcause 5 mepc 8000")
            self.assertRegex(outcome.console, r"mtval 900000[01]")

    def test_the_device_tree_may_be_at_any_address_with_room_behind_it(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            tree = Path(directory) / "virt.dtb"
            qemu.write_device_tree(tree, MEMORY)
            size = tree.stat().st_size
            for a1 in (COPY, COPY + 1, COPY + 2, COPY + 4, RAM_END - size - 512):
                load = ["-device", f"loader,file={tree},addr={a1:#x},force-raw=on"]
                with self.subTest(a1=hex(a1)):
                    if a1 % 8 == 0:
                        self.expect_boot(boot(a1, extra=load), "ok a1 points to the device tree")
                    else:  # unlike hv, the guest can only read an aligned device tree
                        self.assertIn("PMP entries: 16 physical", boot(a1, extra=load).console)
            a1 = (RAM_END - size - 64) & ~7
            load = ["-device", f"loader,file={tree},addr={a1:#x},force-raw=on"]
            self.expect_tree_error(boot(a1, extra=load), a1, "no memory behind it to grow into")

    def test_a_trap_of_another_hart_during_boot_is_reported(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            silent = Path(directory) / "silent.bin"
            silent.write_bytes(WFI_FOR_EVER)
            for locked in (1, 3):
                outcome = boot(TREE, harts=4, locked=locked, firmware=silent)
                self.expect_message(outcome, f"hart {locked} error hv_core: boot error: a trap: mcause 7")
                self.assertIn(f"mtval {0x2000000 + 4 * locked:x}", outcome.console)
        self.expect_message(boot(TREE, locked=0), "PMP entry 0 is locked")

    def test_hv_at_an_address_that_is_not_a_multiple_of_its_size_is_reported(self) -> None:
        guest = guest_of(files["firmware"], images[0].at(0x80301000))
        with mock.patch("machines.qemu.placed", lambda guest, _: guest):  # placed() would refuse this address
            outcome = run(guest, settings_of(), silence=20)
        self.expect_message(outcome, "hv at 0x80301000 is not a multiple of 0x200000")


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("guests", "hv"):
        parser.add_argument(f"--{name}", nargs="+", required=True)
    arguments = parser.parse_args()
    files.update({file.stem: file for file in map(Path, arguments.guests) if file.suffix == ".bin"})
    image = image_of(arguments.hv)
    assert image is not None, arguments.hv
    images.append(image)
    unittest.main(argv=["arguments_test"])


if __name__ == "__main__":
    main()
