"""Finds missing barriers in the disassembly of an image. Runs under QEMU cannot find them, because they do not fail if
a barrier is missing.

"semantics N" means point N of docs/fidelity.md.

Requests between harts (semantics 7): the sender stores the data and the flag, executes `fence w,o`, and stores to MSIP.
The receiver clears MSIP, executes `fence o,rw`, and reads and clears the flag. A hart that starts only reads the flag.
A change of PMP (semantics 15) needs an sfence.vma after it. When hv emulates the firmware's sfence.vma (semantics 29),
it must execute the instruction with the same operands. Runs under QEMU cannot test this, because QEMU drops all
translations when satp changes, and satp changes in every world switch.
"""

from __future__ import annotations

from hv.config.listing import Instruction, instructions

STORES = ("sb", "sh", "sw", "sd")
ATOMICS = ("amoswap.w", "amoswap.w.aq", "amoswap.w.aqrl")

LOADS = ("lw", "lwu")

# The function that checks whether requests arrived before this hart started. If so, it sends the MSI to its own hart
# again.
LOOKS_AT_FLAG = "prepare"

# A table of functions with a single CSR write each. Boot uses it, and also code that does not run in ordinary exits.
# The callers of these functions execute the fences.
THUNKS = "csr_write_thunks"


def is_fence(instruction: Instruction, operands: str) -> bool:
    """Returns whether @p instruction is a fence with @p operands."""
    return instruction.mnemonic == "fence" and instruction.operands.replace(" ", "") == operands


def next_of(body: list[Instruction], start: int, step: int, mnemonics: tuple[str, ...]) -> Instruction | None:
    """Returns the next instruction, from @p start in direction @p step, that is a fence or has one of @p mnemonics, or
    None."""
    position = start + step
    while 0 <= position < len(body):
        if body[position].mnemonic in mnemonics or body[position].mnemonic == "fence":
            return body[position]
        position += step
    return None


def receiver_problems(name: str, body: list[Instruction]) -> list[str]:
    """Returns the errors around each `fence o,rw` of a function."""
    found = []
    for position, instruction in enumerate(body):
        if not is_fence(instruction, "o,rw"):
            continue
        before = next_of(body, position, -1, STORES + ATOMICS)
        taking = LOADS if name == LOOKS_AT_FLAG else ATOMICS
        after = next_of(body, position, 1, STORES + ATOMICS + taking)
        if before is None or before.mnemonic != "sw" or not before.operands.startswith("zero,"):
            found.append(f"{name}: no `sw zero` to MSIP before fence o,rw")
        if after is None or after.mnemonic not in taking:
            found.append(f"{name}: no {taking[0]} of the flag after fence o,rw")
    return found


def sender_problems(name: str, body: list[Instruction]) -> list[str]:
    """Returns the errors around each `fence w,o` of a function."""
    found = []
    for position, instruction in enumerate(body):
        if is_fence(instruction, "w,o"):
            after = next_of(body, position, 1, STORES)
            if after is None or after.mnemonic != "sw":
                found.append(f"{name}: no `sw` to MSIP after fence w,o")
    return found


def pmp_problems(name: str, body: list[Instruction]) -> list[str]:
    """Returns an error if a function writes pmpcfg but does not contain an sfence.vma (semantics 15)."""
    writes = any(i.mnemonic == "csrw" and i.operands.startswith("pmpcfg") for i in body)
    fences = [i for i in body if i.mnemonic == "sfence.vma"]
    return [f"{name}: no sfence.vma after a write of pmpcfg"] if writes and not fences else []


def form_of(operands: str) -> tuple[str, str]:
    """Returns for each of the two operands whether it is x0 or another register. If the listing shows no operand, it is
    x0."""
    first, second = (operands + ",").split(",")[:2]
    return ("zero" if first in ("zero", "") else "register", "zero" if second in ("zero", "") else "register")


def operand_problems(code: list[Instruction]) -> list[str]:
    """Returns an error for each of the four forms of sfence.vma that the image lacks (semantics 29).

    The four forms affect everything, one address, one address space, or one address in one address space.
    """
    forms = {form_of(i.operands) for i in code if i.mnemonic == "sfence.vma"}
    wanted = {(a, b) for a in ("zero", "register") for b in ("zero", "register")}
    return [f"no sfence.vma {', '.join(form)}" for form in sorted(wanted - forms)]


def problems(listing: str) -> list[str]:
    """Returns all errors in the image of @p listing."""
    code = instructions(listing)
    found: list[str] = []
    for name, body in code.items():
        found += receiver_problems(name, body) + sender_problems(name, body)
        if name != THUNKS:
            found += pmp_problems(name, body)
    everything = [instruction for body in code.values() for instruction in body]
    for operands, wanted in (("o,rw", 1), ("w,o", 2)):
        if sum(is_fence(instruction, operands) for instruction in everything) < wanted:
            found.append(f"fewer than {wanted} of fence {operands}")
    return found + operand_problems(everything)
