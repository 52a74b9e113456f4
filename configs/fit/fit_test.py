"""Tests the FIT images with hv. U-Boot's own tools read them."""

from __future__ import annotations

import re
import struct
import subprocess
import tempfile
import unittest
from pathlib import Path

from cli.failure import Failure
from cli.workspace import repository_file, workspace_file
from configs.fit import fit

HV = workspace_file("configs/visionfive2")
MADE = workspace_file("configs/visionfive2_fit.itb")
GIVEN = repository_file("u_boot_visionfive2", "u-boot.itb")
AT, OPENSBI_AT, U_BOOT_AT = 0xA0000000, 0x40000000, 0x40200000

# The VisionFive 2 with the least memory has 2 GiB from this address on. U-Boot moves itself to the end. Its SPL has its heap and its stack
# around 0x80000000 (CONFIG_SPL_CUSTOM_SYS_MALLOC_ADDR, CONFIG_CUSTOM_SYS_INIT_SP_ADDR).
RAM, RAM_END, SPL_HEAP_END, U_BOOT_ROOM = 0x40000000, 0xC0000000, 0x80400000, 64 << 20


def listed(image: Path) -> str:
    """Returns what mkimage says about a FIT."""
    return subprocess.run(["mkimage", "-l", str(image)], check=True, stdout=subprocess.PIPE, text=True).stdout


def described(image: Path) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """Returns the fields of each image in a FIT, by its name, and those of the FIT's only configuration, as mkimage lists them."""
    parts = re.split(r"^ (Image|Configuration) \d+ \((\S+)\)$", listed(image), flags=re.MULTILINE)[1:]
    fields = [dict(re.findall(r"^  ([\w ]+): +(.*)$", body, re.MULTILINE)) for body in parts[2::3]]
    images = {name: each for kind, name, each in zip(parts[::3], parts[1::3], fields) if kind == "Image"}
    (configuration,) = (each for kind, each in zip(parts[::3], fields) if kind == "Configuration")
    return images, configuration


def contents(image: Path) -> list[bytes]:
    """Returns the data of each image in a FIT, in order."""
    with tempfile.TemporaryDirectory() as folder:
        found = []
        for number in range(len(described(image)[0])):
            out = Path(folder, str(number))
            subprocess.run(["dumpimage", "-T", "flat_dt", "-p", str(number), "-o", str(out), str(image)], check=True, stdout=subprocess.DEVNULL)
            found.append(out.read_bytes())
        return found


class VisionFive2(unittest.TestCase):
    def test_spl_enters_hv_and_also_loads_opensbi_and_u_boot(self) -> None:
        images, configuration = described(MADE)
        self.assertEqual(list(images), ["uboot", "opensbi", "fdt-1", "hv"])
        self.assertEqual((configuration["Firmware"], configuration["FDT"]), ("hv", "fdt-1"))
        self.assertRegex(listed(MADE), r"\n  Loadables: +uboot\n +opensbi\n")

    def test_each_image_is_loaded_where_hv_and_the_board_expect_it(self) -> None:
        images, _ = described(MADE)
        loads = {name: int(images[name]["Load Address"], 16) for name in ("uboot", "opensbi", "hv")}
        self.assertEqual(loads, {"uboot": U_BOOT_AT, "opensbi": OPENSBI_AT, "hv": AT})
        self.assertEqual((images["hv"]["OS"], images["hv"]["Type"]), ("RISC-V OpenSBI", "Firmware"))
        _, block, _, firmware = struct.unpack_from("<4xIIIQ", HV.with_suffix(".bin").read_bytes())
        self.assertEqual(firmware, OPENSBI_AT)
        self.assertEqual(AT % block, 0)
        self.assertTrue(SPL_HEAP_END <= AT and AT + block <= RAM_END - U_BOOT_ROOM and RAM <= AT)

    def test_the_images_are_those_that_were_given(self) -> None:
        *given, hv = contents(MADE)
        self.assertEqual(hv, HV.with_suffix(".bin").read_bytes())
        self.assertEqual(given, contents(GIVEN))


class Refused(unittest.TestCase):
    def source(self) -> str:
        return subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", str(GIVEN)], check=True, stdout=subprocess.PIPE, text=True).stdout

    def test_hv_needs_an_address_that_is_a_multiple_of_its_memory(self) -> None:
        with self.assertRaisesRegex(Failure, "--at=0xa0001000 is not a multiple of hv's memory"):
            fit.read_hv(HV, AT + 0x1000)

    def test_hv_cannot_be_where_another_image_is(self) -> None:
        with self.assertRaisesRegex(Failure, "the FIT loads opensbi at 0x40000000, in hv's memory"):
            fit.with_hv(self.source(), fit.read_hv(HV, RAM))

    def test_hv_enters_opensbi_where_the_fit_loads_it(self) -> None:
        moved = self.source().replace("load = <0x00 0x40000000>", "load = <0x01 0x41000000>")
        _, image = fit.with_hv(moved, fit.read_hv(HV, AT))
        self.assertEqual(struct.unpack_from("<16xQ", image), (0x141000000,))

    def test_a_fit_gets_only_one_hv(self) -> None:
        twice = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", str(MADE)], check=True, stdout=subprocess.PIPE, text=True).stdout
        with self.assertRaisesRegex(Failure, "this FIT has an hv already"):
            fit.with_hv(twice, fit.read_hv(HV, AT))

    def test_a_fit_that_does_not_start_opensbi_is_refused(self) -> None:
        with self.assertRaisesRegex(Failure, "which is not OpenSBI"):
            fit.with_hv(self.source().replace('firmware = "opensbi"', 'firmware = "uboot"'), fit.read_hv(HV, AT))

    def test_a_device_tree_that_is_not_a_fit_and_a_fit_with_outer_data_are_refused(self) -> None:
        hv = fit.read_hv(HV, AT)
        with self.assertRaisesRegex(Failure, "this is not a FIT"):
            fit.with_hv("/dts-v1/;\n/ {\n};\n", hv)
        with self.assertRaisesRegex(Failure, "outside of its device tree"):
            fit.with_hv(self.source().replace("compression =", "data-offset = <0x00>;\n\t\t\tcompression =", 1), hv)


if __name__ == "__main__":
    unittest.main()
