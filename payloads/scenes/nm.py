"""Reads symbols with the program nm from binutils, so that tests can check the names of functions in traces. The
environment variable NM holds the path of nm."""

import bisect
import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

NAMED = re.compile(r"0x([0-9a-f]+) (\S+)\+0x([0-9a-f]+)")


class Function(NamedTuple):
    """A function. If nm does not know its size, the size is 0, and the function is taken to end at the next symbol."""

    begin: int
    name: str
    size: int


def functions(elf: Path, moved: int = 0) -> list[Function]:
    """Returns the functions of @p elf, sorted by address. Adds @p moved to each address. A weak symbol counts as a
    function if its address lies between the addresses of other functions. nm prints the same letter for weak functions
    and for symbols that link-time optimisation leaves in the debug information, so only the address can distinguish
    them."""
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
    """Checks @p text, which has the form "0xADDRESS FUNCTION+0xOFFSET". Returns an empty string if the address lies at
    this offset in this function according to nm. Otherwise returns a message that says what is wrong."""
    named = NAMED.fullmatch(text)
    if not named:
        return f"{text} has no name"
    address, offset = int(named[1], 16), int(named[3], 16)
    begin = known[bisect.bisect_right(known, Function(address, "\x7f", 0)) - 1].begin
    names = [function.name for function in known if function.begin == begin]
    if begin + offset != address or named[2] not in names:
        return f"{text}: nm has {names} at {begin:#x}"
    return ""
