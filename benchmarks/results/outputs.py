"""Manages the directory that a run writes into. Only one run at a time can use a directory. The files of an earlier run
are either kept in another directory, or replaced after a message.

Each runner calls this file before it writes anything. This file does not know what the files contain.
"""

from __future__ import annotations

import fcntl
import os
import re
import shlex
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cli.failure import EXIT_CANNOT_WRITE, Failure
from machines.kernel_symbols import LIST
from machines.recording import DUMP, PERFETTO
from cli.workspace import user_path

CONSOLE = "console.log"
RESULT = "result.json"

# The dump that hsctl records in the guest.
GUEST_DUMP = "guest.hst"

# The buffers of the guest's ftrace.
FTRACE_BUFFERS = "ftrace.raw"

# When a run is stopped, it lists these files as useful.
KEPT = (RESULT, CONSOLE, DUMP, GUEST_DUMP, FTRACE_BUFFERS, LIST, PERFETTO)

# This file contains the name of the run that is using the directory. It exists only during a run.
LOCK = ".lock"


def say(text: str) -> None:
    """Prints a message to stderr, because stdout is for results."""
    print(text, file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Output:
    """A directory that is locked for this run. earlier: the directory to which the files of the previous run were
    moved, or None if there are no such files."""

    path: Path
    earlier: Path | None = None

    def replace(self, names: Iterable[str]) -> None:
        """Removes files of an earlier run with these names, and prints a message if there were any."""
        found = [path for path in (self.path / name for name in names) if path.is_file()]
        if found:
            latest = max(path.stat().st_mtime for path in found)
            ended = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(latest))
            say(f"replacing the run of {ended} in {self.path}")
        for path in found:
            path.unlink()


class ConsoleLog:
    """The file with the guest's console. Writes are not buffered, so that the file is complete even if the run is
    killed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("wb", buffering=0)

    def write(self, data: bytes) -> None:
        """Writes all of `data`. Raises Failure."""
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            raise Failure(f"{self._path}: cannot write: {error.strerror}", EXIT_CANNOT_WRITE) from error

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


def _make(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise Failure(f"--out: {path} is not a directory") from error
    except OSError as error:
        raise Failure(f"--out: cannot make {path}: {error.strerror}") from error


def _is_still_there(descriptor: int, lock: Path) -> bool:
    """Returns whether the open file @p descriptor is still the lock file of the directory. The previous run may have
    removed the lock file after this process opened it and before this process locked it."""
    try:
        return os.path.samestat(os.fstat(descriptor), lock.stat())
    except FileNotFoundError:
        return False


def _take(lock: Path) -> int:
    """Opens the lock file and locks it. Returns the file's descriptor. Raises Failure if another run holds the lock."""
    while True:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 1000, 0).decode(errors="replace") or "another run"
            os.close(descriptor)
            raise Failure(f"{lock.parent} is in use by {holder}: wait until it ends, or choose another --out") from None
        if _is_still_there(descriptor, lock):
            return descriptor
        os.close(descriptor)


@contextmanager
def _locked(directory: Path, program: str) -> Iterator[None]:
    """Keeps other runs out of the directory until the block or this process ends."""
    lock = directory / LOCK
    try:
        descriptor = _take(lock)
    except OSError as error:
        raise Failure(f"--out: cannot write into {directory}: {error.strerror}") from error
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{program} (process {os.getpid()}, since {time.strftime('%H:%M:%S')})".encode(), 0)
        yield
    finally:
        with suppress(OSError):
            lock.unlink()
        os.close(descriptor)


def _kept_runs(directory: Path) -> dict[int, Path]:
    """Returns the directories to which the files of earlier runs in @p directory were moved. The key of each directory
    is the number at the end of its name."""
    pattern = re.compile(re.escape(directory.name) + r"\.(\d+)")
    matches = {path: pattern.fullmatch(path.name) for path in directory.parent.iterdir()}
    return {int(match[1]): path for path, match in matches.items() if match}


def _keep_earlier(directory: Path) -> Path | None:
    """Moves the contents of the directory NAME to a new directory NAME.N with the next free number N. Returns the
    directory with the highest number, or None if there is no such directory."""
    kept = _kept_runs(directory)
    last = max(kept, default=0)
    left = [path for path in directory.iterdir() if path.name != LOCK]
    if not left:
        return kept.get(last)
    place = directory.with_name(f"{directory.name}.{last + 1}")
    place.mkdir()
    for path in left:
        path.rename(place / path.name)
    say(f"the earlier run of {directory} is now in {place}")
    return place


def _describe_size(size: int) -> str:
    """Returns a file's size in kB or MB."""
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"


def left_in(directory: Path) -> str | None:
    """Returns a message that lists the files that a stopped run left, and the commands that convert these files.
    Returns None if the run left no files."""
    files = [path for path in (directory / name for name in KEPT) if path.is_file() and path.stat().st_size]
    if not files:
        return None
    sizes = ", ".join(f"{path.name} ({_describe_size(path.stat().st_size)})" for path in files)
    lines = [f"stopped; {directory} has {sizes}"]
    dump = directory / DUMP
    if dump in files:
        quoted, made = shlex.quote(str(dump)), shlex.quote(str(directory / PERFETTO))
        named = directory / LIST
        symbols = f" --symbols={shlex.quote(str(named))}" if named in files else ""
        lines += [
            f"the timeline: bazel run //trace:hstrace -- convert {quoted}{symbols} -o {made}",
            f"the figures: bazel run //analysis:trace_figures -- {quoted}",
        ]
    return "\n".join(lines)


@contextmanager
def opened(text: str | None, default: str, program: str) -> Iterator[Output]:
    """Makes the directory, and locks it until the block ends. @p text is the value of --out. If it is None, the default
    directory is used, and the files of an earlier run there are kept. If the block is stopped or fails, prints which
    files it left."""
    directory = user_path(default if text is None else text)
    _make(directory)
    with _locked(directory, program):
        try:
            yield Output(directory, _keep_earlier(directory) if text is None else None)
        except (Exception, KeyboardInterrupt):
            left = left_in(directory)
            if left:
                with suppress(OSError):
                    say(left)
            raise
