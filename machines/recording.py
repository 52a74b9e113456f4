"""Runs hstrace to record the trace of a guest and to convert the trace for Perfetto. hstrace reads the trace from the
guest's memory while the guest runs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli.failure import EXIT_USAGE, Failure
from cli.workspace import workspace_file
from machines.directory import STATES
from machines.images import Image
from machines.machine import Lacking, Machine, Settings, monitor_of

DUMP = "trace.hst"
PERFETTO = "trace.pftrace"

NS_PER_SECOND = 1_000_000_000

# After the end of the guest, the recorder must write the remaining records within this time.
FINISH_SECONDS = 60.0


def hstrace() -> Path:
    """Returns the path of the program hstrace."""
    path = workspace_file("trace/hstrace/hstrace")
    if not path.is_file():
        raise Failure("//trace:hstrace is not among this program's data: start the program with `bazel run`")
    return path


def live_command(image: Image, memory: Path, dump: Path) -> list[str]:
    """Returns a command that copies the rings of a running hv from the guest's memory into a dump. The command copies
    the rings once. If the caller adds --follow, the command continues to copy new records."""
    config = image.elf_path.with_suffix(".json")
    return [str(hstrace()), "live", f"--memory={memory}", f"--elf={image.symbols_argument}", f"--config={config}", "-o", str(dump)]


@dataclass
class Recording:
    """The output of a recorder. All texts are empty until the recorder has ended."""

    summary: str = ""
    problem: str | None = None


def check_options(words: list[str]) -> None:
    """Raises Failure if `hstrace live` refuses these options, which say when a recording stops itself."""
    done = subprocess.run([str(hstrace()), "live", "--memory=/", "-o", "/dev/null", *words], capture_output=True, text=True)
    if done.returncode == EXIT_USAGE:
        raise Failure(done.stderr.strip().removeprefix("hstrace live: "))


@contextmanager
def recording(image: Image | None, machine: Machine, settings: Settings, made: Recording) -> Iterator[None]:
    """Records the trace of a machine's guest into settings.dump until the block ends. The machine may start within the block.

    Records nothing if settings.dump is None or the image has no trace. Fills in `made` when the block ends.
    """
    dump = settings.dump
    if dump is None or image is None or not image.has_trace:
        yield
        return
    try:
        memory = machine.memory_file
    except Lacking as lacking:
        made.problem = str(lacking)
        yield
        return
    command = [*live_command(image, memory, dump), "--follow", *settings.recorder]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            try:
                yield
            finally:
                if not _has_ended(machine) and process.poll() is None:
                    process.terminate()
                finish(process, made)
        finally:
            process.kill()  # if anything above has failed, nothing else ends the recorder, and Popen would wait for it forever


def _has_ended(machine: Machine) -> bool:
    """Returns whether hv itself has ended the run. In this case the recorder notices the end and ends without a signal,
    even if the recorder was started late."""
    directory = monitor_of(machine).directory()
    return directory is not None and directory.state >= STATES.index("shut down")


def finish(process: subprocess.Popen[str], made: Recording) -> None:
    """Waits until a recorder has written the remaining records and has ended. The recorder ends after hv has ended the
    run, or after it has received SIGTERM."""
    try:
        made.summary, complaint = process.communicate(timeout=FINISH_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        made.summary, complaint = process.communicate()
    if process.returncode != 0:
        made.problem = complaint.strip() or f"hstrace live ended with {process.returncode}"


def note_phases(dump: Path, phases: list[tuple[str, int]]) -> None:
    """Adds the phases of the run to `dump`, each with its start in ns of mtime (hstrace merge --phase). Raises Failure."""
    if not phases:
        return
    noted = dump.with_suffix(".noted")
    words = [f"--phase={name}={ns / NS_PER_SECOND:.9f}" for name, ns in phases]
    done = subprocess.run([str(hstrace()), "merge", *words, str(dump), "-o", str(noted)], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"the phases cannot be added to the trace: {done.stderr.strip()}")
    noted.replace(dump)


def convert(dump: Path, symbols: list[str]) -> Path:
    """Converts `dump` to a Perfetto trace beside it, and returns its path. @p symbols are hstrace's arguments for the
    files with symbols. Raises Failure."""
    made = dump.with_name(PERFETTO)
    command = [str(hstrace()), "convert", str(dump), "-o", str(made)]
    if symbols:
        command.append("--symbols=" + ",".join(symbols))
    errors = None if sys.stderr.isatty() else subprocess.PIPE  # if stderr is a terminal, hstrace shows its progress there
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=errors, text=True)
    if done.returncode != 0:
        raise Failure(f"the trace cannot be converted: {(done.stderr or 'see above').strip()}")
    return made
