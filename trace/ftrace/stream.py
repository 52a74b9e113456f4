"""Reads the file that /bin/ftrace of the guest has sent, or that hsctl record --ftrace has written (payloads/linux/ftrace/save.h):
the pages of ftrace's buffers, and the files of tracefs that are needed to read them."""

from __future__ import annotations

import fnmatch
import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

Bytes = bytes | memoryview

_LINE_MOST = 300
_PAGES = re.compile(r"per_cpu/cpu(\d+)/trace_pipe_raw")


class FtraceError(Exception):
    """The guest's file, or something in it, cannot be used."""


@dataclass(frozen=True)
class Buffers:
    """files: the contents of each file of tracefs or /proc by its path. pages: for each CPU, its pages in order."""

    files: dict[str, str]
    pages: dict[int, list[Bytes]] = field(default_factory=lambda: defaultdict(list))

    def harts(self) -> dict[int, int]:
        """Returns the hart id of each CPU, as /proc/cpuinfo lists them."""
        pairs = re.findall(r"^processor\s*: (\d+)\nhart\s*: (\d+)$", self.files["/proc/cpuinfo"], re.MULTILINE)
        return {int(cpu): int(hart) for cpu, hart in pairs}

    def unknown(self, events: str) -> list[str]:
        """Returns the elements of a list of events that match no event of the kernel. An element is `SYSTEM:EVENT`, or the
        name of a system or of an event; `*` stands for any text."""
        pairs = [line.split(":", 1) for line in self.files["set_event"].split() if ":" in line]
        names = {name for system, event in pairs for name in (f"{system}:{event}", system, event)}
        return [each for each in events.split(",") if each and not fnmatch.filter(names, each)]

    def overwritten(self) -> int:
        """Returns how many events the kernel has overwritten or dropped because a buffer was full."""
        counts = [
            int(number)
            for name, text in self.files.items()
            if name.endswith("/stats")
            for number in re.findall(r"^(?:overrun|commit overrun|dropped events): (\d+)$", text, re.MULTILINE)
        ]
        return sum(counts)


def read(path: Path) -> Buffers:
    """Returns the contents of the guest's file. Raises FtraceError if the file is not complete."""
    data = path.read_bytes()
    buffers = Buffers({})
    at = 0
    while True:
        end = data.find(b"\n", at, at + _LINE_MOST)
        name, _, size = data[at : max(end, at)].decode(errors="replace").rpartition(" ")
        if end < 0 or not size.isdecimal() or len(data) < end + 1 + int(size):
            raise FtraceError(f"{path}: the guest has not sent all of ftrace's buffers: its file ends at byte {len(data)}")
        content = data[end + 1 : end + 1 + int(size)]
        at = end + 1 + int(size)
        if name == "end":
            return buffers
        if match := _PAGES.fullmatch(name):
            buffers.pages[int(match[1])].append(content)
        else:
            buffers.files[name] = content.decode(errors="replace")
