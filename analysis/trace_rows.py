"""A dump's records as numpy arrays, a part at a time: hstrace reads the dump, and this reads what hstrace writes.

Used by the figures of a trace. Knows nothing of what they show; of the dump's bytes only hstrace knows.
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

# Lines of hstrace's CSV that are in memory at a time; about 30 MB.
PART = 100_000

# Columns of `hstrace convert --format=csv` that are read, as text where lines without them exist.
COLUMNS: dict[str, str] = {
    "hart": "u4",
    "sequence": "S20",
    "cycles": "S20",
    "ns": "i8",
    "event": "S10",
    "name": "S40",
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
    """What the programs that read a dump have in common on their command lines; the window is begin and end."""
    made = argparse.ArgumentParser(
        prog=program,
        description=description,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    made.add_argument("trace", metavar="TRACE.hst", help="a dump, as boot_qemu and hstrace live leave it")
    add = made.add_argument
    add("--from", dest="begin", type=times.nanoseconds, metavar="TIME", help=f"only records at or after this mtime: {times.HELP}")
    add("--to", dest="end", type=times.nanoseconds, metavar="TIME", help="only records before this mtime, likewise")
    made.add_argument("--salvage", action="store_true", help="read on after damage; take what the check sums prove")
    return made


def window(options: argparse.Namespace) -> tuple[str, ...]:
    """hstrace's --from and --to for a command line that parser() has parsed, or nothing."""
    bounds = {"--from": options.begin, "--to": options.end}
    return tuple(f"{name}={bound}ns" for name, bound in bounds.items() if bound is not None)


def symbol_files(text: str) -> list[str]:
    """The files of --symbols, each relative to where the command was typed."""
    return [str(user_path(part)) for part in text.split(",")]


class TraceError(Exception):
    """The dump cannot be read; the text says why, for people."""


def _words(text: str) -> str:
    """hstrace's complaint without its first words, which name the subcommand."""
    return text.strip() or "hstrace ended without a word"


def info(dump: Path, salvage: bool) -> dict[str, Any]:
    """Returns what `hstrace info` says of a dump. Raises TraceError if it is none."""
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
    """One line on a terminal that says how far work of more than a second is; nothing elsewhere."""

    def __init__(self, whole: int, stream: IO[str] | None = None) -> None:
        self._whole, self._done = max(whole, 1), 0
        self._stream, self._begin = stream or sys.stderr, time.monotonic()

    def add(self, records: int) -> None:
        """So many records more."""
        self._done += records
        if self._stream.isatty() and time.monotonic() - self._begin > 1:
            percent = min(100 * self._done // self._whole, 100)
            print(f"\rreading the trace: {percent} %", end="", file=self._stream, flush=True)

    def finish(self) -> None:
        """Takes the line away."""
        if self._stream.isatty():
            print("\r\x1b[K", end="", file=self._stream, flush=True)


def _parts(table: IO[str]) -> Iterator[Rows]:
    """hstrace's lines as arrays of at most PART rows."""
    names = next(table, "").rstrip("\n").split(",")
    if not set(COLUMNS) <= set(names):
        return
    places = [names.index(name) for name in COLUMNS]
    kinds = np.dtype(list(COLUMNS.items()))
    while lines := list(itertools.islice(table, PART)):
        yield np.loadtxt(lines, dtype=kinds, delimiter=",", usecols=places, comments=None, ndmin=1)


def rows(dump: Path, salvage: bool, progress: Progress, window: tuple[str, ...]) -> Iterator[Rows]:
    """Yields the dump's records; each hart's in order, harts mixed. @p window: hstrace's --from and --to, or nothing.
    Raises TraceError at the end if the dump is damaged."""
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
    """Decimal numbers of a column of text."""
    return texts.astype(np.int64)
