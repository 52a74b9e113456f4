"""Boots Linux and compares the trace of the boot with QEMU's own log of traps. Both must contain the same exits.

The program takes the same options as //benchmarks:boot_qemu. docs/benchmarks.md explains what is compared.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks import boot_qemu
from benchmarks.results import outputs
from benchmarks.results.files import LEFT
from cli import entry
from cli.failure import EXIT_GUEST_FAILED, EXIT_SUCCESS, Failure
from cli.workspace import workspace_file
from machines import recording
from machines.outside import Code, TrapLog, code_of

DEFAULT_OUT = "out/oracle"
COMPARISON = "comparison.txt"

COMPARE = "benchmarks/oracle/compare"
_PIPE_BYTES = 1 << 20


@contextmanager
def pipe(path: Path) -> Iterator[int]:
    """Makes a named pipe, and yields the descriptor from which to read. A reader sees the end of the data when all
    writers have closed the pipe. The block itself is one of these writers until it ends, because it keeps a descriptor
    for writing open."""
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(path, os.O_WRONLY)
    try:
        os.set_blocking(reader, True)
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        yield reader
    finally:
        os.close(reader)
        os.close(writer)


def run(boot: Callable[[TrapLog], int], hv: Code, directory: Path) -> tuple[int, int, str]:
    """Boots, and sends QEMU's log through a pipe to the program `compare`. Returns the exit code of the boot, the exit
    code of `compare`, and the output of `compare`. @p boot boots with a log of traps, and returns the exit code."""
    command = [str(workspace_file(COMPARE)), f"--text={hv.start:#x}:{hv.end:#x}", str(directory / recording.DUMP)]
    with tempfile.TemporaryDirectory(prefix="hartscope-") as scratch:
        log = Path(scratch, "log")
        with pipe(log) as reader:
            compare = subprocess.Popen(command, stdin=reader, stdout=subprocess.PIPE, text=True)
            try:
                code = boot(TrapLog(log, hv))
            except BaseException:
                compare.kill()
                raise
        text, _ = compare.communicate()
    return code, compare.returncode, text


def main(arguments: list[str]) -> int:
    """Boots and compares. Returns the exit code."""
    parsed = boot_qemu.parse(arguments)
    guest = boot_qemu.make_guest(parsed)
    if guest.image is None or not guest.image.has_trace:
        raise Failure("there is no trace to compare: choose a configuration with the module trace")
    with outputs.opened(parsed.out or None, DEFAULT_OUT, "oracle") as output:
        output.replace([*LEFT, COMPARISON])
        boot = partial(boot_qemu.boot_into, output.path, guest, parsed, arguments)
        code, verdict, text = run(boot, code_of(guest.image), output.path)
        (output.path / COMPARISON).write_text(text)
        print(f"\n{text}{output.path / COMPARISON}")
    return code or (EXIT_SUCCESS if verdict == 0 else EXIT_GUEST_FAILED)


if __name__ == "__main__":
    sys.exit(entry.run(main))
