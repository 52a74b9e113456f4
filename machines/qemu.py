"""QEMU's command line, its version, and the deterministic options."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from machines import qemu_memory
from cli.failure import Failure

PROGRAM = "qemu-system-riscv64"
LEAST_VERSION = 10
MAX_HARTS = 512

# Of QEMU's virt board, where each node has interrupt controllers of its own.
MAX_NODES = 4

# With all of these, a run repeats to the byte on any machine; -icount alone does not.
DETERMINISTIC = ["-icount", "shift=0,sleep=off", "-seed", "1", "-rtc", "base=2026-01-01T00:00:00,clock=vm"]


@dataclass(frozen=True)
class Machine:
    """What QEMU is asked to run."""

    harts: int
    bios: Path
    memory_file: Path
    memory: qemu_memory.Layout
    kernel: Path | None = None
    initrd: Path | None = None
    append: str | None = None
    icount: bool = False
    gdb_port: int | None = None
    plugin: str | None = None
    extra: list[str] = field(default_factory=list)


def memory_size(extra: list[str]) -> int:
    """Returns the guest's RAM in bytes: the default, or what the user's own arguments say."""
    return qemu_memory.layout(extra, None, 1).size


def command(machine: Machine) -> list[str]:
    """Returns the command line."""
    line = [PROGRAM, "-machine", "virt", *machine.memory.arguments(machine.memory_file), "-m", f"{machine.memory.size >> 10}K"]
    line += ["-smp", str(machine.harts), "-nographic", "-no-reboot", "-bios", str(machine.bios)]
    if machine.kernel:
        line += ["-kernel", str(machine.kernel)]
    if machine.initrd:
        line += ["-initrd", str(machine.initrd)]
    if machine.append is not None:
        line += ["-append", machine.append]
    if machine.icount:
        line += DETERMINISTIC
    if machine.gdb_port is not None:
        line += ["-gdb", f"tcp::{machine.gdb_port}", "-S"]
    if machine.plugin:
        line += ["-plugin", machine.plugin]
    return line + qemu_memory.others(machine.extra, machine.memory)


def version() -> str:
    """Returns QEMU's version, such as 10.0.2 with Debian's revision; fails with a remedy if there is none."""
    if shutil.which(PROGRAM) is None:
        raise Failure(f"{PROGRAM} is not installed: `./bazelw doctor` says what is missing")
    text = subprocess.run([PROGRAM, "--version"], check=True, capture_output=True, text=True).stdout
    match = re.search(r"version (.+)", text)
    return match[1].strip() if match else "unknown"


def check_version(text: str) -> None:
    """Fails with a remedy if QEMU is too old: 7.2 hangs under icount with several harts."""
    major = re.match(r"\d+", text)
    if major is None or int(major[0]) < LEAST_VERSION:
        raise Failure(f"QEMU {text} is too old, {LEAST_VERSION} is the least: `./bazelw doctor` says what to do")
