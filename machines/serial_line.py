"""Implements a machine with a board that is connected only by a serial line. The guest is already on the board; this file
only listens, from the moment before the board is switched on until the run has ended.

A thread reads the device and passes the bytes on through a pipe, which it closes at the end of the run. So the caller
sees the end of the output, as from a machine that ends.
"""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import serial

from cli.failure import EXIT_GUEST_FAILED, Failure
from machines.directory import Monitor
from machines.line_end import LineEnd
from machines.machine import Guest, Part, lacking

REASON = "a serial line connects it"
USUAL_BAUD = 115200
BAUDS = (9600, 38400, 57600, 115200, 230400, 921600, 1500000)

# After the text of the end has begun, this many seconds of silence end the run.
QUIET_SECONDS = 15.0

# The thread looks at the clock this often.
_LOOK_SECONDS = 0.1
_CHUNK = 65536

# If at least this many bytes have arrived and more than this part of them is unprintable, the line is misread.
_ENOUGH, _GARBAGE = 1000, 0.3

# The usual names of adapters for serial lines.
_ADAPTERS = ("/dev/ttyUSB*", "/dev/ttyACM*", "/dev/serial/by-id/*")


@dataclass(frozen=True)
class Line:
    """A serial line. power: a shell command that switches the board off and on again. silence: if nothing at all arrives
    within so many seconds, the line is wrong."""

    console: str
    baud: int = USUAL_BAUD
    power: str | None = None
    silence: float = 60.0
    quiet: float = QUIET_SECONDS


def _other_bauds(baud: int) -> str:
    return f"--baud={baud} may be wrong; boards use " + ", ".join(str(each) for each in BAUDS if each != baud)


def _no_device(console: str) -> str:
    found = [name for pattern in _ADAPTERS for name in sorted(glob.glob(pattern))]
    there = f"the adapters here are {', '.join(found)}" if found else "no adapter is plugged in here"
    return f"--console: there is no device {console}: {there}"


def open_line(line: Line) -> serial.Serial:
    """Opens the device. Raises Failure with a remedy if that is not possible."""
    try:
        return serial.Serial(line.console, line.baud, timeout=_LOOK_SECONDS, exclusive=True)
    except ValueError as error:
        raise Failure(f"--baud={line.baud}: {line.console} cannot do this: {error}") from error
    except serial.SerialException as error:
        if not Path(line.console).exists():
            raise Failure(_no_device(line.console)) from error
        if error.errno in (errno.EACCES, errno.EPERM):
            raise Failure(f"--console: no permission for {line.console}: add yourself to the group of the device (usually dialout)") from error
        if "lock" in str(error) or error.errno == errno.EBUSY:
            raise Failure(f"--console: another program has {line.console} open: close it first") from error
        raise Failure(f"--console: {line.console} cannot be opened as a serial line: {error}") from error


class SerialLine:
    """A Machine (machine.py). It ends when hv has printed its last frame, or is silent after the end has begun."""

    name = "the board"
    lacks: Mapping[Part, str] = {part: REASON for part in Part}
    versions: dict[str, str] = {}
    notes: list[str] = []
    messages = None

    def __init__(self, guest: Guest, line: Line) -> None:
        self.guest = guest
        self.command = [line.console]
        self.end = LineEnd()
        self._line = line
        self._reader, self._writer = os.pipe()
        self._stop = threading.Event()
        self._failure: Failure | None = None
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._port: serial.Serial | None = None

    @property
    def memory_file(self) -> Path:
        raise lacking(self, Part.MEMORY_FILE)

    @property
    def monitor(self) -> Monitor:
        raise lacking(self, Part.MONITOR)

    @property
    def debugger(self) -> str:
        raise lacking(self, Part.DEBUGGER)

    def start(self, _stdin: int | None) -> None:
        self._port = open_line(self._line)
        self._port.reset_input_buffer()
        self._thread.start()
        if self._line.power:
            done = subprocess.run(["sh", "-c", self._line.power], stdin=subprocess.DEVNULL)
            if done.returncode != 0:
                raise Failure(f"--power: the command ended with {done.returncode}: {self._line.power}")

    @property
    def console(self) -> int:
        return self._reader

    def _take(self) -> bytes:
        """Returns the bytes that have arrived. Waits a short time if there are none. Raises Failure if the device is gone."""
        assert self._port
        try:
            data: bytes = self._port.read(1)
            more: bytes = self._port.read(min(self._port.in_waiting, _CHUNK)) if data else b""
            return data + more
        except (OSError, TypeError) as error:  # pyserial's exception is an OSError; a closed port gives a TypeError
            raise Failure(f"{self._line.console} disappeared in the middle of the run: was it unplugged? ({error})", EXIT_GUEST_FAILED) from error

    def _problem(self, silent_for: float) -> Failure | None:
        """Returns why there is no use in waiting any longer, or None."""
        end, line = self.end, self._line
        if end.bytes == 0 and silent_for > line.silence:
            return Failure(
                f"nothing arrived from {line.console} within {line.silence:g} s: is the board switched on, is TX connected to RX, "
                f"and is this its console? {_other_bauds(line.baud)}",
                EXIT_GUEST_FAILED,
            )
        if end.bytes >= _ENOUGH and end.unprintable > _GARBAGE * end.bytes:
            return Failure(f"{line.console} delivers no text ({end.unprintable} of {end.bytes} bytes are unprintable): {_other_bauds(line.baud)}", EXIT_GUEST_FAILED)
        return None

    def _listen_until_end(self) -> None:
        last = time.monotonic()
        while not self._stop.is_set() and not self.end.is_complete:
            data = self._take()
            now = time.monotonic()
            if data:
                last = now
                self.end.feed(data)
                os.write(self._writer, data)
            problem = self._problem(now - last)
            if problem:
                raise problem
            if self.end.begins and now - last > self._line.quiet:
                return

    def _listen(self) -> None:
        """Passes everything from the device on until the run has ended."""
        try:
            self._listen_until_end()
        except Failure as failure:
            self._failure = failure
        except BrokenPipeError:
            pass  # stop() has closed the other end, because nobody wants to read any more
        finally:
            os.close(self._writer)

    def wait(self) -> int:
        self._thread.join()
        if self._failure and not self.end.begins:
            raise self._failure
        return 0

    def stop(self) -> None:
        self._stop.set()
        with contextlib.suppress(OSError):
            os.close(self._reader)
        if self._thread.is_alive():
            self._thread.join()
        if self._port:
            self._port.close()
