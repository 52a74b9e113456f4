"""The directory that a run writes into. Only one run at a time uses it, and an earlier run is kept, or replaced with a message.

Called by each runner before it writes anything. Knows nothing of what the files hold.
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

# What hsctl in the guest records.
GUEST_DUMP = "guest.hst"

# What is worth keeping of a run that was stopped.
KEPT = (RESULT, CONSOLE, DUMP, GUEST_DUMP, LIST, PERFETTO)

# Who writes into the directory. It is there only while somebody does.
LOCK = ".lock"


def say(text: str) -> None:
    """Prints a line that is no result."""
    print(text, file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Output:
    """A directory that is locked for this run. earlier: where the run before this one is kept, if it is."""

    path: Path
    earlier: Path | None = None

    def replace(self, names: Iterable[str]) -> None:
        """Removes what an earlier run left under these names, and says so."""
        found = [path for path in (self.path / name for name in names) if path.is_file()]
        if found:
            latest = max(path.stat().st_mtime for path in found)
            ended = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(latest))
            say(f"replacing the run of {ended} in {self.path}")
        for path in found:
            path.unlink()


class ConsoleLog:
    """The file that the console is kept in. Nothing is buffered, so that it is complete however the run ends."""

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
        """Ends the file."""
        self._file.close()


def _make(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise Failure(f"--out: {path} is not a directory") from error
    except OSError as error:
        raise Failure(f"--out: cannot make {path}: {error.strerror}") from error


def _is_still_there(descriptor: int, lock: Path) -> bool:
    """Whether an open lock is the one in the directory: the run that had it may have removed it before we got it."""
    try:
        return os.path.samestat(os.fstat(descriptor), lock.stat())
    except FileNotFoundError:
        return False


def _take(lock: Path) -> int:
    """Opens and locks the file, and returns it. Raises Failure if another run has it."""
    while True:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 1000, 0).decode(errors="replace") or "another run"
            os.close(descriptor)
            raise Failure(f"{lock.parent} is in use by {holder}: wait for its end, or give another --out") from None
        if _is_still_there(descriptor, lock):
            return descriptor
        os.close(descriptor)


@contextmanager
def _locked(directory: Path, program: str) -> Iterator[None]:
    """Keeps other runs out of the directory until the block ends, or this process does."""
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
    """Returns the directories that earlier runs into @p directory were moved to, by their numbers."""
    pattern = re.compile(re.escape(directory.name) + r"\.(\d+)")
    matches = {path: pattern.fullmatch(path.name) for path in directory.parent.iterdir()}
    return {int(match[1]): path for path, match in matches.items() if match}


def _keep_earlier(directory: Path) -> Path | None:
    """Moves what is in the directory to the next NAME.N; returns the last such directory, None if there is none."""
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
    """Returns a file's size for people."""
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"


def left_in(directory: Path) -> str | None:
    """Returns what a run that was stopped has left, and what can be done with it; None if it is nothing."""
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
    """Makes and locks the directory of --out until the block ends; without --out it is the default one, where an earlier
    run is kept. If the block is stopped or fails, says what is left."""
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
