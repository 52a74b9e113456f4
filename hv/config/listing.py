"""Reads the sections of an image, and the instructions of its functions, from NAME.lst, which objdump has written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

SECTION = re.compile(r"^ *\d+ (?P<name>\S+) +(?P<size>[0-9a-f]+) +(?:[0-9a-f]+ +){3}\S+\n +(?P<flags>.*)$", re.MULTILINE)
FUNCTION = re.compile(r"^[0-9a-f]+ <(?P<name>[^>]+)>:$")
INSTRUCTION = re.compile(r"^ *[0-9a-f]+:\t(?P<mnemonic>\S+)(?:\t(?P<operands>.*))?$")


def loaded_bytes(listing: str) -> dict[str, int]:
    """Returns the size in bytes of each section with contents in the file (text and data), by name."""
    return {
        match["name"]: int(match["size"], 16)
        for match in SECTION.finditer(listing)
        if {"CONTENTS", "ALLOC"} <= set(match["flags"].split(", "))
    }


@dataclass(frozen=True)
class Instruction:
    """One instruction, as objdump prints it."""

    mnemonic: str
    operands: str


def instructions(listing: str) -> dict[str, list[Instruction]]:
    """Returns the instructions of each function, by the function's name in C."""
    found: dict[str, list[Instruction]] = {}
    current: list[Instruction] = []
    for line in listing.splitlines():
        if match := FUNCTION.match(line):
            current = found.setdefault(match["name"].split(".")[0], [])
        elif match := INSTRUCTION.match(line):
            current.append(Instruction(match["mnemonic"], match["operands"] or ""))
    return found


def mnemonics(listing: str) -> dict[str, list[str]]:
    """Returns the mnemonics of each function. It omits operands and padding, because these depend on addresses."""
    return {
        name: [instruction.mnemonic for instruction in body if instruction.mnemonic != "nop"]
        for name, body in instructions(listing).items()
    }


def read(path: str) -> str:
    """Returns the text of a listing that is among the test's data."""
    return Path(path).read_text(encoding="utf-8")
