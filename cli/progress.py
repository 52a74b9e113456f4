"""What a run shows on the terminal while it happens."""

from __future__ import annotations

import sys
from typing import TextIO


class PhaseLines:
    """One line for each phase as it begins."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def on_console(self, data: bytes) -> None:
        """The console goes to the log only."""

    def on_error(self, data: bytes) -> None:
        """So does what QEMU says."""

    def on_phase(self, name: str, seconds: float) -> None:
        print(f"[{seconds:8.3f} s] phase {name}", file=self._stream, flush=True)


class ConsoleCopy:
    """The guest's console, as it is, and what QEMU says beside it."""

    def on_console(self, data: bytes) -> None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def on_error(self, data: bytes) -> None:
        sys.stderr.buffer.write(data)
        sys.stderr.buffer.flush()

    def on_phase(self, name: str, seconds: float) -> None:
        """The console itself shows phases."""


class Silent:
    """Nothing."""

    def on_console(self, data: bytes) -> None:
        """Shows nothing."""

    def on_error(self, data: bytes) -> None:
        """Shows nothing."""

    def on_phase(self, name: str, seconds: float) -> None:
        """Shows nothing."""
