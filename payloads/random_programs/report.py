"""Shows in words how the logs of a program differ on two models."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from cli import table
from machines.elf import Elf
from payloads.random_programs.programs import INSTRUCTIONS, NOP, Log, Program

_SLOT_BYTES = 16
_SLOTS = 64
_LINE = re.compile(r"^\s*([0-9a-f]+):\s+[0-9a-f ]+\t(.*)$")
_CACHE_BLOCK = {0: "inval", 1: "clean", 2: "flush", 4: "zero"}


def disassemble(words: Sequence[int], objdump: Path) -> list[str]:
    """Returns the assembly text of each word."""
    with tempfile.NamedTemporaryFile(suffix=".bin") as file:
        file.write(b"".join(word.to_bytes(4, "little") for word in words))
        file.flush()
        line = [str(objdump), "-D", "-b", "binary", "-m", "riscv:rv64", "-M", "no-aliases", file.name]
        listing = subprocess.run(line, check=True, capture_output=True, text=True).stdout
    matches = [match for text in listing.splitlines() if (match := _LINE.match(text))]
    texts = {int(match[1], 16): " ".join(match[2].split()) for match in matches}
    found = []
    for index, word in enumerate(words):
        found.append(_cache_block(word) or texts.get(4 * index, f"{word:#010x}"))
    return found


def _cache_block(word: int) -> str:
    """Returns the text of an operation on a cache block, which older versions of objdump do not know. Returns an empty text
    for any other instruction."""
    if word & 0x7FFF != 0x200F or word >> 20 not in _CACHE_BLOCK:
        return ""
    return f"cbo.{_CACHE_BLOCK[word >> 20]} (x{word >> 15 & 31})"


def values(line: str) -> dict[str, str]:
    """Returns the named values in a line of a log."""
    return dict(word.split("=", 1) for word in line.split()[1:])


def first_difference(one: Log, other: Log) -> int | None:
    """Returns the index of the first line in which the logs differ, or None if they are equal."""
    for index, (first, second) in enumerate(zip(one.lines, other.lines)):
        if first != second:
            return index
    return None if len(one.lines) == len(other.lines) else min(len(one.lines), len(other.lines))


class Listing:
    """Names the addresses and instructions of a program.

    guest: the guest's ELF file. objdump: the disassembler."""

    def __init__(self, guest: bytes, objdump: Path) -> None:
        self._slots = Elf(guest, "the guest").symbols["slots"]
        self._objdump = objdump

    def place(self, pc: int) -> str:
        """Returns the name of an address: the number of an instruction of the program, or the address itself."""
        slot, rest = divmod(pc - self._slots, _SLOT_BYTES)
        if not 0 <= slot < _SLOTS:
            return f"{pc:#x}"
        name = "the end" if slot >= INSTRUCTIONS else f"instruction {slot}"
        return f"{name} + {rest}" if rest else name

    def program(self, program: Program) -> str:
        """Returns the instructions of a program, without nops."""
        texts = disassemble(program.code, self._objdump)
        return "\n".join(f"  {slot:2} {text}" for slot, text in enumerate(texts) if program.code[slot] != NOP)

    def _cell(self, name: str, value: str | None) -> str:
        if value is None:
            return "-"
        return f"{value} ({self.place(int(value, 16))})" if name in ("mepc", "sepc") else value

    def difference(self, one: Log, other: Log, names: tuple[str, str]) -> str:
        """Describes the first difference between two logs of the same program."""
        index = first_difference(one, other)
        if index is None:
            return "the logs are equal: the memory differs where no program should write"
        lines = [values(log.lines[index]) if index < len(log.lines) else {} for log in (one, other)]
        shown = [name for name in [*lines[0], *lines[1]] if lines[0].get(name) != lines[1].get(name)]
        rows = [[name, *(self._cell(name, line.get(name)) for line in lines)] for name in dict.fromkeys(shown)]
        before = f"trap {index} of {len(one.lines) - 1} and {len(other.lines) - 1}"
        if index == len(one.lines) - 1 == len(other.lines) - 1:
            before = "all traps are equal; at the end, the memory"
        return table.render(f"  first difference: {before}", ["", *names], rows, left=(0, 1, 2))
