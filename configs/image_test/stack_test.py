"""Tests that hv's stacks have room for the deepest chain of calls, and that some room is left."""

from __future__ import annotations

import re
import sys
import unittest
from pathlib import Path

from configs.image_test.stack import Image
from hv.config.listing import read

IMAGES = ("qemu_virt", "qemu_virt_counters", "qemu_virt_debug", "qemu_virt_pmp8", "qemu_sifive_u_pmp8")
HART_STACK = re.compile(r"^#define HART_STACK_BYTES \((?P<bytes>\d+) << CONFIG_PMP_FEW\)", re.MULTILINE)
JOIN_STACK = re.compile(r"\.space\s+(?P<bytes>\d+)\s+join_stack_top:")
BOOT_STACK = re.compile(r"\.space\s+(?P<bytes>\d+)\s+boot_stack_top:")


def number(pattern: re.Pattern[str], path: str) -> int:
    """Returns the number that @p pattern finds in the source file @p path."""
    match = pattern.search(Path(path).read_text(encoding="utf-8"))
    assert match, f"{path} has no stack"
    return int(match["bytes"])


class Stack(unittest.TestCase):
    """Tests of some images of the tree. They examine each function that starts on an empty stack."""

    def test_the_deepest_chain_of_calls_leaves_a_quarter_of_the_stack_free(self) -> None:
        for name in IMAGES:
            hart = number(HART_STACK, "hv/core/hart.h") << name.endswith("_pmp8")
            room = {"exit_handle": hart, "boot_secondary": hart, "boot_main": number(BOOT_STACK, "hv/arch/riscv/boot.S")}
            if "sifive_u" in name:
                room["join_examine"] = number(JOIN_STACK, "hv/arch/riscv/boot.S")
            image = Image(read(f"configs/{name}.lst"))
            for entry, size in room.items():
                with self.subTest(name, entry=entry):
                    depth, chain = image.deepest(entry)
                    print(f"{name}: {entry} {depth} of {size} bytes: {' '.join(chain)}", file=sys.stderr)
                    self.assertGreater(depth, 0)
                    self.assertLessEqual(depth, size * 3 // 4, " ".join(chain))


if __name__ == "__main__":
    unittest.main()
