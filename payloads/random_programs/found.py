"""Reads and writes files with programs that once showed a difference (found.toml). A program is stored as the words of
struct program, so that it stays the same when the generator changes."""

from __future__ import annotations

import struct
import tomllib
from dataclasses import dataclass
from pathlib import Path

from cli.failure import Failure
from payloads.random_programs.programs import Program

_WORDS_PER_LINE = 6


@dataclass(frozen=True)
class Found:
    """A program whose logs once differed. `fault` names the patch that makes them differ."""

    name: str
    fault: str
    program: Program


def text_of(found: Found) -> str:
    """Returns the entry of a program."""
    data = found.program.packed()
    words = [f'"{word:#x}"' for word in struct.unpack(f"<{len(data) // 8}Q", data)]
    lines = [", ".join(words[at : at + _WORDS_PER_LINE]) for at in range(0, len(words), _WORDS_PER_LINE)]
    body = "".join(f"    {line},\n" for line in lines)
    return f'[[program]]\nname = "{found.name}"\nfault = "{found.fault}"\nwords = [\n{body}]\n'


def read(path: Path) -> list[Found]:
    """Returns the programs in a file."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))["program"]
        return [Found(each["name"], each["fault"], Program.of([int(word, 0) for word in each["words"]])) for each in entries]
    except (KeyError, TypeError, ValueError, struct.error) as error:
        raise Failure(f"{path}: this is no list of programs: {error!r}") from error
