"""Checks that the fast paths of an image are leaf functions, including the modules' observers in them. The build runs
this program on each image.

A fast path must not use the stack, because sp holds the guest's value. It must not call a function, because ra would be
lost, and it must not return. It may access s0-s11, sp, gp and tp only by mv, or save, load or clear the guest's value. It may jump only to another fast path, to
a step, or to one of the functions that end the fast tier (hv/arch/riscv/trap.S).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection
from pathlib import Path

from hv.config.listing import Instruction, instructions

# The functions at which a fast path ends, in addition to the steps. All other functions to which a fast path jumps are
# parts of the path.
ENDS = {"trap_return_fast", "trap_end_exit", "trap_slow", "trap_record_slow"}
STEP = "trap_step_"
# The only function of the fast tier that runs after a step.
AFTER_STEP = "fast_live_restore"
# These registers still hold the guest's values. A fast path may copy the guest's values with mv, but not use the registers.
GUESTS = re.compile(r"\b(sp|gp|tp|s\d+)\b")
# How a fast path may save, load and clear these registers: not relative to the guest's stack, and never as a value of its own.
WHOLE_REGISTER = re.compile(r"(sd|ld) (sp|gp|tp|s\d+),\d+\((ra|t\d|a\d)\)|li (sp|gp|tp|s\d+),0")
TARGET = re.compile(r"<(?P<name>[^+>]+)")
# Branches and stores, which read their first operand. All other instructions write their first operand.
READS_ONLY = re.compile(r"b.*|s[bhwd]|jr")
CALLS = ("jal", "jalr", "call", "ret", "mret")


def is_end(name: str | None) -> bool:
    """Returns whether a fast path may end with a jump to @p name."""
    return name in ENDS or (name or "").startswith(STEP)


def target_of(jump: Instruction) -> str | None:
    """Returns the name of the function that @p jump leads to, or None."""
    match = TARGET.search(jump.operands)
    return match["name"].split(".")[0] if match else None


def is_jump(instruction: Instruction) -> bool:
    """Returns whether @p instruction is a jump or a branch to a fixed target."""
    return instruction.mnemonic == "j" or instruction.mnemonic.startswith("b")


def is_wrong(instruction: Instruction) -> bool:
    """Returns whether @p instruction is forbidden in a fast path."""
    # a call of a thunk, which returns through t2
    if instruction.mnemonic == "jalr" and instruction.operands.startswith("t2,"):
        return False
    if instruction.mnemonic in CALLS:
        return True
    operands = instruction.operands.split("<")[0].split("#")[0].strip()
    whole = WHOLE_REGISTER.fullmatch(f"{instruction.mnemonic} {operands}")
    return GUESTS.search(operands) is not None and instruction.mnemonic != "mv" and whole is None


def by_table(body: list[Instruction], at: int) -> bool:
    """Returns whether the `jr` at index @p at takes its address from a table. It may be the table of a switch or the
    table of the CSRs' fast paths."""
    register = body[at].operands
    for before in reversed(body[:at]):
        if before.operands.split(",")[0] == register and not READS_ONLY.fullmatch(before.mnemonic):
            return before.mnemonic in ("add", "ld")
    return False


# The functions of trap.S that jump to fast paths.
ENTRIES = re.compile(r"trap_entry_.*|trap_step_.*|access_end|step_end")


def roots(code: dict[str, list[Instruction]]) -> set[str]:
    """Returns the fast paths of an image. These are the functions that are named like fast paths, and the functions to
    which trap.S jumps, including functions of modules."""
    named = {name for name in code if name.startswith("fast_")}
    jumps = [jump for name, body in code.items() if ENTRIES.fullmatch(name) for jump in body if is_jump(jump)]
    return named | {
        target for jump in jumps if (target := target_of(jump)) in code and not is_end(target) and not is_entry(target)
    }


def is_entry(name: str) -> bool:
    """Returns whether @p name is a function of trap.S itself."""
    return ENTRIES.fullmatch(name) is not None or name == "trap_return"


def leaves(name: str, body: list[Instruction], others: Collection[str] = ()) -> list[Instruction]:
    """Returns the jumps from @p name to functions that are neither among @p others nor an end of a fast path."""
    found = []
    for at, jump in enumerate(body):
        target = target_of(jump)
        if jump.mnemonic == "jr":
            if not by_table(body, at):
                found.append(jump)
        elif is_jump(jump) and target != name and not is_end(target) and target not in others:
            found.append(jump)
    return found


def parts(code: dict[str, list[Instruction]], start: str) -> set[str]:
    """Returns the functions that belong to the fast path @p start: @p start itself, and all functions that it reaches
    by jumps."""
    found: set[str] = set()
    waiting = {start}
    while waiting:
        name = waiting.pop()
        found.add(name)
        targets = {target_of(jump) for jump in code[name] if is_jump(jump)}
        waiting |= {target for target in targets if target in code and not is_end(target)} - found
    return found


def unprepared(code: dict[str, list[Instruction]], part: str) -> bool:
    """Returns whether @p part ends the exit in a way in which only a step may end it. A step has prepared the exit's
    record, but a fast path has not."""
    returns = any(target_of(jump) == "trap_return_fast" for jump in code[part] if is_jump(jump))
    return returns and "trap_end_exit" in code and part != AFTER_STEP


def faults(code: dict[str, list[Instruction]]) -> list[str]:
    """Returns the errors in the fast paths of an image, one line each."""
    found = []
    paths = roots(code)
    for path in sorted(paths):
        for part in sorted(parts(code, path)):
            wrong = [i for i in code[part] if is_wrong(i)]
            found += [f"{part} returns without writing the exit's record: end it with fast_return"] if unprepared(code, part) else []
            found += [f"{part} has `{i.mnemonic} {i.operands}`: a stack frame, or a call" for i in wrong[:1]]
        found += [f"{path} goes on to {i.operands}" for i in leaves(path, code[path], paths)]
        if code[path] and code[path][-1].mnemonic not in ("j", "jr"):
            found.append(f"{path} does not end: it runs on into the code behind it")
    return sorted(set(found))


def main() -> int:
    """Checks the listing argv[1]. If the listing has no errors, creates the empty file argv[2], because Bazel expects
    an output."""
    listing, stamp = map(Path, sys.argv[1:3])
    found = faults(instructions(listing.read_text(encoding="utf-8")))
    for line in found:
        print(f"{listing.stem}: {line}", file=sys.stderr)
    if found:
        print(
            "A fast path, or an observe_exit that is part of it, has to be a leaf (docs/modules.md, Observing).",
            file=sys.stderr,
        )
        return 1
    stamp.write_text("", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
