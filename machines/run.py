"""Runs QEMU to its end: copies the console, stamps phases, reads hv's counters at each stamp, enforces the time-out.

Called by each runner. Prints nothing itself: what passes is handed to an observer.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from machines import directory as shared
from machines.console import Console
from cli.failure import EXIT_TIME_OUT
from cli.workspace import user_path

_EARLY_POLL_SECONDS = 0.001
_POLL_SECONDS = 0.05
_CHUNK = 65536
_TERMINATE_SECONDS = 5


class Observer(Protocol):
    """Whoever wants to see a run while it happens."""

    def on_console(self, data: bytes) -> None:
        """Console output has arrived."""

    def on_error(self, data: bytes) -> None:
        """QEMU has written to its stderr: a warning, or what the guest prints by semihosting."""

    def on_phase(self, name: str, seconds: float) -> None:
        """A phase has begun, so many seconds after the machine's start."""


class Log(Protocol):
    """Where the console is kept."""

    def write(self, data: bytes, /) -> object:
        """Takes all of the data."""


@dataclass
class Stamp:
    """A phase's begin on the host's clock, and the counters at that moment."""

    name: str
    seconds: float
    counters: list[shared.HartCounters] | None


@dataclass
class Run:
    """What a run left behind."""

    console: Console
    code: int = 0
    timed_out: bool = False
    seconds: float = 0.0
    stamps: list[Stamp] = field(default_factory=list)
    guest_stamps: list[shared.PhaseStamp] = field(default_factory=list)
    counters: list[shared.HartCounters] | None = None
    directory: shared.Directory | None = None
    errors: str = ""
    faults_are_ignored: bool = False


class Probe:
    """Looks into the guest's memory for hv's directory. Without an image (bare) it sees nothing."""

    def __init__(self, memory_file: Path, address: int | None) -> None:
        self._path = memory_file
        self._address = address
        self._memory: shared.GuestMemory | None = None

    def directory(self) -> shared.Directory | None:
        """Returns hv's directory once hv has been loaded."""
        if self._address is None:
            return None
        if self._memory is None:
            if not self._path.exists() or self._path.stat().st_size == 0:
                return None
            self._memory = shared.GuestMemory.open(self._path)
        return shared.read_directory(self._memory, self._address)

    @property
    def is_bare(self) -> bool:
        """Whether there is no hv to look into."""
        return self._address is None

    def stamps_kernel(self) -> bool:
        """Whether hv itself says when the payload is entered."""
        found = self.directory()
        return found is not None and found.phases != 0

    def counters(self) -> list[shared.HartCounters] | None:
        """Returns the counters of each hart, if hv keeps any."""
        found = self.directory()
        return shared.read_counters(self._memory, found) if found and self._memory else None

    def phases(self) -> list[shared.PhaseStamp]:
        """Returns the phases that hv has stamped."""
        found = self.directory()
        return shared.read_phases(self._memory, found) if found and self._memory else []


class Runner:
    """One QEMU process and what is known of it."""

    def __init__(self, command: list[str], probe: Probe, console: Console, observer: Observer, log: Log) -> None:
        self._command = command
        self._probe = probe
        self._observer = observer
        self._log = log
        self._begin = 0.0
        self.run = Run(console)

    def execute(self, timeout: float | None, stdin: int | None) -> Run:
        """Runs the machine to its end or the time-out. stdin: as in subprocess."""
        self._begin = time.monotonic()
        if self._probe.is_bare:
            self._stamp("firmware")
        pipe, place = subprocess.PIPE, user_path(".")  # files that the user names for QEMU are relative to this
        process = subprocess.Popen(self._command, stdin=stdin, stdout=pipe, stderr=pipe, cwd=place)
        try:
            self._watch(process, timeout)
        finally:
            _stop(process)
        self._finish(process.returncode)
        return self.run

    def _elapsed(self) -> float:
        return time.monotonic() - self._begin

    def _watch(self, process: subprocess.Popen[bytes], timeout: float | None) -> None:
        takers: dict[int, Callable[[bytes], None]] = {}
        with selectors.DefaultSelector() as selector:
            for stream, taker in ((process.stdout, self._take_console), (process.stderr, self._take_error)):
                assert stream is not None
                takers[stream.fileno()] = taker
                selector.register(stream, selectors.EVENT_READ)
            while selector.get_map():
                for key, _ in selector.select(self._poll_seconds()):
                    data = os.read(key.fd, _CHUNK)
                    takers[key.fd](data)
                    if not data:
                        selector.unregister(key.fileobj)
                self._poll()
                if timeout is not None and self._elapsed() > timeout:
                    self.run.timed_out = True
                    return
        process.wait()

    def _poll_seconds(self) -> float:
        early = len(self.run.guest_stamps) < len(shared.PHASE_NAMES)
        return _EARLY_POLL_SECONDS if early and self._elapsed() < 10 else _POLL_SECONDS

    def _poll(self) -> None:
        seen = self._probe.phases() if len(self.run.guest_stamps) < len(shared.PHASE_NAMES) else []
        for stamp in seen[len(self.run.guest_stamps) :]:
            self.run.guest_stamps.append(stamp)
            self._stamp(stamp.name)

    def _stamp(self, name: str) -> None:
        seconds = self._elapsed()
        self.run.stamps.append(Stamp(name, seconds, self._probe.counters()))
        self._observer.on_phase(name, seconds)

    def _take_console(self, data: bytes) -> None:
        self._log.write(data)
        self._observer.on_console(data)
        was_ready = self.run.console.firmware_ready
        phases = self.run.console.feed(data)
        if self.run.console.firmware_ready and not was_ready and not self._probe.stamps_kernel():
            self._stamp("kernel")
        for name in phases:
            self._poll()
            self._stamp(name)

    def _take_error(self, data: bytes) -> None:
        self._log.write(data)
        self._observer.on_error(data)
        if len(self.run.errors) < _CHUNK:
            self.run.errors += data.decode(errors="replace")

    def _finish(self, code: int) -> None:
        self.run.seconds = self._elapsed()
        self.run.console.finish()
        self.run.code = EXIT_TIME_OUT if self.run.timed_out else code
        self.run.counters = self._probe.counters()
        self.run.directory = self._probe.directory()
        # Again, now that hv knows all of its modules: its first notes were made before they were set up.
        self.run.guest_stamps = self._probe.phases()[: len(self.run.guest_stamps)]


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_TERMINATE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for stream in (process.stdout, process.stderr):
        if stream:
            stream.close()
