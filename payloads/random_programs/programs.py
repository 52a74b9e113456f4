"""The programs of the guest: how the host chooses, changes and reads them.

The guest (main.c) runs either the programs of a range of seeds, or programs that the host passes. The host writes this choice into the
ELF file of the guest. The guest prints a hash of the log of each program, or the whole log.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from cli.failure import Failure
from cli.workspace import workspace_file
from machines.elf import Elf

FOLDER = "payloads/random_programs"
INSTRUCTIONS = 50
PAGES = 8
PER_CHUNK = 250
MOST_GIVEN = 64
NOP = 0x13

_CSR = re.compile(r"^STATE_CSR\((0x\w+), (\w+)\)$", re.MULTILINE)
_DIFFERENCE = re.compile(r'^DIFFERENCE\((\w+), (\w+), "([^"]+)", "([^"]+)"\)$', re.MULTILINE)
_SEED = re.compile(r"^seed (\d+) hash (0x\w+)$")
_PARAMETERS = struct.Struct("<6Q")
_WORD = struct.Struct("<Q")
_SYMBOL = "parameters"
_END = "PASS"


@dataclass(frozen=True)
class Difference:
    """An entry of differences.def: something that programs do not do, because machines differ in it."""

    name: str
    where: str
    chapter: str
    what: str


def _text(name: str) -> str:
    return workspace_file(f"{FOLDER}/{name}").read_text(encoding="utf-8")


@cache
def differences() -> list[Difference]:
    """Returns the list of differences, in the order of their bits."""
    return [Difference(*match.groups()) for match in _DIFFERENCE.finditer(_text("differences.def"))]


@cache
def csr_names() -> list[str]:
    """Returns the names of the CSRs that have an initial value, in the order in which a program holds them."""
    return [match[2] for match in _CSR.finditer(_text("state.def"))]


@dataclass(frozen=True)
class Program:
    """A program, as struct program in program.h: its instructions and the state in which it starts."""

    seed: int
    registers: tuple[int, ...]
    csrs: tuple[int, ...]
    pages: tuple[int, ...]
    identity: int
    mtimecmp: int
    wake: int
    code: tuple[int, ...]

    @staticmethod
    def of(words: list[int]) -> Program:
        """Returns the program that the guest printed as @p words."""
        csrs = len(csr_names())
        ends = [1, 33, 33 + csrs, 33 + csrs + PAGES]
        code = b"".join(_WORD.pack(word) for word in words[ends[3] + 3 :])
        if len(code) != 4 * INSTRUCTIONS:
            raise Failure(f"a program has {len(words)} words: the guest is from another version of this program")
        identity, mtimecmp, wake = words[ends[3] : ends[3] + 3]
        registers, values, pages = (tuple(words[start:end]) for start, end in zip(ends, ends[1:]))
        instructions = struct.unpack(f"<{INSTRUCTIONS}I", code)
        return Program(words[0], registers, values, pages, identity, mtimecmp, wake, instructions)

    def packed(self) -> bytes:
        """Returns the program as bytes, for the guest."""
        words = [self.seed, *self.registers, *self.csrs, *self.pages, self.identity, self.mtimecmp, self.wake]
        return struct.pack(f"<{len(words)}Q{INSTRUCTIONS}I", *words, *self.code)

    def without(self, slots: Iterable[int]) -> Program:
        """Returns the program with nops instead of the instructions in @p slots."""
        dropped = set(slots)
        return replace(self, code=tuple(NOP if slot in dropped else word for slot, word in enumerate(self.code)))

    @property
    def kept(self) -> list[int]:
        """The numbers of the instructions that are not nops."""
        return [slot for slot, word in enumerate(self.code) if word != NOP]


@dataclass(frozen=True)
class Choice:
    """What the guest runs: `count` seeds from `first`, or the programs `given`. `shown`: the names of the differences
    that programs may show."""

    first: int = 0
    count: int = 1
    given: tuple[Program, ...] = ()
    log: bool = False
    htif: bool = False
    shown: frozenset[str] = frozenset()

    def _packed(self) -> bytes:
        shown = sum(1 << bit for bit, each in enumerate(differences()) if each.name in self.shown)
        head = _PARAMETERS.pack(self.first, self.count, shown, self.log, self.htif, len(self.given))
        return head + b"".join(program.packed() for program in self.given)

    def in_guest(self, guest: bytes) -> bytes:
        """Returns the ELF file @p guest with this choice."""
        elf = Elf(guest, "the guest")
        address, choice = elf.symbols[_SYMBOL], self._packed()
        for segment in elf.segments:
            at = address - segment.address
            if 0 <= at and at + len(choice) <= len(segment.data):
                start = segment.offset + at
                return guest[:start] + choice + guest[start + len(choice) :]
        raise Failure("the guest has no parameters: build it again")


@dataclass
class Log:
    """What the guest printed for one program. Each line of `lines` is a trap, or the end of the program."""

    seed: int
    hash: int
    program: Program | None = None
    lines: list[str] = field(default_factory=list)


def logs(console: Iterable[str]) -> Iterator[Log]:
    """Yields the logs in the lines that the guest printed."""
    program: Program | None = None
    lines: list[str] = []
    for line in console:
        if line.startswith("program "):
            program, lines = Program.of([int(word, 0) for word in line.split()[1:]]), []
        elif match := _SEED.match(line):
            yield Log(int(match[1]), int(match[2], 0), program, lines)
            program, lines = None, []
        elif line.startswith(("trap", "end")):
            lines.append(line)


def is_complete(console: list[str]) -> bool:
    """Returns whether the guest has run all its programs."""
    return bool(console) and console[-1] == _END


def chunks(first: int, count: int) -> Iterator[tuple[int, int]]:
    """Divides a range of seeds into parts that run after one reset: the first seed and the number of seeds of each."""
    end = first + count
    while first < end:
        size = min(end, (first // PER_CHUNK + 1) * PER_CHUNK) - first
        yield first, size
        first += size


def guest_file() -> Path:
    """Returns the ELF file of the guest."""
    return workspace_file(f"{FOLDER}/programs.elf")
