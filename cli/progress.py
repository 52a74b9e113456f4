"""Observers of a run. During the run, one of them shows on the terminal what the user wants to see. This is either the
phases or the console."""

from __future__ import annotations

import sys
from typing import TextIO


class PhaseLines:
    """Shows one line at the start of each phase."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def on_console(self, data: bytes) -> None:
        """Shows nothing, because the console is only written to the log."""

    def on_error(self, data: bytes) -> None:
        """Shows nothing, because QEMU's messages are only written to the log."""

    def on_phase(self, name: str, seconds: float) -> None:
        print(f"[{seconds:8.3f} s] phase {name}", file=self._stream, flush=True)


class ConsoleCopy:
    """Copies the guest's console to stdout, byte by byte, and QEMU's messages to stderr."""

    def on_console(self, data: bytes) -> None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def on_error(self, data: bytes) -> None:
        sys.stderr.buffer.write(data)
        sys.stderr.buffer.flush()

    def on_phase(self, name: str, seconds: float) -> None:
        """Shows nothing, because the guest prints the phases on the console."""


class Silent:
    """Shows nothing."""

    def on_console(self, data: bytes) -> None:
        """Shows nothing."""

    def on_error(self, data: bytes) -> None:
        """Shows nothing."""

    def on_phase(self, name: str, seconds: float) -> None:
        """Shows nothing."""
