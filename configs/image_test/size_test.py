"""Tests limits for the size of hv and of its modules, and that a module that is not enabled adds nothing."""

from __future__ import annotations

import unittest

from hv.config.listing import loaded_bytes, mnemonics, read

MOST = 40_960
COUNTERS_ADD = 4096
TRACE_ADDS = 8192

ALONE = "configs/image_test/alone.lst"
# The image `aside` has the same configuration as `alone`, in a build that knows three more modules. An image contains the
# name of its configuration, so the two names must have the same length.
ASIDE = "configs/image_test/aside.lst"


def size(config: str) -> int:
    """Returns the bytes of text and data in a configuration's image. Prints its sections."""
    sections = loaded_bytes(read(f"configs/{config}.lst"))
    total = sum(sections.values())
    print(f"{config} {total}:", ", ".join(f"{name} {each}" for name, each in sections.items()))
    return total


class Size(unittest.TestCase):
    """Tests of the images of configs/, and of an image for which the build knows modules that the configuration does
    not enable."""

    def test_hv_alone_stays_below_40_kib(self) -> None:
        self.assertGreater(size("qemu_virt"), MOST // 2)
        self.assertLessEqual(size("qemu_virt"), MOST)

    def test_the_counters_add_at_most_4_kib(self) -> None:
        self.assertLessEqual(size("qemu_virt_counters") - size("qemu_virt"), COUNTERS_ADD)

    def test_the_trace_adds_at_most_8_kib(self) -> None:
        self.assertLessEqual(size("qemu_virt_trace_only") - size("qemu_virt"), TRACE_ADDS)
        self.assertLessEqual(size("qemu_virt_trace") - size("qemu_virt_counters"), TRACE_ADDS)

    def test_a_module_that_is_not_enabled_adds_nothing(self) -> None:
        alone, aside = read(ALONE), read(ASIDE)
        self.assertEqual(loaded_bytes(alone), loaded_bytes(aside))
        self.assertEqual(mnemonics(alone), mnemonics(aside))

    def test_an_image_without_modules_contains_no_code_of_modules(self) -> None:
        prefixes = ("exit_counter", "boot_counter", "trace_")
        plain, traced = (mnemonics(read(f"configs/{config}.lst")) for config in ("qemu_virt", "qemu_virt_trace"))
        self.assertTrue([name for name in traced if name.startswith(prefixes)], "the functions of modules have other names now")
        self.assertEqual([name for name in plain if name.startswith(prefixes)], [])


if __name__ == "__main__":
    unittest.main()
