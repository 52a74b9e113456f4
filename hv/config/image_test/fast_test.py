"""Fast paths are leaves: no stack, since sp is the guest's, no call, since ra would be lost, and no return."""

from __future__ import annotations

import re
import unittest

from hv.config.image_test.listing import Instruction, instructions, read

# Where a fast path ends. What it jumps to before that is part of it.
ENDS = {"trap_return_fast", "trap_slow"}
# These still hold the guest's values: they may be read and written as the guest's, by mv, and not used.
GUESTS = re.compile(r"\b(sp|gp|tp|s\d+)\b")
TARGET = re.compile(r"<(?P<name>[^+>]+)")


def wrong(instruction: Instruction) -> bool:
    """Whether a fast path must not have @p instruction."""
    if instruction.mnemonic in ("jal", "jalr", "call", "ret", "mret"):
        return True
    uses = GUESTS.search(instruction.operands.split("<")[0].split("#")[0])
    return uses is not None and instruction.mnemonic != "mv"


def leaves(name: str, body: list[Instruction]) -> list[Instruction]:
    """The jumps of @p name that lead neither to itself, nor to another step of a fast path, nor to an end of one."""
    found = []
    for before, jump in zip([None, *body], body):
        match = TARGET.search(jump.operands)
        target = match["name"].split(".")[0] if match else None
        if jump.mnemonic == "jr":  # into a table of its own: its address was added up just before
            if before is None or before.mnemonic != "add" or before.operands.split(",")[0] != jump.operands:
                found.append(jump)
        elif jump.mnemonic == "j" or jump.mnemonic.startswith("b"):
            if target not in ENDS | {name} and not (target or "").startswith("fast_"):
                found.append(jump)
    return found


def parts(code: dict[str, list[Instruction]], start: str) -> set[str]:
    """The functions that belong to the fast path @p start: it, and where it jumps to."""
    found: set[str] = set()
    waiting = {start}
    while waiting:
        name = waiting.pop()
        found.add(name)
        jumps = [i for i in code[name] if i.mnemonic == "j" or i.mnemonic.startswith("b")]
        targets = {match["name"].split(".")[0] for i in jumps if (match := TARGET.search(i.operands))}
        waiting |= (targets & code.keys()) - found - ENDS
    return found


class Fast(unittest.TestCase):
    """hv alone, where all its own fast paths are in force."""

    def setUp(self) -> None:
        self.code = instructions(read("configs/qemu_virt.lst"))
        self.paths = sorted(name for name in self.code if name.startswith("fast_"))

    def test_there_are_fast_paths(self) -> None:
        self.assertGreaterEqual(set(self.paths), {"fast_firmware_illegal", "fast_firmware_store", "fast_payload_trap"})

    def test_they_use_no_stack_and_leave_only_by_tail_calls(self) -> None:
        for path in self.paths:
            for part in parts(self.code, path):
                self.assertEqual([i for i in self.code[part] if wrong(i)], [], f"{path}, in {part}")

    def test_they_go_nowhere_but_on_or_to_an_end(self) -> None:
        for path in self.paths:
            body = self.code[path]
            self.assertEqual(leaves(path, body), [], path)
            self.assertEqual(body[-1].mnemonic, "j", f"{path} runs on into what follows it")

    def test_an_image_whose_modules_see_these_exits_has_none(self) -> None:
        code = instructions(read("configs/qemu_virt_counters.lst"))
        self.assertEqual([name for name in code if name.startswith("fast_")], [])
        self.assertIn("trap_slow", code)

    def test_an_ordinary_function_would_not_pass(self) -> None:
        body = self.code["exit_handle"]
        self.assertTrue(any(wrong(i) for i in body))
        self.assertTrue(leaves("exit_handle", body) or body[-1].mnemonic != "j")


if __name__ == "__main__":
    unittest.main()
