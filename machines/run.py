"""Runs a machine until it ends. Copies the output on the console, and records the time and the counters at the start of
each phase.

session.py calls this file. This file prints nothing, but passes everything to an observer.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Protocol

from cli.failure import EXIT_TIME_OUT
from machines.console import Console
from machines.directory import PHASE_NAMES, Directory, HartCounters, PhaseStamp
from machines.machine import Machine, Part, monitor_of
from machines.watch import Limits, Reason, watch

# The runner reads hv's phases at these intervals. When it finds a new phase, it reads the counters. The first phases
# last only milliseconds, so the interval is short during the first seconds.
_EARLY_LOOK_SECONDS = 0.001
_LOOK_SECONDS = 0.05
_EARLY = 10.0

_LONGEST_ERRORS = 65536


class Observer(Protocol):
    """Is informed about everything that happens during a run."""

    def on_console(self, data: bytes) -> None:
        """Console output has arrived."""

    def on_error(self, data: bytes) -> None:
        """The machine has printed to its stderr. The text is a warning, or the guest has printed it by semihosting."""

    def on_phase(self, name: str, seconds: float) -> None:
        """A phase has begun. @p seconds is the time since the machine's start."""


class Log(Protocol):
    """Stores the console's output."""

    def write(self, data: bytes, /) -> object:
        """Stores all of the data."""


@dataclass
class Stamp:
    """The start of a phase, in seconds of the host's clock since the start of the run, and the counters at that moment."""

    name: str
    seconds: float
    counters: list[HartCounters] | None


@dataclass
class Run:
    """The results of a run."""

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


class Runner:
    """Records one run. A Runner is the listener to which watch.py passes the output of the machine.

    Args:
      first_phase: the phase in which the machine starts; None if hv reports the phases
    """

    def __init__(self, machine: Machine, first_phase: str | None, console: Console, observer: Observer, log: Log) -> None:
        self._machine = machine
        self._monitor = monitor_of(machine)
        self._first_phase = first_phase
        self._observer = observer
        self._log = log
        self._begin = 0.0
        self.run = Run(console, versions=machine.versions)

    def execute(self, timeout: float | None, stdin: int | None) -> Run:
        """Runs the machine until it ends or until the time-out. @p stdin is the same as in subprocess."""
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
        """Returns whether hv will report no more phases. Without hv, nothing reports phases. Looking for them often would take
        time of the host from the guest, and a bare run would look slower than it is."""
        return self._machine.guest.image is None or len(self.run.guest_stamps) == len(PHASE_NAMES)

    def on_look(self) -> float:
        """Records the phases that hv has reported since the last call."""
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
        """Returns whether hv reports when the payload is entered."""
        found = self._monitor.directory()
        return found is not None and found.phases != 0

    def _stamp_hidden(self) -> None:
        """Records that hv and the firmware begin, according to the console, if nobody can watch hv from outside."""
        if self._machine.guest.image is None or Part.MONITOR not in self._machine.lacks:
            return
        console = self.run.console
        for name, has_begun in (("hv", console.monitor_begun), ("firmware", console.firmware_begun)):
            if has_begun and name not in [stamp.name for stamp in self.run.stamps]:
                self._stamp(name)

    def on_console(self, data: bytes) -> None:
        """Stores the output of the console, and records the phases that begin according to this output."""
        self._log.write(data)
        self._observer.on_console(data)
        was_ready = self.run.console.firmware_ready
        phases = self.run.console.feed(data)
        self._stamp_hidden()
        if self.run.console.firmware_ready and not was_ready and not self._stamps_kernel():
            self._stamp("kernel")
        for name in phases:
            self.on_look()
            self._stamp(name)

    def on_message(self, data: bytes) -> None:
        """Stores the messages that the machine itself prints."""
        self._log.write(data)
        self._observer.on_error(data)
        if len(self.run.errors) < _LONGEST_ERRORS:
            self.run.errors += data.decode(errors="replace")

    def _finish(self) -> None:
        self.run.console.finish()
        self.run.counters = self._monitor.counters()
        self.run.directory = self._monitor.directory()
        # Read the phases again. When the first phases were read, hv had not set up the modules that count yet, so the
        # numbers of exits were missing.
        self.run.guest_stamps = self._monitor.phases()[: len(self.run.guest_stamps)]
