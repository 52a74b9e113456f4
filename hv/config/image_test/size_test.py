"""hv is small: what the image's file holds stays below its budget, and the counters add little to it."""

from __future__ import annotations

import unittest

from hv.config.image_test.listing import loaded_bytes, read

BUDGET = 40 * 1024
COUNTERS_BUDGET = 4 * 1024


def image_bytes(config: str) -> int:
    """What the image of @p config holds, printed by section."""
    sections = loaded_bytes(read(f"configs/{config}.lst"))
    total = sum(sections.values())
    print(f"image_bytes of {config} {total}:", ", ".join(f"{name} {size}" for name, size in sections.items()))
    return total


class Size(unittest.TestCase):
    """The images of qemu_virt and qemu_virt_counters."""

    def test_text_and_data_stay_below_40_kib(self) -> None:
        total = image_bytes("qemu_virt")
        self.assertGreater(total, 0)
        self.assertLessEqual(total, BUDGET)

    def test_the_counters_add_at_most_4_kib(self) -> None:
        self.assertLessEqual(image_bytes("qemu_virt_counters") - image_bytes("qemu_virt"), COUNTERS_BUDGET)


if __name__ == "__main__":
    unittest.main()
