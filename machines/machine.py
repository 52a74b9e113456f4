"""What a machine is, for everyone who runs a guest: it gets one guest, starts once, is watched, and stops.

QEMU is the machine that there is now (qemu.py). Another one need not have every part: a board behind a serial line has no
file with the guest's memory, and an interpreter of instructions may have no port for a debugger. So each machine lists what it
lacks, and why; `require` turns that into an error for the user. Nobody else asks which machine it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Protocol

from cli.failure import Failure
from machines.directory import Monitor
from machines.firmware import Program
from machines.images import Image
from machines.outside import InstructionCount, TrapLog


class Part(Enum):
    """What a machine may lack, as messages name it."""

    MEMORY_FILE = "a file with the guest's memory"
    MONITOR = "a way to read hv's counters while the guest runs"
    INSTRUCTION_COUNT = "a count of instructions from outside"
    TRAP_LOG = "a log of traps from outside"
    DEBUGGER = "a port for a debugger"
    DETERMINISM = "runs that repeat"
    NODES = "NUMA nodes"


class Lacking(Failure):
    """The user wants something of a machine that it lacks."""


@dataclass(frozen=True)
class Guest:
    """What runs on the machine. image: hv, or None for a bare run."""

    image: Image | None
    firmware: Program
    payload: Program | None = None
    initrd: Path | None = None
    initrd_more: bytes = b""  # a cpio archive to be added to the initial RAM disk
    append: str | None = None


@dataclass(frozen=True)
class Settings:
    """How the machine runs the guest, and how the run is recorded. Only the machine itself understands `extra`."""

    harts: int
    icount: bool = False
    timeout: float | None = None
    gdb: bool = False
    log: InstructionCount | TrapLog | None = None
    dump: Path | None = None  # where the trace goes, if the image has one
    kernel_symbols: Path | None = None  # where the functions of a Linux go, if there is a trace that can name them
    stdin: int | None = None
    ignore_kernel_log: bool = False
    numa_nodes: int | None = None
    reboots: bool = False  # a reset of the machine starts the guest again, instead of ending the run
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
    """A machine with one guest, for one run. What it lacks raises Lacking where it is used."""

    @property
    def name(self) -> str:
        """What messages call it."""

    @property
    def guest(self) -> Guest:
        """Its guest, with hv in the place that the machine has for it."""

    @property
    def lacks(self) -> Mapping[Part, str]:
        """The parts that it does not have, each with the reason."""

    @property
    def command(self) -> list[str]:
        """The command line that starts it, for the user to see."""

    @property
    def versions(self) -> dict[str, str]:
        """The versions of the programs that it consists of, by their names in results."""

    @property
    def notes(self) -> list[str]:
        """What the user should know before the run starts."""

    @property
    def memory_file(self) -> Path:
        """The guest's RAM, first byte first. It shows each store at once, and may not exist before the start."""

    @property
    def monitor(self) -> Monitor:
        """What hv reports while the guest runs."""

    @property
    def log(self) -> Path:
        """The file that Settings.log has asked for; complete when the machine has ended."""

    @property
    def debugger(self) -> str:
        """Where a debugger attaches, as gdb's `target remote` takes it."""

    def start(self, stdin: int | None) -> None:
        """Starts the guest. stdin: what its console reads from, as in subprocess."""

    @property
    def console(self) -> int:
        """The file descriptor with what the guest prints; it ends when the machine does."""

    @property
    def messages(self) -> int | None:
        """The file descriptor with what the machine itself prints; None if it prints nothing."""

    def wait(self) -> int:
        """Waits until the machine has ended; returns its exit code, negative if a signal ended it."""

    def stop(self) -> None:
        """Ends the machine if it runs. Safe to call at any time and again."""


# Puts a guest onto a machine, which keeps its own files in a directory that the caller removes afterwards.
Make = Callable[[Guest, Settings, Path], Machine]


def lacking(machine: Machine, part: Part) -> Lacking:
    """Returns the error for a part that the machine lacks."""
    return Lacking(f"{machine.name} lacks {part.value}: {machine.lacks[part]}")


def require(machine: Machine, parts: Iterable[Part]) -> None:
    """Raises Lacking if the machine does not have one of these parts."""
    for part in parts:
        if part in machine.lacks:
            raise lacking(machine, part)
