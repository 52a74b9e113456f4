"""Tests which CSRs an entry of the list of expected differences covers, and with which versions of QEMU it must be used."""

import tempfile
import unittest
from pathlib import Path

from payloads.csr_scan.expected import Expected, numbers, read_expected

LIST = """
[[difference]]
csr = "0x10c-0x10f"
cpus = ["max", "rv64*"]
hv = "traps*"
until = "10.0.2"
reason = "hidden"

[[difference]]
csr = "0x100"
reason = "fixed"
"""


def entry(until: str = "") -> Expected:
    """Returns an entry for CSR 0x100."""
    return Expected(0x100, 0x100, ["*"], "*", "*", "reason", until)


class Until(unittest.TestCase):
    def test_an_entry_without_until_is_missing_with_every_version_that_lacks_the_difference(self) -> None:
        for version in ("8.2.0", "10.0.2", "11.0.0"):
            self.assertTrue(entry().is_missing(version))

    def test_an_entry_with_until_is_missing_up_to_this_version_only(self) -> None:
        for version, missing in (
            ("9.2.4", True),
            ("10.0.0", True),
            ("10.0.2", True),
            ("QEMU emulator version 10.0.2 (Debian 1:10.0.2+ds-2~bpo12+1)", True),
            ("10.0.3", False),
            ("10.0.13", False),
            ("QEMU emulator version 10.0.13 (Debian 1:10.0.13+ds-0)", False),
            ("10.1.0", False),
            ("11.0.0", False),
        ):
            self.assertEqual(entry("10.0.2").is_missing(version), missing, version)

    def test_an_entry_that_covers_a_difference_is_never_missing(self) -> None:
        for until in ("", "10.0.2"):
            used = entry(until)
            used.used = True
            self.assertFalse(used.is_missing("10.0.2"))

    def test_a_text_without_a_version_is_an_error(self) -> None:
        with self.assertRaisesRegex(ValueError, "there is no version in 'QEMU'"):
            numbers("QEMU")


class Reading(unittest.TestCase):
    def test_an_entry_covers_its_csrs_on_its_cpus_if_both_lines_match(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "list.toml")
            path.write_text(LIST, encoding="utf-8")
            some, one = read_expected(path)
        self.assertEqual((some.until, one.until), ("10.0.2", ""))
        for csr, cpu, under_hv, covered in (
            (0x10C, "max", "traps, cause 0x2", True),
            (0x10F, "rv64,h=off", "traps", True),
            (0x10B, "max", "traps", False),
            (0x110, "max", "traps", False),
            (0x10C, "sifive-u54", "traps", False),
            (0x10C, "max", "ones 0x1", False),
        ):
            self.assertEqual(some.covers(csr, cpu, "ones 0x1", under_hv), covered, (csr, cpu, under_hv))
        self.assertTrue(one.covers(0x100, "any", "ones 0x1", "ones 0x2"))
        self.assertFalse(one.covers(0x101, "any", "ones 0x1", "ones 0x2"))


if __name__ == "__main__":
    unittest.main()
