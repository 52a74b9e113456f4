"""Finds the files that `hsctl send` printed on a console, and puts them together again (trace/format/console_file.h).

A line that the serial line has damaged has a wrong check sum and is ignored. If it was sent several times, any undamaged copy
is used. A file is complete only if all lines are there and the check sum of the whole file is right. This file never guesses.
"""

from __future__ import annotations

import base64
import re
import struct
from dataclasses import dataclass, field

from machines.line_end import crc32c

LINE_BYTES = 64
_FILE, _FILE_END = 5, 6

_LINE = re.compile(rb"<hsd:([A-Za-z0-9+/]{112})>")
_FRAME = struct.Struct("<IBBHQ64sI")
_END = struct.Struct("<QI52s")


@dataclass
class SentFile:
    """A file of which at least one line arrived. size, name: None if no last line arrived, in which they are."""

    run: int
    size: int | None = None
    name: str | None = None
    lines: dict[int, bytes] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """The number of lines of the file, as far as it is known."""
        return max(self.lines, default=-1) + 1 if self.size is None else -(-self.size // LINE_BYTES)

    @property
    def missing(self) -> list[int]:
        """The numbers of the lines that are known to be missing."""
        return [number for number in range(self.count) if number not in self.lines]

    @property
    def contents(self) -> bytes:
        """The file, with zeros where lines are missing."""
        whole = b"".join(self.lines.get(number, bytes(LINE_BYTES)) for number in range(self.count))
        return whole if self.size is None else whole[: self.size]

    @property
    def is_complete(self) -> bool:
        """Whether the contents are those of the file."""
        return self.size is not None and not self.missing and crc32c(self.contents) == self.run


def _take(frame: bytes, files: dict[int, SentFile]) -> None:
    crc, kind, count, _, number, contents, run = _FRAME.unpack(frame)
    if kind not in (_FILE, _FILE_END) or crc32c(frame[4:]) != crc:
        return
    file = files.setdefault(run, SentFile(run))
    if kind == _FILE:
        file.lines[number] = contents[:count]
        return
    file.size, _, name = _END.unpack(contents)
    file.name = name.split(b"\0")[0].decode(errors="replace")


def find(console: bytes) -> list[SentFile]:
    """Returns the files on a console, in the order in which they began."""
    files: dict[int, SentFile] = {}
    for match in _LINE.finditer(console):
        _take(base64.b64decode(match[1]), files)
    return list(files.values())


def ranges(numbers: list[int]) -> str:
    """Returns ascending numbers in the form that `hsctl send --lines` takes, such as 7,20-25."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ",".join(f"{first}" if first == last else f"{first}-{last}" for first, last in parts)
