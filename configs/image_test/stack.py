"""Finds the deepest chain of calls of functions in an image of hv, and the bytes of stack that it needs."""

from __future__ import annotations

import re

from hv.config.listing import Instruction, instructions

DOWN = re.compile(r"^sp,sp,-(?P<bytes>\d+)$")
TARGET = re.compile(r"<(?P<name>[^+>]+)>$")
JUMPS = ("jal", "jalr", "j", "call", "tail", "beq", "bne", "blt", "bge", "bltu", "bgeu", "beqz", "bnez", "blez", "bgez")

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
