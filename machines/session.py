"""Puts a machine together in a private directory and runs it: what boot_qemu, run_qemu and micro_qemu have in common."""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from machines import bios, kernel_symbols, qemu, qemu_arguments, qemu_memory, recording
from machines.console import Console
from machines.diagnosis import SIGNATURE_TEXTS
from cli.failure import Failure
from machines.firmware import Program
from machines.images import Image
from machines.run import Log, Observer, Probe, Run, Runner

_SHARED_MEMORY = Path("/dev/shm")

SEMIHOSTING = (
    "under hv the firmware runs in U-mode, where QEMU answers semihosting only with "
    "-semihosting-config enable=on,userspace=on; without it the firmware gets a breakpoint exception"
)


@dataclass(frozen=True)
class Guest:
    """What runs on the machine. image: hv, or None for a bare run."""

    image: Image | None
    firmware: Program
    payload: Program | Path | None = None
    payload_address: int | None = None
    initrd: Path | None = None
    append: str | None = None


@dataclass(frozen=True)
class Settings:
    """How the machine runs."""

    harts: int
    icount: bool = False
    timeout: float | None = None
    gdb: bool = False
    plugin: str | None = None
    dump: Path | None = None  # where the trace goes, of an image that has one
    kernel_symbols: Path | None = None  # where the functions of a Linux go, if there is a trace that can name them
    stdin: int | None = None
    ignore_kernel_log: bool = False
    numa_nodes: int | None = None
    extra: list[str] = field(default_factory=list)


def _scratch_parent(size: int) -> Path | None:
    """Returns where the guest's memory may lie: in memory if there is room, else where temporary files go."""
    try:
        free = shutil.disk_usage(_SHARED_MEMORY).free
    except OSError:
        return None
    return _SHARED_MEMORY if free > size and os.access(_SHARED_MEMORY, os.W_OK) else None


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _payload_file(guest: Guest, scratch: Path) -> Path | None:
    if not isinstance(guest.payload, Program):
        return guest.payload
    path = scratch / "payload.bin"
    path.write_bytes(guest.payload.data)
    return path


def gdb_command(guest: Guest, port: int) -> str:
    """Returns the command that attaches a debugger with all symbols there are."""
    line = ["gdb-multiarch", "-ex", "set confirm off", "-ex", "set architecture riscv:rv64"]
    if guest.image:
        line += ["-ex", f"add-symbol-file {guest.image.elf_path.resolve()}"]
    for program in (guest.firmware, guest.payload):
        if isinstance(program, Program) and program.symbols:
            offset = f" -o {program.symbols_offset:#x}" if program.symbols_offset else ""
            line += ["-ex", f"add-symbol-file {program.symbols.resolve()}{offset}"]
    return shlex.join([*line, "-ex", f"target remote :{port}"])


def _machine(guest: Guest, settings: Settings, scratch: Path) -> qemu.Machine:
    memory = qemu_memory.layout(settings.extra, settings.numa_nodes, settings.harts)
    first = guest.image.binary if guest.image else bios.shim(guest.firmware.address - bios.RAM_START)
    payload_address = guest.payload_address if guest.payload else None
    bios_file = scratch / "bios.bin"
    bios_file.write_bytes(bios.assemble(first, guest.firmware, payload_address))
    return qemu.Machine(
        harts=settings.harts,
        bios=bios_file,
        memory_file=scratch / "ram",
        memory=memory,
        kernel=_payload_file(guest, scratch),
        initrd=guest.initrd,
        append=guest.append,
        icount=settings.icount,
        gdb_port=_free_port() if settings.gdb else None,
        plugin=settings.plugin,
        extra=settings.extra,
    )


def _write_kernel_symbols(guest: Guest, memory: Path, path: Path | None) -> None:
    """Writes the functions of the guest's Linux, if the guest got as far as one, and has a trace for which they are of use."""
    if path is None or guest.image is None or not guest.image.has_trace:
        return
    try:
        kernel_symbols.write(memory, path)
    except (kernel_symbols.UnreadableError, OSError) as error:
        print(f"kernel functions have no names in the trace: {error}", file=sys.stderr)


def run(guest: Guest, settings: Settings, observer: Observer, log: Log) -> Run:
    """Runs a guest to its end. The console goes to `log` and to the observer."""
    if guest.image:
        guest.image.require_harts(settings.harts)
    if guest.image and guest.image.memory.hv != bios.RAM_START:
        raise Failure(f"config {guest.image.name}: QEMU loads hv at {bios.RAM_START:#x}, not at {guest.image.memory.hv:#x}")
    if guest.image and qemu_arguments.lacks_semihosting(settings.extra):
        print(f"note: {SEMIHOSTING}", file=sys.stderr, flush=True)
    address = guest.image.directory_address if guest.image else None
    parent = _scratch_parent(qemu.memory_size(settings.extra))
    with tempfile.TemporaryDirectory(prefix="hartscope-", dir=parent) as scratch:
        machine = _machine(guest, settings, Path(scratch))
        machine.memory.make_file(machine.memory_file)
        if machine.gdb_port is not None:
            print(f"waiting for a debugger: {gdb_command(guest, machine.gdb_port)}", file=sys.stderr, flush=True)
        console = Console(signatures=SIGNATURE_TEXTS)
        runner = Runner(qemu.command(machine), Probe(machine.memory_file, address), console, observer, log)
        made = recording.Recording()
        try:
            with recording.recording(guest.image, machine.memory_file, settings.dump, made):
                run = runner.execute(None if settings.gdb else settings.timeout, settings.stdin)
        finally:
            _write_kernel_symbols(guest, machine.memory_file, settings.kernel_symbols)
            if made.problem:
                print(f"no trace: {made.problem}", file=sys.stderr)
        run.faults_are_ignored = settings.ignore_kernel_log
        return run
