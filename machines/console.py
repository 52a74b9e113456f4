"""Watches a guest's console. Finds the phases and the values that the guest prints, and keeps the last lines for a
report.

The caller passes the bytes as they arrive. This file knows nothing about processes or clocks.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field

from machines.kernel_log import KernelLog

TAIL_LINES = 30
MAX_LINE = 4096

# The phases of payloads/linux. Any guest can print that a phase begins. But only these phases are recognised, because a
# result can contain no other phases.
PHASES = ("init", "workload", "command", "shell", "shutdown")
PHASE_BEGINS = "hartscope: phase "
COMMAND_ENDED = "hartscope: command ended with "

_PHASE = re.compile(rf"{PHASE_BEGINS}({'|'.join(PHASES)})\b")
_COMMAND = re.compile(rf"{COMMAND_ENDED}(\d+)")
_HARTS = re.compile(r"hartscope: harts (\d+)")
_SHA256 = re.compile(r"hartscope: sha256 ([0-9a-f]{64})")
_FIGURE = re.compile(r"hartscope: figure (\w+) (\w+) ([0-9.]+)\s*$")
_COST = re.compile(r"hartscope: cost (\w+) (\d+) (\d+)\s*$")
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")

# OpenSBI's last line before it enters the payload. On the bare machine, nothing else shows when OpenSBI enters the
# payload.
_OPENSBI_READY = "Boot HART MEDELEG"

# The first lines of hv, OpenSBI and U-Boot, which is often the payload on a board. If only a serial line connects the
# board, nothing else shows when they begin. U-Boot's SPL, which runs before hv, calls itself "U-Boot SPL".
_MONITOR_BEGINS = re.compile(r"hartscope: hart \d+ info hv_core: config ")
_OPENSBI_BEGINS = "OpenSBI v"
_UBOOT_BEGINS = re.compile(r"U-Boot \d{4}\.\d\d")


@dataclass(frozen=True)
class Figure:
    """A figure that the guest measured itself."""

    name: str
    unit: str
    value: float


@dataclass(frozen=True)
class Cost:
    """The number of instructions that several repetitions of one operation took."""

    name: str
    total: int
    repetitions: int

    @property
    def each(self) -> float:
        return self.total / self.repetitions


@dataclass
class Console:
    """The console of one guest, and everything that was found in its output so far."""

    phases: list[str] = field(default_factory=list)
    harts: int | None = None
    sha256: str | None = None
    command_code: int | None = None
    figures: list[Figure] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)
    monitor_begun: bool = False
    firmware_begun: bool = False
    firmware_ready: bool = False
    lines: int = 0
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=TAIL_LINES))
    signs: list[str] = field(default_factory=list)
    signatures: tuple[str, ...] = ()
    kernel_log: KernelLog = field(default_factory=KernelLog)
    _partial: bytes = b""

    def feed(self, data: bytes) -> list[str]:
        """Takes the next bytes of the console. Returns the names of the phases that begin in these bytes."""
        *whole, self._partial = (self._partial + data).split(b"\n")
        if len(self._partial) > MAX_LINE:
            whole.append(self._partial)
            self._partial = b""
        before = len(self.phases)
        for line in whole:
            self._line(line)
        return self.phases[before:]

    def finish(self) -> None:
        """Must be called when the machine has stopped. Treats the bytes after the last line break as a complete
        line."""
        if self._partial:
            self._line(self._partial)
            self._partial = b""

    def _line(self, raw: bytes) -> None:
        line = _ESCAPES.sub("", raw.decode(errors="replace"))
        if not line.strip():
            return
        self.lines += 1
        self.tail.append(line)
        self.signs += [sign for sign in self.signatures if sign in line and sign not in self.signs]
        self.kernel_log.feed(line)
        self.monitor_begun |= _MONITOR_BEGINS.match(line) is not None
        self.firmware_begun |= line.startswith(_OPENSBI_BEGINS)
        self.firmware_ready |= line.startswith(_OPENSBI_READY) or _UBOOT_BEGINS.match(line) is not None
        if "hartscope: " in line:
            self._statement(line)

    def _statement(self, line: str) -> None:
        if match := _PHASE.search(line):
            if match[1] not in self.phases:
                self.phases.append(match[1])
        elif match := _HARTS.search(line):
            self.harts = int(match[1])
        elif match := _COMMAND.search(line):
            self.command_code = int(match[1])
        elif match := _SHA256.search(line):
            self.sha256 = match[1]
        elif match := _FIGURE.search(line):
            self.figures.append(Figure(match[1], match[2], float(match[3])))
        elif match := _COST.search(line):
            self.costs.append(Cost(match[1], int(match[2]), max(int(match[3]), 1)))
