"""Makes a program smaller whose logs differ on two models: it removes instructions, and initial values of CSRs, as long as
the logs still differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from payloads.random_programs.programs import MOST_GIVEN, Program, csr_names

# Without these, a program would not come back from a trap, would sleep in a wfi, or would show what no program should: one
# PMP entry is always on, and the timer of S-mode is not due (differences.def, return_without_pmp and late_interrupts).
NEEDED = ("mtvec", "stvec", "mie", "mip", "pmpcfg2", "pmpaddr10", "stimecmp")

# Returns for each program whether it still shows what the first program showed.
Shows = Callable[[Sequence[Program]], list[bool]]


def _first(shows: Shows, candidates: Sequence[Program]) -> Program | None:
    """Returns the first candidate that still shows the difference."""
    for start in range(0, len(candidates), MOST_GIVEN):
        some = candidates[start : start + MOST_GIVEN]
        for program, shown in zip(some, shows(some)):
            if shown:
                return program
    return None


def _without_instructions(program: Program, shows: Shows) -> Program:
    """Removes runs of instructions: first long ones, at last single ones."""
    size = max(1, len(program.kept) // 2)
    while True:
        kept = program.kept
        candidates = [program.without(kept[at : at + size]) for at in range(0, len(kept), size)]
        if smaller := _first(shows, candidates):
            program = smaller
        elif size == 1:
            return program
        else:
            size //= 2


def _without_csrs(program: Program, shows: Shows) -> Program:
    """Sets the initial values of CSRs to 0, one after another."""
    for index, name in enumerate(csr_names()):
        if program.csrs[index] and name not in NEEDED:
            csrs = program.csrs[:index] + (0,) + program.csrs[index + 1 :]
            program = _first(shows, [replace(program, csrs=csrs)]) or program
    return program


def shrink(program: Program, shows: Shows) -> Program:
    """Returns a smaller program that still shows the difference. @p program itself shows it."""
    return _without_csrs(_without_instructions(program, shows), shows)
