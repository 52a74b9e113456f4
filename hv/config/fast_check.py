"""Whether the first tier of an image is made of leaves, observers of modules included: the build runs this on each image.

A fast path has no stack, since sp is the guest's; no call, since ra would be lost; and no return. It leaves s0-s11, sp, gp and
tp alone except by mv, and goes on only to other fast paths, to a step, or to an end of the tier (hv/arch/riscv/trap.S).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection
from pathlib import Path

from hv.config.listing import Instruction, instructions

# Where a fast path ends, besides the steps. What it jumps to before that is part of it.
ENDS = {"trap_return_fast", "trap_end_exit", "trap_slow", "trap_record_slow"}
STEP = "trap_step_"
# The one fast path that comes after a step.
AFTER_STEP = "fast_live_restore"
# These still hold the guest's values: they may be read and written as the guest's, by mv, and not used.
GUESTS = re.compile(r"\b(sp|gp|tp|s\d+)\b")
TARGET = re.compile(r"<(?P<name>[^+>]+)")
# Their first operand is read: branches and stores.
READS_ONLY = re.compile(r"b.*|s[bhwd]|jr")
CALLS = ("jal", "jalr", "call", "ret", "mret")


def is_end(name: str | None) -> bool:
    """Whether a fast path may end by a jump to @p name."""
    return name in ENDS or (name or "").startswith(STEP)


def target_of(jump: Instruction) -> str | None:
    """The function that @p jump leads to."""
    match = TARGET.search(jump.operands)
    return match["name"].split(".")[0] if match else None


def is_jump(instruction: Instruction) -> bool:
    """Whether it may go on elsewhere than behind itself."""
    return instruction.mnemonic == "j" or instruction.mnemonic.startswith("b")


def is_wrong(instruction: Instruction) -> bool:
    """Whether a fast path must not have @p instruction."""
    if instruction.mnemonic == "jalr" and instruction.operands.startswith("t2,"):  # a thunk, which returns by t2
        return False
    if instruction.mnemonic in CALLS:
        return True
    uses = GUESTS.search(instruction.operands.split("<")[0].split("#")[0])
    return uses is not None and instruction.mnemonic != "mv"


def by_table(body: list[Instruction], at: int) -> bool:
    """Whether the `jr` at place @p at takes its address from a table: its own, or that of the CSRs' fast paths."""
    register = body[at].operands
    for before in reversed(body[:at]):
        if before.operands.split(",")[0] == register and not READS_ONLY.fullmatch(before.mnemonic):
            return before.mnemonic in ("add", "ld")
    return False


# The functions of trap.S that go on to fast paths.
ENTRIES = re.compile(r"trap_entry_.*|trap_step_.*|access_end|step_end")


def roots(code: dict[str, list[Instruction]]) -> set[str]:
    """The fast paths of an image: by their names, and whatever trap.S jumps to, modules' own among them."""
    named = {name for name in code if name.startswith("fast_")}
    jumps = [jump for name, body in code.items() if ENTRIES.fullmatch(name) for jump in body if is_jump(jump)]
    return named | {
        target for jump in jumps if (target := target_of(jump)) in code and not is_end(target) and not is_entry(target)
    }


def is_entry(name: str) -> bool:
    """Whether @p name is a part of trap.S itself."""
    return ENTRIES.fullmatch(name) is not None or name == "trap_return"


def leaves(name: str, body: list[Instruction], others: Collection[str] = ()) -> list[Instruction]:
    """The jumps of @p name that lead neither to itself, nor to one of the @p others, nor to an end of a fast path."""
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
    """The functions that belong to the fast path @p start: it, and where it jumps to."""
    found: set[str] = set()
    waiting = {start}
    while waiting:
        name = waiting.pop()
        found.add(name)
        targets = {target_of(jump) for jump in code[name] if is_jump(jump)}
        waiting |= {target for target in targets if target in code and not is_end(target)} - found
    return found


def unprepared(code: dict[str, list[Instruction]], part: str) -> bool:
    """Whether @p part of a fast path ends the exit as steps do, with a record of the trace that only these have prepared."""
    returns = any(target_of(jump) == "trap_return_fast" for jump in code[part] if is_jump(jump))
    return returns and "trap_end_exit" in code and part != AFTER_STEP


def faults(code: dict[str, list[Instruction]]) -> list[str]:
    """What is wrong with the fast paths of an image, a line each; none if nothing is."""
    found = []
    paths = roots(code)
    for path in sorted(paths):
        for part in sorted(parts(code, path)):
            wrong = [i for i in code[part] if is_wrong(i)]
            found += [f"{part} returns without the exit's record: end it by fast_return"] if unprepared(code, part) else []
            found += [f"{part} has `{i.mnemonic} {i.operands}`: a stack frame, or a call" for i in wrong[:1]]
        found += [f"{path} goes on to {i.operands}" for i in leaves(path, code[path], paths)]
        if code[path] and code[path][-1].mnemonic not in ("j", "jr"):
            found.append(f"{path} runs on into what follows it")
    return sorted(set(found))


def main() -> int:
    """Checks the listing argv[1]; writes nothing to argv[2] if all is well."""
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
