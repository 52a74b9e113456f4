"""What binutils' nm says of functions: the source that names in traces are held against. NM in the environment is its path."""

import bisect
import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

NAMED = re.compile(r"0x([0-9a-f]+) (\S+)\+0x([0-9a-f]+)")


class Function(NamedTuple):
    """A symbol in code. Without a size it reaches to the next one."""

    begin: int
    name: str
    size: int


def functions(elf: Path, moved: int = 0) -> list[Function]:
    """Functions in the order of their addresses, which are that much higher than the file says. A weak symbol is one if it
    lies among others: nm has no letter of its own for those that link-time optimisation leaves in debug information."""
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
    """What is wrong with "0xADDRESS FUNCTION+0xOFFSET"; empty if nm has the address in that function."""
    named = NAMED.fullmatch(text)
    if not named:
        return f"{text} has no name"
    address, offset = int(named[1], 16), int(named[3], 16)
    begin = known[bisect.bisect_right(known, Function(address, "\x7f", 0)) - 1].begin
    names = [function.name for function in known if function.begin == begin]
    if begin + offset != address or named[2] not in names:
        return f"{text}: nm has {names} at {begin:#x}"
    return ""
