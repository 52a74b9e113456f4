"""A machine for tests. It has only a console, like a board that is connected by a serial line. A shell script prints
the text that a guest would print."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from machines.directory import Monitor
from machines.machine import Guest, Make, Part, Settings, lacking

REASON = "it is behind a serial line"


class ConsoleOnly:
    """A Machine (machine.py) that runs a shell script instead of the guest."""

    name = "the board"
    lacks: Mapping[Part, str] = {part: REASON for part in Part}
    versions: dict[str, str] = {}
    notes: list[str] = []
    messages = None

    def __init__(self, script: str, guest: Guest | None = None) -> None:
        self._guest = guest
        self.command = ["sh", "-c", script]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def guest(self) -> Guest:
        assert self._guest is not None, "this machine was made without a guest"
        return self._guest

    @property
    def memory_file(self) -> Path:
        raise lacking(self, Part.MEMORY_FILE)

    @property
    def monitor(self) -> Monitor:
        raise lacking(self, Part.MONITOR)

    @property
    def debugger(self) -> str:
        raise lacking(self, Part.DEBUGGER)

    def start(self, stdin: int | None) -> None:
        self._process = subprocess.Popen(self.command, stdin=stdin, stdout=subprocess.PIPE)

    @property
    def console(self) -> int:
        assert self._process and self._process.stdout
        return self._process.stdout.fileno()

    def wait(self) -> int:
        assert self._process
        return self._process.wait()

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            if self._process.stdout:
                self._process.stdout.close()


def prints(script: str) -> Make:
    """Returns a function that makes a machine that runs @p script for any guest."""

    def make(guest: Guest, _settings: Settings, _scratch: Path) -> ConsoleOnly:
        return ConsoleOnly(script, guest)

    return make
