"""Runs a guest on a machine in a temporary directory. All programs that run guests use this."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from machines import kernel_symbols, qemu_memory, recording
from machines.console import Console
from machines.diagnosis import SIGNATURE_TEXTS
from machines.machine import Guest, Lacking, Machine, Make, Part, Settings, require
from machines.qemu import Qemu
from machines.run import Log, Observer, Run, Runner

_SHARED_MEMORY = Path("/dev/shm")


def _scratch_parent(size: int) -> Path | None:
    """Returns the directory for the file with the guest's memory. This is /dev/shm if it has enough free space, and
    otherwise None, which stands for the usual temporary directory."""
    try:
        free = shutil.disk_usage(_SHARED_MEMORY).free
    except OSError:
        return None
    return _SHARED_MEMORY if free > size and os.access(_SHARED_MEMORY, os.W_OK) else None


def _symbols(elf: Path, offset: int) -> list[str]:
    """Returns gdb's arguments for the symbols of a program. The program is loaded at addresses that are @p offset
    higher than the addresses for which it is linked."""
    return ["-ex", f"add-symbol-file {elf.resolve()}{f' -o {offset:#x}' if offset else ''}"]


def gdb_command(guest: Guest, target: str) -> str:
    """Returns a command that starts gdb, connects gdb to the guest, and loads all available symbols."""
    line = ["gdb-multiarch", "-ex", "set confirm off", "-ex", "set architecture riscv:rv64"]
    if guest.image:
        line += _symbols(guest.image.elf_path, guest.image.offset)
    for program in (guest.firmware, guest.payload):
        if program and program.symbols:
            line += _symbols(program.symbols, program.symbols_offset)
    return shlex.join([*line, "-ex", f"target remote {target}"])


@contextmanager
def assembled(guest: Guest, settings: Settings, make: Make = Qemu) -> Iterator[Machine]:
    """Yields a machine with the guest, ready to start. When the block ends, stops the machine and removes its files."""
    if guest.image:
        guest.image.require_harts(settings.harts)
    with tempfile.TemporaryDirectory(prefix="hartscope-", dir=_scratch_parent(qemu_memory.ram_size(settings.extra))) as scratch:
        machine = make(guest, settings, Path(scratch))
        require(machine, settings.parts())
        try:
            yield machine
        finally:
            machine.stop()


def _first_phase(guest: Guest, machine: Machine) -> str | None:
    """Returns the phase in which the machine starts. Returns None if hv reports this phase itself."""
    if guest.image is None:
        return "firmware"
    return "hv" if Part.MONITOR in machine.lacks else None


def _write_kernel_symbols(guest: Guest, machine: Machine, path: Path | None) -> None:
    """Writes a list of the functions of the guest's Linux to @p path, if a Linux was started and the image has a
    trace."""
    if path is None or guest.image is None or not guest.image.has_trace:
        return
    try:
        kernel_symbols.write(machine.memory_file, path)
    except (kernel_symbols.UnreadableError, Lacking, OSError) as error:
        print(f"the trace will not show the names of kernel functions: {error}", file=sys.stderr)


def run(guest: Guest, settings: Settings, observer: Observer, log: Log, make: Make = Qemu) -> Run:
    """Runs a guest until the machine ends. Copies the output on the console to `log` and to the observer."""
    with assembled(guest, settings, make) as machine:
        notes = [f"note: {note}" for note in machine.notes]
        if settings.gdb:
            notes.append(f"waiting for a debugger: {gdb_command(machine.guest, machine.debugger)}")
        for note in notes:
            print(note, file=sys.stderr, flush=True)
        runner = Runner(machine, _first_phase(guest, machine), Console(signatures=SIGNATURE_TEXTS), observer, log)
        made = recording.Recording()
        try:
            with recording.recording(machine.guest.image, machine, settings, made):
                run = runner.execute(None if settings.gdb else settings.timeout, settings.stdin)
        finally:
            _write_kernel_symbols(guest, machine, settings.kernel_symbols)
            if made.problem:
                print(f"no trace: {made.problem}", file=sys.stderr)
        run.faults_are_ignored = settings.ignore_kernel_log
        return run
