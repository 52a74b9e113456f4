"""Reads symbols with binutils' nm, to check the names of functions in traces. The environment variable NM is the path
of nm."""

import bisect
import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

NAMED = re.compile(r"0x([0-9a-f]+) (\S+)\+0x([0-9a-f]+)")


class Function(NamedTuple):
    """A symbol in code. If its size is 0, it reaches to the next symbol."""

    begin: int
    name: str
    size: int


def functions(elf: Path, moved: int = 0) -> list[Function]:
    """Returns the functions of @p elf, sorted by address. @p moved is added to the addresses in the file. A weak symbol
    counts as a function if it lies between other functions. nm gives no other hint, since it marks weak functions and
    the symbols that link-time optimisation leaves in debug information with the same letter."""
    words = [os.environ["NM"], "--defined-only", "--print-size", str(elf)]
    listing = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    found: list[Function] = []
    weak: list[Function] = []
    for line in listing.splitlines():
        *numbers, kind, name = line.split()
        if kind in "tTwW" and name[0] not in "$.":
            size = int(numbers[1], 16) if len(numbers) > 1 else 0
            (found if kind in "tT" else weak).append(Function(int(numbers[0], 16) + moved, name, size))
    found.sort()
    return sorted([*found, *(function for function in weak if found[0] <= function <= found[-1])])


def wrong(text: str, known: list[Function]) -> str:
    """Returns what is wrong with "0xADDRESS FUNCTION+0xOFFSET"; an empty string if the address lies in that function by
    nm."""
    named = NAMED.fullmatch(text)
    if not named:
        return f"{text} has no name"
    address, offset = int(named[1], 16), int(named[3], 16)
    begin = known[bisect.bisect_right(known, Function(address, "\x7f", 0)) - 1].begin
    names = [function.name for function in known if function.begin == begin]
    if begin + offset != address or named[2] not in names:
        return f"{text}: nm has {names} at {begin:#x}"
    return ""
