"""Tests that hv's stacks have room for the deepest chain of calls, and that some room is left."""

from __future__ import annotations

import re
import sys
import unittest
from pathlib import Path

from hv.config.listing import Instruction, instructions, read

IMAGES = ("qemu_virt", "qemu_virt_counters", "qemu_virt_debug")
DOWN = re.compile(r"^sp,sp,-(?P<bytes>\d+)$")
TARGET = re.compile(r"<(?P<name>[^+>]+)>$")
JUMPS = ("jal", "jalr", "j", "call", "tail", "beq", "bne", "blt", "bge", "bltu", "bgeu", "beqz", "bnez", "blez", "bgez")
HART_STACK = re.compile(r"^#define HART_STACK_BYTES (?P<bytes>\d+)$", re.MULTILINE)
BOOT_STACK = re.compile(r"\.space\s+(?P<bytes>\d+)\s+boot_stack_top:")

# A chain of calls ends at these functions, because they start again at the top of the stack, or leave hv.
ANEW = {"trap_entry_firmware", "trap_entry_payload", "trap_slow", "trap_return", "trap_return_fast"}


def frame(body: list[Instruction]) -> int:
    """Returns how many bytes a function puts on the stack. This is the sum of all numbers that it subtracts from sp."""
    taken = [int(match["bytes"]) for i in body if (match := DOWN.match(i.operands)) and i.mnemonic.startswith("add")]
    return sum(taken)


def callees(name: str, body: list[Instruction], known: set[str]) -> set[str]:
    """Returns the functions that @p name calls or jumps to."""
    targets = {match["name"].split(".")[0] for i in body if i.mnemonic in JUMPS and (match := TARGET.search(i.operands))}
    return (targets & known) - {name} - ANEW


class Image:
    """The functions of one image, with the sizes of their frames and their calls."""

    def __init__(self, listing: str) -> None:
        code = instructions(listing)
        self.frames = {name: frame(body) for name, body in code.items()}
        self.calls = {name: callees(name, body, set(code)) for name, body in code.items()}
        self.depths: dict[str, tuple[int, list[str]]] = {}

    def deepest(self, name: str, above: tuple[str, ...] = ()) -> tuple[int, list[str]]:
        """Returns the maximum number of bytes of stack that a call of @p name can use, and the chain of calls that uses
        them."""
        if name in above:
            raise AssertionError(f"recursion: {' '.join([*above, name])}")
        if name not in self.depths:
            below = [self.deepest(callee, (*above, name)) for callee in sorted(self.calls[name])]
            most, chain = max(below, default=(0, []))
            self.depths[name] = (self.frames[name] + most, [name, *chain])
        return self.depths[name]


def number(pattern: re.Pattern[str], path: str) -> int:
    """Returns the number that @p pattern finds in the source file @p path."""
    match = pattern.search(Path(path).read_text(encoding="utf-8"))
    assert match, f"{path} has no stack"
    return int(match["bytes"])


class Stack(unittest.TestCase):
    """Tests of some images of the tree. They examine each function that starts on an empty stack."""

    def test_the_deepest_chain_of_calls_leaves_a_quarter_of_the_stack_free(self) -> None:
        hart = number(HART_STACK, "hv/core/hart.h")
        room = {"exit_handle": hart, "boot_secondary": hart, "boot_main": number(BOOT_STACK, "hv/arch/riscv/boot.S")}
        for name in IMAGES:
            image = Image(read(f"configs/{name}.lst"))
            for entry, size in room.items():
                with self.subTest(name, entry=entry):
                    depth, chain = image.deepest(entry)
                    print(f"{name}: {entry} {depth} of {size} bytes: {' '.join(chain)}", file=sys.stderr)
                    self.assertGreater(depth, 0)
                    self.assertLessEqual(depth, size * 3 // 4, " ".join(chain))


if __name__ == "__main__":
    unittest.main()
