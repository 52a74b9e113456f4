"""Chooses one of several runs of a guest, because the number of exits depends on chance if there are several harts.

Linux boots on two harts differ in the number of their exits: one with 11,200 exits and one with 19,300 differ in one letter of the
kernel's command line only, because any difference decides anew which hart wakes which. So such a boot runs with COURSES
command lines, each longer by one letter, and the boot with the fewest exits counts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from machines.instruction_count import Count

COURSES = 3

Run = TypeVar("Run")


def command_lines(append: str | None, harts: int) -> list[str | None]:
    """Returns the kernel's command lines of the runs. If there is one hart or no command line, one run is enough or all that there can
    be. The additional parameter is one that the kernel ignores."""
    if append is None or harts == 1:
        return [append]
    return [append, *(f"{append} hartscope_course={'x' * letters}" for letters in range(1, COURSES))]


def fewest_exits(append: str | None, harts: int, run: Callable[[str | None], Run], count: Callable[[Run], Count]) -> Run:
    """Calls @p run with each command line, and returns the result with the fewest exits, and of equal ones the first. @p count
    returns the counts of a result."""
    runs = [run(line) for line in command_lines(append, harts)]
    return min(runs, key=lambda each: sum(cause.exits for cause in count(each).by_cause.values()))
