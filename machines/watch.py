"""Watches a machine until it ends. Passes new output immediately to a listener, and stops the machine when it exceeds a
limit.

This file knows nothing about the program on the machine. The listener interprets the output.
"""

from __future__ import annotations

import os
import selectors
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from machines.machine import Machine

_CHUNK = 65536


class Listener(Protocol):
    """Receives what a machine prints."""

    def on_console(self, data: bytes) -> None:
        """The guest has printed something."""

    def on_message(self, data: bytes) -> None:
        """The machine itself has printed something. The text is a warning, or the guest has printed it by
        semihosting."""

    def on_look(self) -> float:
        """Is called after each output. Is also called when the time that the previous call returned has passed. Returns
        the number of seconds until the next call."""


@dataclass(frozen=True)
class Limits:
    """The limits at which a machine is stopped. A limit of None does not apply."""

    seconds: float | None = None  # maximum time since the start
    silence: float | None = None  # maximum number of seconds without output
    output: int | None = None  # maximum number of bytes of output


class Reason(Enum):
    """Why a machine has ended."""

    ITSELF = "by itself"
    SECONDS = "it ran too long"
    SILENCE = "it printed nothing for too long"
    OUTPUT = "it printed too much"


@dataclass(frozen=True)
class End:
    """Says how a run ended. `code` is the exit code of the machine. A machine that was stopped also has an exit
    code."""

    reason: Reason
    code: int
    seconds: float


class _Watch:
    """Watches one run. Measures how long the machine runs and how much it prints, and compares both with the limits."""

    def __init__(self, machine: Machine, listener: Listener, limits: Limits) -> None:
        self._machine = machine
        self._listener = listener
        self._limits = limits
        self._begin = self._last_output = time.monotonic()
        self._bytes = 0

    @property
    def seconds(self) -> float:
        """The number of seconds since the start."""
        return time.monotonic() - self._begin

    def _exceeded(self, waited_since: float) -> Reason | None:
        """Returns the reason to stop the machine, or None if no limit has been exceeded. @p waited_since is the time at
        which the last wait for output began. All output from before that time has been read. Output from after that
        time may not have been read yet, for example because the listener was busy. Therefore this function measures the
        silence only up to that time."""
        silence = waited_since - self._last_output
        for reason, limit, reached in (
            (Reason.SECONDS, self._limits.seconds, self.seconds),
            (Reason.SILENCE, self._limits.silence, silence),
            (Reason.OUTPUT, self._limits.output, self._bytes),
        ):
            if limit is not None and reached > limit:
                return reason
        return None

    def _take(self, descriptor: int, hand_on: Callable[[bytes], None]) -> bool:
        """Reads the output that has arrived, and passes it to @p hand_on. Returns whether more output may follow."""
        data = os.read(descriptor, _CHUNK)
        self._bytes += len(data)
        if data:
            self._last_output = time.monotonic()
            hand_on(data)
        return bool(data)

    def until_end(self) -> Reason:
        """Waits until the machine has ended or has exceeded a limit. Returns the reason why the waiting ended."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._machine.console, selectors.EVENT_READ, self._listener.on_console)
            if self._machine.messages is not None:
                selector.register(self._machine.messages, selectors.EVENT_READ, self._listener.on_message)
            pause = self._listener.on_look()
            while selector.get_map():
                waited_since = time.monotonic()
                for key, _ in selector.select(pause):
                    if not self._take(key.fd, key.data):
                        selector.unregister(key.fileobj)
                pause = self._listener.on_look()
                exceeded = self._exceeded(waited_since)
                if exceeded:
                    return exceeded
        return Reason.ITSELF


def watch(machine: Machine, listener: Listener, limits: Limits, stdin: int | None) -> End:
    """Starts a machine and watches it until it ends. When this function returns or raises an exception, the machine has
    stopped."""
    watched = _Watch(machine, listener, limits)
    machine.start(stdin)
    try:
        reason = watched.until_end()
        if reason is not Reason.ITSELF:
            machine.stop()
        code = machine.wait()
    finally:
        machine.stop()
    return End(reason, code, watched.seconds)
