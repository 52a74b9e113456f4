"""Builds QEMU's command line. No other code builds it.

The caller passes files and addresses. This file knows nothing about hv, the file formats of guests, or processes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cli.workspace import workspace_file
from machines import qemu_memory
from machines.outside import Code, InstructionCount, TrapLog

PROGRAM = "qemu-system-riscv64"

# With all of these options, a run gives the same bytes on every machine. The option -icount alone is not enough for
# that.
DETERMINISTIC = ["-icount", "shift=0,sleep=off", "-seed", "1", "-rtc", "base=2026-01-01T00:00:00,clock=vm"]

COUNT_PLUGIN = "machines/plugin/instruction_count.so"
TRAP_PLUGIN = "machines/plugin/monitor_log.so"


@dataclass(frozen=True)
class Board:
    """The board that QEMU emulates, and the files that it loads."""

    machine: str
    cpu: str | None
    harts: int
    bios: Path
    loaded: Path
    memory_file: Path
    memory: qemu_memory.Layout
    kernel: Path | None = None
    initrd: Path | None = None
    append: str | None = None
    icount: bool = False
    gdb_port: int | None = None
    log: InstructionCount | TrapLog | None = None
    reboots: bool = False
    extra: list[str] = field(default_factory=list)


def _code(hv: Code) -> str:
    """Returns a plugin's arguments for the addresses of hv's code and trap vectors."""
    return f",text={hv.start:#x}:{hv.end:#x}" + "".join(f",vector={address:#x}" for address in hv.vectors)


def _count(wanted: InstructionCount) -> list[str]:
    option = f"{workspace_file(COUNT_PLUGIN).resolve()},out={wanted.out}"
    if wanted.entry is not None:
        option += f",entry={wanted.entry:#x}"
        option += f",firmware={wanted.entry:#x}:{wanted.end:#x}" if wanted.end else ""
    return ["-plugin", option + (_code(wanted.hv) if wanted.hv else "")]


def _log(wanted: InstructionCount | TrapLog) -> list[str]:
    """Returns the arguments that make QEMU record something from outside."""
    if isinstance(wanted, InstructionCount):
        return _count(wanted)
    plugin = f"{workspace_file(TRAP_PLUGIN).resolve()}{_code(wanted.hv)}"
    return ["-d", "int,plugin", "-D", str(wanted.out), "-plugin", plugin]


def command(board: Board) -> list[str]:
    """Returns the command line of a run. The user's arguments come last, so that they override the other arguments."""
    line = [PROGRAM, "-machine", board.machine, *board.memory.arguments(board.memory_file), "-m", f"{board.memory.size >> 10}K"]
    line += ["-smp", str(board.harts), "-nographic", "-bios", str(board.bios)]
    if board.cpu:
        line += ["-cpu", board.cpu]
    line += ["-device", f"loader,file={board.loaded}"]
    if not board.reboots:
        line.append("-no-reboot")
    if board.kernel:
        line += ["-kernel", str(board.kernel)]
    if board.initrd:
        line += ["-initrd", str(board.initrd)]
    if board.append is not None:
        line += ["-append", board.append]
    if board.icount:
        line += DETERMINISTIC
    if board.gdb_port is not None:
        line += ["-gdb", f"tcp::{board.gdb_port}", "-S"]
    if board.log:
        line += _log(board.log)
    return line + qemu_memory.others(board.extra, board.memory)


def device_tree_command(out: Path, extra: list[str]) -> list[str]:
    """Returns a command line with which QEMU only writes its board's device tree to a file, and runs no guest."""
    return [PROGRAM, "-machine", f"virt,dumpdtb={out}", "-nographic", *extra]
