"""Implements a machine with QEMU. QEMU emulates a board in a separate process. The guest's RAM is a file that
QEMU shares with the host."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import IO

from cli.failure import Failure
from cli.workspace import user_path
from machines import bios, qemu_arguments, qemu_command, qemu_memory
from machines.directory import MemoryMonitor
from machines.elf import executable
from machines.machine import Guest, Lacking, Part, Settings
from machines.place import entry, memory_of, placed

LEAST_VERSION = 10
MAX_HARTS = 512

# QEMU's virt board has at most this many nodes, because each node has its own interrupt controllers.
MAX_NODES = 4

SEMIHOSTING = (
    "under hv the firmware runs in U-mode, where QEMU answers semihosting only with "
    "-semihosting-config enable=on,userspace=on; without it the firmware gets a breakpoint exception"
)

# After SIGTERM, QEMU must end within this time.
_TERMINATE_SECONDS = 5


@cache
def version() -> str:
    """Returns QEMU's version, for example 10.0.2, together with Debian's revision. If QEMU is not installed, raises
    Failure with a remedy."""
    if shutil.which(qemu_command.PROGRAM) is None:
        raise Failure(f"{qemu_command.PROGRAM} is not installed: `./bazelw doctor` shows what is missing")
    text = subprocess.run([qemu_command.PROGRAM, "--version"], check=True, capture_output=True, text=True).stdout
    match = re.search(r"version (.+)", text)
    return match[1].strip() if match else "unknown"


def check_version(text: str) -> None:
    """Raises Failure with a remedy if QEMU is too old. QEMU 7.2 hangs under icount with several harts."""
    major = re.match(r"\d+", text)
    if major is None or int(major[0]) < LEAST_VERSION:
        raise Failure(f"QEMU {text} is too old, version {LEAST_VERSION} or later is needed: `./bazelw doctor` shows what to do")


def write_device_tree(out: Path, extra: list[str]) -> None:
    """Writes the device tree of the virt board to a file. extra: arguments for QEMU that change the board."""
    subprocess.run(qemu_command.device_tree_command(out, extra), check=True, capture_output=True)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _file(scratch: Path, name: str, data: bytes) -> Path:
    path = scratch / name
    path.write_bytes(data)
    return path


def _initrd_file(guest: Guest, scratch: Path) -> Path | None:
    """Returns the initial RAM disk. It may consist of several archives. Linux unpacks them one after another, and each
    must begin at a multiple of four bytes."""
    if not guest.initrd_more:
        return guest.initrd
    given = guest.initrd.read_bytes() if guest.initrd else b""
    path = scratch / "initrd"
    path.write_bytes(given + bytes(-len(given) % 4) + guest.initrd_more)
    return path


class Qemu:
    """A Machine (machine.py). The machine writes its files into the directory @p scratch, which the caller removes
    after the run."""

    name = "QEMU"
    lacks: Mapping[Part, str] = {}

    def __init__(self, guest: Guest, settings: Settings, scratch: Path) -> None:
        self.guest = guest = placed(guest, settings.extra)
        payload = guest.payload
        model = guest.board(settings.board)
        stub = None
        ram = memory_of(settings.extra)
        if guest.image and model.left_out:
            stub = bios.entry_stub(guest.image, payload, entry(ram).start)
        entered, loaded = bios.files(guest.image, guest.firmware, stub, ram.start if model.enters_ram else None)
        board = self._board = qemu_command.Board(
            machine=model.machine,
            cpu=model.cpu,
            harts=model.left_out + settings.harts,
            bios=_file(scratch, "bios", entered),
            loaded=_file(scratch, "guest.elf", loaded),
            memory_file=scratch / "ram",
            memory=qemu_memory.layout(settings.extra, settings.numa_nodes, settings.harts),
            kernel=_file(scratch, "payload.elf", executable(payload.entry, payload.needed)) if payload else None,
            initrd=_initrd_file(guest, scratch),
            append=guest.append,
            icount=settings.icount,
            gdb_port=_free_port() if settings.gdb else None,
            log=settings.log,
            reboots=settings.reboots,
            extra=settings.extra,
        )
        board.memory.make_file(board.memory_file)
        self.command = qemu_command.command(board)
        self.memory_file = board.memory_file
        self.monitor = MemoryMonitor(board.memory_file, guest.image.directory_address if guest.image else None)
        self.notes = [SEMIHOSTING] if guest.image and qemu_arguments.lacks_semihosting(settings.extra) else []
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def versions(self) -> dict[str, str]:
        return {"qemu": version()}

    @property
    def debugger(self) -> str:
        if self._board.gdb_port is None:
            raise Lacking("this QEMU was started without a port for a debugger")
        return f":{self._board.gdb_port}"

    def start(self, stdin: int | None) -> None:
        pipe, place = subprocess.PIPE, user_path(".")  # paths in the user's arguments for QEMU are relative to this directory
        self._process = subprocess.Popen(self.command, stdin=stdin, stdout=pipe, stderr=pipe, cwd=place)

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "the machine has not been started"
        return self._process

    @staticmethod
    def _descriptor(stream: IO[bytes] | None) -> int:
        assert stream is not None
        return stream.fileno()

    @property
    def console(self) -> int:
        return self._descriptor(self._running().stdout)

    @property
    def messages(self) -> int:
        return self._descriptor(self._running().stderr)

    def wait(self) -> int:
        return self._running().wait()

    def stop(self) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_TERMINATE_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for stream in (self._process.stdout, self._process.stderr):
            if stream:
                stream.close()
