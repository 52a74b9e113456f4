"""hv with its counters is small: what the image's file holds stays below its budget."""

from __future__ import annotations

import unittest

from hv.config.image_test.listing import loaded_bytes, read

BUDGET = 32 * 1024


class Size(unittest.TestCase):
    """The image of qemu_virt_counters."""

    def test_text_and_data_stay_below_32_kib(self) -> None:
        sections = loaded_bytes(read("configs/qemu_virt_counters.lst"))
        total = sum(sections.values())
        print(f"image_bytes {total}:", ", ".join(f"{name} {size}" for name, size in sections.items()))
        self.assertGreater(total, 0)
        self.assertLessEqual(total, BUDGET)


if __name__ == "__main__":
    unittest.main()
