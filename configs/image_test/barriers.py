"""Finds missing barriers in the disassembly of an image. A run under QEMU does not fail if they are missing.

The numbers of semantics are the points of docs/fidelity.md.

Requests between harts (semantics 7): the sender stores data and flag, executes `fence w,o`, and stores to MSIP. The
receiver clears MSIP, executes `fence o,rw`, and takes the flag; a hart that starts only looks at the flag. A change of
PMP (semantics 15) needs an sfence.vma after it. The firmware's sfence.vma (semantics 29) must keep its operands; QEMU
cannot show that, because it drops all translations when satp changes, as it does in every world switch.
"""

from __future__ import annotations

from hv.config.listing import Instruction, instructions

STORES = ("sb", "sh", "sw", "sd")
ATOMICS = ("amoswap.w", "amoswap.w.aq", "amoswap.w.aqrl")

LOADS = ("lw", "lwu")

# A function that checks whether requests arrived before this hart started. It then sends the MSI to its own hart again.
LOOKS_AT_FLAG = "prepare"

# A table of single CSR writes, for boot and for code that is not on the path of an exit. Its callers execute the fences.
THUNKS = "csr_write_thunks"


def is_fence(instruction: Instruction, operands: str) -> bool:
    """Returns whether @p instruction is a fence with @p operands."""
    return instruction.mnemonic == "fence" and instruction.operands.replace(" ", "") == operands


def next_of(body: list[Instruction], start: int, step: int, mnemonics: tuple[str, ...]) -> Instruction | None:
    """Returns the next fence or instruction with one of @p mnemonics, from @p start in direction @p step, or None."""
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
    """Returns an error if a function writes pmpcfg and has no sfence.vma (semantics 15)."""
    writes = any(i.mnemonic == "csrw" and i.operands.startswith("pmpcfg") for i in body)
    fences = [i for i in body if i.mnemonic == "sfence.vma"]
    return [f"{name}: no sfence.vma after a write of pmpcfg"] if writes and not fences else []


def form_of(operands: str) -> tuple[str, str]:
    """Returns for each of two operands whether it is zero or a register. An operand that is not written is zero."""
    first, second = (operands + ",").split(",")[:2]
    return ("zero" if first in ("zero", "") else "register", "zero" if second in ("zero", "") else "register")


def operand_problems(code: list[Instruction]) -> list[str]:
    """Returns an error for each of the four forms of sfence.vma that the image lacks (semantics 29).

    The forms are: everything, one address, one address space, and one address in one address space.
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
