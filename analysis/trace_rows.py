"""Yields the records of a dump as numpy arrays, one part of the dump after another. hstrace reads the dump, and this
file reads the CSV that hstrace writes. So only hstrace has to know the format of dumps.

The figures of a trace use this file. The file does not know what the figures show.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from cli import times
from cli.workspace import user_path

HSTRACE = Path(__file__).absolute().parents[1] / "trace/hstrace/hstrace"

# This many lines of hstrace's CSV are in memory at the same time. They take about 30 MB.
PART = 100_000

# The columns of `hstrace convert --format=csv` that are read. A column that can be empty is read as text.
COLUMNS: dict[str, str] = {
    "hart": "u4",
    "sequence": "S20",
    "cycles": "S20",
    "ns": "i8",
    "event": "S10",
    "cause": "S38",
    "detail": "S40",
    "name": "S80",
    "start_ns": "S20",
    "duration_cycles": "S10",
    "before": "S8",
    "outcome": "S10",
    "payload": "S18",
    "word1": "S18",
    "asleep_cycles": "S20",
    "observing_cycles": "S20",
    "guest": "S8",
    "guest_cycles": "S20",
}

Rows = npt.NDArray[np.void]


def parser(program: str, description: str | None, examples: str) -> argparse.ArgumentParser:
    """Returns a parser with the options that all programs for dumps share. After parsing, `begin` and `end` contain the
    time window."""
    made = argparse.ArgumentParser(
        prog=program,
        description=description,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    made.add_argument("trace", metavar="TRACE.hst", help="a dump, such as boot_qemu and hstrace live write")
    add = made.add_argument
    add("--from", dest="begin", type=times.nanoseconds, metavar="TIME", help=f"only records at or after this mtime: {times.HELP}")
    add("--to", dest="end", type=times.nanoseconds, metavar="TIME", help="only records before this mtime, in the same form")
    made.add_argument("--salvage", action="store_true", help="continue after damage, and use the parts with a correct check sum")
    return made


def window(options: argparse.Namespace) -> tuple[str, ...]:
    """Returns hstrace's options --from and --to for a command line that parser() has parsed. Returns an empty tuple if
    the command line has no time window."""
    bounds = {"--from": options.begin, "--to": options.end}
    return tuple(f"{name}={bound}ns" for name, bound in bounds.items() if bound is not None)


def limits(window: tuple[str, ...]) -> tuple[int, int]:
    """Returns the start and the end of a time window in ns of mtime. @p window is the result of window()."""
    bounds = dict(option.split("=", 1) for option in window)
    return times.nanoseconds(bounds.get("--from", "0")), times.nanoseconds(bounds.get("--to", f"{times.MOST_SECONDS}s"))


def symbol_files(text: str) -> list[str]:
    """Returns the files that the option --symbols names. Relative paths start in the directory in which the user typed
    the command."""
    return [str(user_path(part)) for part in text.split(",")]


class TraceError(Exception):
    """The dump cannot be read. The text explains the reason to the user."""


def _words(text: str) -> str:
    """Returns the error message that hstrace printed. If it printed none, returns a message that says so."""
    return text.strip() or "hstrace ended without a message"


def info(dump: Path, salvage: bool) -> dict[str, Any]:
    """Returns the output of `hstrace info` for a dump. Raises TraceError if the file is not a dump."""
    command = [str(HSTRACE), "info", "--json", *(["--salvage"] if salvage else []), str(dump)]
    done = subprocess.run(command, capture_output=True, text=True)
    try:
        said: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        said = {}
    if (done.returncode != 0 and not salvage) or "machine" not in said:
        raise TraceError(_words(done.stderr))
    return said


class Progress:
    """Shows how much of the trace has been read, if reading takes more than a second and the output is a terminal.
    Otherwise prints nothing."""

    def __init__(self, whole: int, stream: IO[str] | None = None) -> None:
        self._whole, self._done = max(whole, 1), 0
        self._stream, self._begin = stream or sys.stderr, time.monotonic()

    def add(self, records: int) -> None:
        """Counts @p records more records as read."""
        self._done += records
        if self._stream.isatty() and time.monotonic() - self._begin > 1:
            percent = min(100 * self._done // self._whole, 100)
            print(f"\rreading the trace: {percent} %", end="", file=self._stream, flush=True)

    def finish(self) -> None:
        """Removes the progress line."""
        if self._stream.isatty():
            print("\r\x1b[K", end="", file=self._stream, flush=True)


def _parts(table: IO[str]) -> Iterator[Rows]:
    """Yields the lines of hstrace's CSV as arrays. Each array has at most PART rows."""
    names = next(table, "").rstrip("\n").split(",")
    if not set(COLUMNS) <= set(names):
        return
    places = [names.index(name) for name in COLUMNS]
    kinds = np.dtype(list(COLUMNS.items()))
    while lines := list(itertools.islice(table, PART)):
        yield np.loadtxt(lines, dtype=kinds, delimiter=",", usecols=places, comments=None, ndmin=1)


def rows(dump: Path, salvage: bool, progress: Progress, window: tuple[str, ...]) -> Iterator[Rows]:
    """Yields the records of the dump. The records of one hart are in order, but the records of different harts are
    mixed. @p window contains hstrace's options --from and --to, or is empty. If the dump is damaged, raises TraceError
    after the last readable record."""
    command = [str(HSTRACE), "convert", "--format=csv", "-o", "-", *window, *(["--salvage"] if salvage else []), str(dump)]
    with tempfile.TemporaryFile("w+") as complaint:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaint, text=True) as process:
            assert process.stdout is not None
            try:
                for part in _parts(process.stdout):
                    yield part
                    progress.add(len(part))
            finally:
                process.stdout.close()
                progress.finish()
        if process.returncode != 0 and not salvage:
            complaint.seek(0)
            raise TraceError(_words(complaint.read()))


def integers(texts: npt.NDArray[np.bytes_]) -> npt.NDArray[np.int64]:
    """Converts a column of texts with decimal numbers to a column of integers."""
    return texts.astype(np.int64)
