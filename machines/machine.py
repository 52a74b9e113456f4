"""Defines the interface of a machine for all code that runs a guest. A machine object runs one guest once.

At present QEMU is the only machine (qemu.py). Another machine need not have every part: a board that is connected by a
serial line has no file with the guest's memory, and an interpreter of instructions may have no port for a debugger. So
each machine has a list of the parts that it lacks, with the reasons. If a user needs a part that is missing, `require`
raises an error with the reason. No other code distinguishes machines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Protocol

from cli.failure import Failure
from machines import boards
from machines.directory import MemoryMonitor, Monitor
from machines.firmware import Program
from machines.images import Image
from machines.outside import InstructionCount, TrapLog


class Part(Enum):
    """The parts that a machine may lack. The value of each member is the name of the part in messages."""

    MEMORY_FILE = "a file with the guest's memory"
    MONITOR = "a way to read hv's counters while the guest runs"
    INSTRUCTION_COUNT = "a count of instructions from outside"
    TRAP_LOG = "a log of traps from outside"
    DEBUGGER = "a port for a debugger"
    DETERMINISM = "runs that repeat"
    NODES = "NUMA nodes"


class Lacking(Failure):
    """The user needs a part that the machine lacks."""


@dataclass(frozen=True)
class Guest:
    """The programs that run on the machine. image: hv, or None for a bare run."""

    image: Image | None
    firmware: Program
    payload: Program | None = None
    initrd: Path | None = None
    initrd_more: bytes = b""  # a cpio archive that is appended to the initial RAM disk
    append: str | None = None

    def board(self, bare: str) -> boards.Board:
        """Returns the board on which the guest runs. @p bare is the name of the board if there is no hv that names one."""
        return boards.board(self.image.board if self.image else bare)


@dataclass(frozen=True)
class Settings:
    """How the machine runs the guest, and what the machine records. `extra` contains arguments that only the machine
    itself understands."""

    harts: int
    board: str = boards.DEFAULT  # the board on which the bare machine runs; an image of hv names its own
    icount: bool = False
    timeout: float | None = None
    gdb: bool = False
    log: InstructionCount | TrapLog | None = None
    dump: Path | None = None  # the file for the trace, if the image has a trace
    recorder: list[str] = field(default_factory=list)  # further options of `hstrace live`, which records the trace
    kernel_symbols: Path | None = None  # the file for the functions of the guest's Linux, if there is a trace
    stdin: int | None = None
    ignore_kernel_log: bool = False
    numa_nodes: int | None = None
    reboots: bool = False  # if true, a reset of the machine starts the guest again; if false, it ends the run
    extra: list[str] = field(default_factory=list)

    def parts(self) -> list[Part]:
        """Returns the parts that a machine must have for these settings."""
        wanted = {
            Part.DETERMINISM: self.icount,
            Part.DEBUGGER: self.gdb,
            Part.NODES: self.numa_nodes is not None,
            Part.INSTRUCTION_COUNT: isinstance(self.log, InstructionCount),
            Part.TRAP_LOG: isinstance(self.log, TrapLog),
        }
        return [part for part, is_wanted in wanted.items() if is_wanted]


class Machine(Protocol):
    """A machine with one guest, for one run. If the caller uses a part that the machine lacks, the machine raises
    Lacking."""

    @property
    def name(self) -> str:
        """The machine's name in messages."""

    @property
    def guest(self) -> Guest:
        """The guest. The machine has already chosen the address of hv."""

    @property
    def lacks(self) -> Mapping[Part, str]:
        """The parts that the machine lacks, each with the reason."""

    @property
    def command(self) -> list[str]:
        """The command line that starts the machine, to show it to the user."""

    @property
    def versions(self) -> dict[str, str]:
        """The versions of the programs that the machine uses, by their names in results."""

    @property
    def notes(self) -> list[str]:
        """Sentences that the user should read before the run starts."""

    @property
    def memory_file(self) -> Path:
        """A file with the contents of the guest's RAM. Each store of the guest is visible in the file immediately. The
        file may not exist before the start."""

    @property
    def monitor(self) -> Monitor:
        """What hv reports while the guest runs."""

    @property
    def debugger(self) -> str:
        """The address to which a debugger connects, in the form that gdb's `target remote` takes."""

    def start(self, stdin: int | None) -> None:
        """Starts the guest. @p stdin is the file from which the guest's console reads, as in subprocess."""

    @property
    def console(self) -> int:
        """The file descriptor from which the caller reads the guest's output. The output ends when the machine has
        ended."""

    @property
    def messages(self) -> int | None:
        """The file descriptor from which the caller reads the machine's own messages. None if the machine prints no
        messages."""

    def wait(self) -> int:
        """Waits until the machine has ended. Returns the exit code of the machine. The code is negative if a signal
        ended the machine."""

    def stop(self) -> None:
        """Ends the machine if it is running. May be called at any time, and several times."""


# Makes a machine with a guest. The machine keeps its files in a directory that the caller removes afterwards.
Make = Callable[[Guest, Settings, Path], Machine]


def monitor_of(machine: Machine) -> Monitor:
    """Returns the machine's monitor. If the machine lacks a monitor, returns one that never has any information."""
    return MemoryMonitor(Path(), None) if Part.MONITOR in machine.lacks else machine.monitor


def lacking(machine: Machine, part: Part) -> Lacking:
    """Returns the error that reports a part that the machine lacks, with the reason."""
    return Lacking(f"{machine.name} lacks {part.value}: {machine.lacks[part]}")


def require(machine: Machine, parts: Iterable[Part]) -> None:
    """Raises Lacking if the machine does not have one of these parts."""
    for part in parts:
        if part in machine.lacks:
            raise lacking(machine, part)
