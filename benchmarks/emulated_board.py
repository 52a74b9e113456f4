"""Emulates a board for rehearsals of //benchmarks:board. QEMU runs Linux under hv, and the only connection to it is a serial
line, the pseudo-terminal that --line names. The line may damage bytes. The file with the guest's memory has no name."""

from __future__ import annotations

import argparse
import array
import fcntl
import os
import pty
import selectors
import sys
import termios
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.boot_qemu import linux_guest
from benchmarks.boot_task import Task
from cli import entry
from cli.failure import EXIT_SUCCESS, Failure
from cli.workspace import user_path
from machines import images, options, qemu, session
from machines.line_noise import Noise
from machines.machine import Machine, Settings

EXAMPLES = """\
  bazel run //benchmarks:emulated_board -- --config=qemu_sifive_u_serial --line=/tmp/board
  bazel run //benchmarks:emulated_board -- --config=spike_serial --line=/tmp/board --noise=0.0001 --seed=7 --crlf

and then, in another terminal:
  bazel run //benchmarks:board -- --config=qemu_sifive_u_serial --console=/tmp/board --power="echo on > /tmp/board.power\""""

_CHUNK = 4096

# The guest's memory gets no name within this time if QEMU does not start.
_START_SECONDS = 60.0

_LOOK = 0.02

# After the board has stopped, the watcher has this much time to read the rest.
_DRAIN_SECONDS = 30.0


def _rate(text: str) -> float:
    """Parses --noise."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a rate from 0 to 1")
    return value


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parses the command line."""
    parser = options.Parser("emulated_board", __doc__ or "", EXAMPLES)
    add = parser.add_argument
    add("--config", required=True, metavar="NAME|FILE.toml", help="hv's configuration, which names the board")
    add("--harts", type=options.hart_count, default=4, metavar="N", help="number of harts (default 4)")
    add("--line", required=True, metavar="FILE", help="the name of the serial line; FILE.power is the switch: writing a line to it switches the board on")
    add("--append", default="", metavar="TEXT", help="more words for the kernel's command line")
    add("--command", metavar="TEXT", help="run this shell command in the guest, instead of the workload")
    add("--noise", type=_rate, default=0.0, metavar="RATE", help="damage this part of the bytes: flip a bit, lose the byte or double it (default 0)")
    add("--seed", type=int, default=0, metavar="N", help="which bytes to damage (default 0)")
    add("--crlf", action="store_true", help="put one more carriage return before each line feed")
    return options.parse(parser, arguments)


@contextmanager
def _named(line: Path) -> Iterator[tuple[int, int, Path]]:
    """Makes the pseudo-terminal and the switch. Yields the master, the slave and the name of the switch."""
    switch = line.with_name(line.name + ".power")
    master, slave = pty.openpty()
    tty.setraw(slave)
    try:
        os.mkfifo(switch)
        line.symlink_to(os.ttyname(slave))
    except OSError as error:
        raise Failure(f"--line: cannot make {error.filename}: {error.strerror}") from error
    try:
        yield master, slave, switch
    finally:
        line.unlink(missing_ok=True)
        switch.unlink(missing_ok=True)
        for descriptor in (master, slave):
            with suppress(OSError):
                os.close(descriptor)


def _forget_memory(machine: Machine) -> None:
    """Removes the name of the file with the guest's memory when QEMU has opened it, so that nobody else can open it."""
    command = [str(word) for word in machine.command]
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        for process in Path("/proc").glob("[0-9]*/maps"):
            with suppress(OSError):
                words = process.with_name("cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
                if words == command and str(machine.memory_file) in process.read_text():
                    machine.memory_file.unlink()
                    return
        time.sleep(_LOOK)
    raise Failure("QEMU did not start")


def _drain(slave: int) -> None:
    """Waits until the watcher has read everything."""
    deadline = time.monotonic() + _DRAIN_SECONDS
    while time.monotonic() < deadline and _unread(slave):
        time.sleep(_LOOK)
    time.sleep(_LOOK)


def _unread(slave: int) -> int:
    """Returns the number of bytes that nobody has read from the pseudo-terminal."""
    count = array.array("i", [0])
    fcntl.ioctl(slave, termios.FIONREAD, count)
    return count[0]


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _connect(machine: Machine, master: int, to_guest: int, noise: Noise) -> None:
    """Passes the bytes between the guest and the line until the guest has ended."""
    with selectors.DefaultSelector() as selector:
        selector.register(machine.console, selectors.EVENT_READ)
        selector.register(master, selectors.EVENT_READ)
        if machine.messages is not None:
            selector.register(machine.messages, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                data = os.read(key.fd, _CHUNK)
                if key.fd == master:
                    _write_all(to_guest, data)
                elif key.fd == machine.messages:
                    sys.stderr.buffer.write(data)
                    if not data:
                        selector.unregister(key.fd)
                elif not data:
                    return
                else:
                    _write_all(master, noise.pass_on(data))


def _run(machine: Machine, line: Path, noise: Noise) -> None:
    with _named(line) as (master, slave, switch):
        print(f"the board is off; its line is {line}, and `echo on > {switch}` switches it on", flush=True)
        switch.read_text()
        from_line, to_guest = os.pipe()
        machine.start(from_line)
        os.close(from_line)
        _forget_memory(machine)
        print("the board is on", flush=True)
        _connect(machine, master, to_guest, noise)
        _drain(slave)
        print(f"the board has stopped; the line has damaged {noise.damaged} bytes", flush=True)


def emulate(arguments: list[str]) -> int:
    """Runs the board once. Returns the exit code."""
    chosen = parse(arguments)
    qemu.check_version(qemu.version())
    image = images.image(chosen.config)
    guest = linux_guest(image, chosen.append, chosen.qemu, archive=Task(command=chosen.command).archive)
    settings = Settings(harts=chosen.harts, extra=chosen.qemu)
    noise = Noise(chosen.noise, chosen.seed, chosen.crlf)
    with session.assembled(guest, settings) as machine:
        _run(machine, user_path(chosen.line), noise)
    return EXIT_SUCCESS


if __name__ == "__main__":
    sys.exit(entry.run(emulate))
