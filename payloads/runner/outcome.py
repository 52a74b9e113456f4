"""Runs test guests. Returns the output of a guest and how its run ended. If a guest prints nothing for too long, its
run is stopped."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from machines import boards, recording, session
from machines.firmware import load
from machines.images import Image, MemoryMap
from machines.machine import Guest, Machine, Settings
from machines.watch import Limits, Reason, watch

SECONDS_WITHOUT_OUTPUT = 240.0
MAXIMUM_OUTPUT = 2_000_000

# While a guest prints nothing, the runner checks the progress of the run whenever this many seconds have passed.
LOOK_SECONDS = 1.0

# Every line that hv prints begins with this text. All other lines on the console come from the guest.
HV_LINE = re.compile(r"^hartscope: ")

# The first line that every guest prints.
FIRST_LINE = b"guest begins"

# The verdict is the last line that a guest prints. After the verdict, only modules of hv may print, for example their
# tables.
LAST_LINE = re.compile(r"^(PASS|SKIP .*|FAIL \d+)$")

# Guests are linked for a machine with this memory size. The size also determines the address of the device tree,
# because QEMU puts the tree at the end of RAM.
MEMORY = ["-m", "256M"]


@dataclass
class Outcome:
    """The output of a run, and how the run ended."""

    console: str
    exit_code: int | None  # None if the run was stopped because it made no progress
    command: list[str]

    def guest_lines(self) -> list[str]:
        """Returns the lines that the guest printed, from its first line to its verdict. Leaves out the lines that hv
        printed."""
        lines = [line.rstrip("\r") for line in self.console.split("\n")]
        lines = [line for line in lines if line and not HV_LINE.match(line)]
        if FIRST_LINE.decode() in lines:
            lines = lines[lines.index(FIRST_LINE.decode()):]
        for number, line in enumerate(lines):
            if LAST_LINE.match(line):
                return lines[: number + 1]
        return lines

    def hv_lines(self) -> list[str]:
        """Returns the lines that hv printed."""
        lines = [line.rstrip("\r") for line in self.console.split("\n")]
        return [line for line in lines if HV_LINE.match(line)]


class _Transcript:
    """Collects everything that a run prints. Calls @p on_begin once, when the guest has printed its first line."""

    def __init__(self, on_begin: Callable[[], None] | None) -> None:
        self.output = bytearray()
        self._on_begin = on_begin

    def on_console(self, data: bytes) -> None:
        self.output += data
        if self._on_begin and FIRST_LINE in self.output:
            self._on_begin()
            self._on_begin = None

    on_message = on_console

    def on_look(self) -> float:
        return LOOK_SECONDS


def guest_of(firmware: Path, image: Image | None, payload: Path | None = None) -> Guest:
    """Makes a guest from the given files. If @p image is None, the guest will run on the bare machine, otherwise under
    hv."""
    memory = image.memory if image else MemoryMap()
    return Guest(image, load(firmware, memory.firmware), load(payload, memory.payload) if payload else None)


def settings_of(
    harts: int = 1, cpu: str = "rv64", options: list[str] | None = None, board: str = boards.DEFAULT
) -> Settings:
    """Returns the settings of the machine for a test guest. If @p cpu is empty, the board has its own CPU. @p options are
    further arguments for QEMU."""
    model = ["-cpu", cpu] if cpu else []
    return Settings(harts, board=board, stdin=subprocess.DEVNULL, extra=[*model, *MEMORY, *(options or [])])


def observe(machine: Machine, silence: float = SECONDS_WITHOUT_OUTPUT, on_begin: Callable[[], None] | None = None) -> Outcome:
    """Runs a machine until it ends by itself or has printed nothing for @p silence seconds."""
    transcript = _Transcript(on_begin)
    end = watch(machine, transcript, Limits(silence=silence, output=MAXIMUM_OUTPUT), subprocess.DEVNULL)
    code = end.code if end.reason is Reason.ITSELF else None
    return Outcome(transcript.output.decode(errors="replace"), code, machine.command)


def run(guest: Guest, settings: Settings, silence: float = SECONDS_WITHOUT_OUTPUT) -> Outcome:
    """Makes a machine for a guest, and runs it until it ends by itself or has printed nothing for @p silence
    seconds."""
    with session.assembled(guest, settings) as machine:
        return observe(machine, silence)


def record(guest: Guest, settings: Settings, dump: Path) -> Outcome:
    """Like run, but also records the trace of the guest's image of hv into the file @p dump. Raises RuntimeError if the guest
    fails or the trace cannot be recorded."""
    assert guest.image, "only hv has a trace"
    made = recording.Recording()
    with session.assembled(guest, settings) as machine:
        with recording.recording(guest.image, machine, replace(settings, dump=dump), made):
            outcome = observe(machine)
    if outcome.exit_code != 0 or made.problem:
        raise RuntimeError(f"exit code {outcome.exit_code}, {made.problem}\n{outcome.console}")
    return outcome
