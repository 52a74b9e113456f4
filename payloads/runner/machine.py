"""Runs one image on QEMU's virt machine and returns what it printed. Ends it when it makes no progress."""

import os
import re
import selectors
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

HV_SIZE = 0x200000
PAYLOAD_ADDRESS = 0x80400000
SECONDS_WITHOUT_OUTPUT = 240.0
MAXIMUM_OUTPUT = 2_000_000

# How a line of hv's own starts. Everything else on the console is the guest's.
HV_LINE = re.compile(r"^hartscope: ")

# The guest's first line.
FIRST_LINE = b"guest begins"

# The guest's verdict. What follows are tables of hv's modules.
LAST_LINE = re.compile(r"^(PASS|SKIP .*|FAIL \d+)$")


@dataclass
class Machine:
    """What runs, and on which machine."""

    monitor: Path  # hv or the shim
    firmware: Path
    payload: Path | None = None
    cpu: str = "rv64"
    harts: int = 1
    options: list[str] = field(default_factory=list)
    memory_file: Path | None = None  # guest memory, shared with the host
    silence: float = SECONDS_WITHOUT_OUTPUT
    on_begin: Callable[[], None] | None = None  # called once, when the guest has printed its first line


@dataclass
class Outcome:
    """What a run left behind."""

    console: str
    exit_code: int | None  # None: ended because it made no progress
    command: list[str]

    def guest_lines(self) -> list[str]:
        """The lines that the guest printed: from its first to its last, and without hv's own."""
        lines = [line.rstrip("\r") for line in self.console.split("\n")]
        lines = [line for line in lines if line and not HV_LINE.match(line)]
        if FIRST_LINE.decode() in lines:
            lines = lines[lines.index(FIRST_LINE.decode()):]
        for number, line in enumerate(lines):
            if LAST_LINE.match(line):
                return lines[: number + 1]
        return lines

    def hv_lines(self) -> list[str]:
        """hv's own lines."""
        lines = [line.rstrip("\r") for line in self.console.split("\n")]
        return [line for line in lines if HV_LINE.match(line)]


def write_bios(machine: Machine, path: Path) -> None:
    """One file for -bios: the monitor, padded to hv's size, then the firmware."""
    monitor = machine.monitor.read_bytes()
    if len(monitor) > HV_SIZE:
        raise SystemExit(f"{machine.monitor} has {len(monitor)} bytes, more than {HV_SIZE}")
    path.write_bytes(monitor.ljust(HV_SIZE, b"\0") + machine.firmware.read_bytes())


def command_line(machine: Machine, bios: Path) -> list[str]:
    """The QEMU command of a run."""
    board = "virt"
    command = ["qemu-system-riscv64", "-cpu", machine.cpu, "-smp", str(machine.harts), "-m", "256M"]
    command += ["-nographic", "-no-reboot", "-bios", str(bios)]
    if machine.payload:
        command += ["-device", f"loader,file={machine.payload},addr={PAYLOAD_ADDRESS:#x},force-raw=on"]
    if machine.memory_file:
        backend = f"memory-backend-file,id=ram,size=256M,mem-path={machine.memory_file},share=on"
        command += ["-object", backend]
        board += ",memory-backend=ram"
    return command + ["-M", board] + machine.options


def read_console(process: subprocess.Popen[bytes], machine: Machine) -> tuple[bytes, bool]:
    """All that the process prints; True if it ended by itself, False if it fell silent or never stops talking."""
    assert process.stdout
    output = bytearray()
    selector = selectors.DefaultSelector()
    selector.register(process.stdout, selectors.EVENT_READ)
    last = time.monotonic()
    on_begin = machine.on_begin
    while len(output) < MAXIMUM_OUTPUT:
        if selector.select(1.0):
            chunk = os.read(process.stdout.fileno(), 65536)
            if not chunk:
                return bytes(output), True
            output += chunk
            last = time.monotonic()
            if on_begin and FIRST_LINE in output:
                on_begin()
                on_begin = None
        elif time.monotonic() - last > machine.silence:
            return bytes(output), False
    return bytes(output), False


def run(machine: Machine) -> Outcome:
    """Runs the machine to its end."""
    with tempfile.TemporaryDirectory() as directory:
        bios = Path(directory) / "bios.bin"
        write_bios(machine, bios)
        command = command_line(machine, bios)
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        try:
            output, ended = read_console(process, machine)
        finally:
            if process.poll() is None and not (process.stdout and process.stdout.closed):
                try:
                    process.wait(0.5 if "ended" in locals() and not ended else 20)
                except subprocess.TimeoutExpired:
                    process.kill()
        code = process.wait()
    return Outcome(output.decode(errors="replace"), code if ended else None, command)
