"""Runs a machine to its end as runners do: copies the console, stamps the phases with time and counters.

Called by session.py. Prints nothing itself: what passes is handed to an observer.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Protocol

from cli.failure import EXIT_TIME_OUT
from machines.console import Console
from machines.directory import PHASE_NAMES, Directory, HartCounters, Monitor, PhaseStamp
from machines.machine import Machine, Part
from machines.watch import Limits, Reason, watch

# The first phases pass within milliseconds, and their counters are read when they are seen.
_EARLY_LOOK_SECONDS = 0.001
_LOOK_SECONDS = 0.05
_EARLY = 10.0

_LONGEST_ERRORS = 65536


class Observer(Protocol):
    """Whoever wants to see a run while it happens."""

    def on_console(self, data: bytes) -> None:
        """Console output has arrived."""

    def on_error(self, data: bytes) -> None:
        """The machine has printed to its stderr: a warning, or what the guest prints by semihosting."""

    def on_phase(self, name: str, seconds: float) -> None:
        """A phase has begun, so many seconds after the machine's start."""


class Log(Protocol):
    """Where the console is kept."""

    def write(self, data: bytes, /) -> object:
        """Takes all of the data."""


@dataclass
class Stamp:
    """A phase's start on the host's clock, and the counters at that moment."""

    name: str
    seconds: float
    counters: list[HartCounters] | None


@dataclass
class Run:
    """What a run left behind."""

    console: Console
    code: int = 0
    timed_out: bool = False
    seconds: float = 0.0
    stamps: list[Stamp] = field(default_factory=list)
    guest_stamps: list[PhaseStamp] = field(default_factory=list)
    counters: list[HartCounters] | None = None
    directory: Directory | None = None
    errors: str = ""
    faults_are_ignored: bool = False
    versions: dict[str, str] = field(default_factory=dict)


class _Blind:
    """The monitor of a machine that has none."""

    def directory(self) -> None:
        return None

    def phases(self) -> list[PhaseStamp]:
        return []

    def counters(self) -> None:
        return None


class Runner:
    """One run: a listener of watch.py that notes what happens.

    Args:
      first_phase: what the machine runs first, if hv itself does not report its phases
    """

    def __init__(self, machine: Machine, first_phase: str | None, console: Console, observer: Observer, log: Log) -> None:
        self._machine = machine
        self._monitor: Monitor = _Blind() if Part.MONITOR in machine.lacks else machine.monitor
        self._first_phase = first_phase
        self._observer = observer
        self._log = log
        self._begin = 0.0
        self.run = Run(console, versions=machine.versions)

    def execute(self, timeout: float | None, stdin: int | None) -> Run:
        """Runs the machine to its end or the time-out. stdin: as in subprocess."""
        self._begin = time.monotonic()
        if self._first_phase:
            self._stamp(self._first_phase)
        end = watch(self._machine, self, Limits(seconds=timeout), stdin)
        self.run.seconds = end.seconds
        self.run.timed_out = end.reason is Reason.SECONDS
        self.run.code = EXIT_TIME_OUT if self.run.timed_out else end.code
        self._finish()
        return self.run

    def _elapsed(self) -> float:
        return time.monotonic() - self._begin

    def _all_seen(self) -> bool:
        return len(self.run.guest_stamps) == len(PHASE_NAMES)

    def on_look(self) -> float:
        """Stamps the phases that hv has reported since the last look."""
        seen = [] if self._all_seen() else self._monitor.phases()
        for stamp in seen[len(self.run.guest_stamps) :]:
            self.run.guest_stamps.append(stamp)
            self._stamp(stamp.name)
        return _LOOK_SECONDS if self._all_seen() or self._elapsed() > _EARLY else _EARLY_LOOK_SECONDS

    def _stamp(self, name: str) -> None:
        seconds = self._elapsed()
        self.run.stamps.append(Stamp(name, seconds, self._monitor.counters()))
        self._observer.on_phase(name, seconds)

    def _stamps_kernel(self) -> bool:
        """Whether hv itself reports when the payload is entered."""
        found = self._monitor.directory()
        return found is not None and found.phases != 0

    def on_console(self, data: bytes) -> None:
        """Keeps the console, and stamps the phases that it announces."""
        self._log.write(data)
        self._observer.on_console(data)
        was_ready = self.run.console.firmware_ready
        phases = self.run.console.feed(data)
        if self.run.console.firmware_ready and not was_ready and not self._stamps_kernel():
            self._stamp("kernel")
        for name in phases:
            self.on_look()
            self._stamp(name)

    def on_message(self, data: bytes) -> None:
        """Keeps what the machine itself prints."""
        self._log.write(data)
        self._observer.on_error(data)
        if len(self.run.errors) < _LONGEST_ERRORS:
            self.run.errors += data.decode(errors="replace")

    def _finish(self) -> None:
        self.run.console.finish()
        self.run.counters = self._monitor.counters()
        self.run.directory = self._monitor.directory()
        # Again, now that hv knows all of its modules: its first notes were made before they were set up.
        self.run.guest_stamps = self._monitor.phases()[: len(self.run.guest_stamps)]
