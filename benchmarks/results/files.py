"""Makes the files that a run leaves in its directory. These are the result and, if the run has a trace, the figures of
the trace and the Perfetto trace.

Each runner calls this file after the run, so that all runners leave the same files. This file prints nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis import exits_figure, functions_figure, ipi_figure, trace_drawing, trace_figures, trace_rows
from benchmarks.results import outputs, result
from cli.failure import Failure
from machines import kernel_symbols, recording
from machines.elf import Elf
from machines.machine import Guest

# The files that a run may leave. The next run removes these files before it starts, so that nobody mistakes an old file
# for a file of the new run.
LEFT = [
    outputs.RESULT,
    outputs.GUEST_DUMP,
    outputs.FTRACE_BUFFERS,
    kernel_symbols.LIST,
    recording.DUMP,
    recording.PERFETTO,
    trace_figures.NUMBERS,
    *(f"{exits_figure.NAME}.{kind}" for kind in exits_figure.FORMATS),
    *(f"{name}.{kind}" for name in (*trace_drawing.NAMES, functions_figure.NAME, ipi_figure.NAME) for kind in trace_figures.Choice().formats),
]


@dataclass(frozen=True)
class Files:
    """The files of a run, with the most interesting file first. timeline: the Perfetto trace, or None if there is no
    Perfetto trace. problem: why files are missing, or None if no file is missing."""

    paths: list[Path]
    timeline: Path | None
    problem: str | None = None

    @property
    def how_to_view(self) -> str | None:
        """A line with the command that shows the timeline."""
        return f"the timeline: bazel run //trace:view -- {self.timeline}" if self.timeline else None


def symbols_of(guest: Guest, directory: Path) -> list[str]:
    """Returns hstrace's arguments for the files from which hstrace learns the names of functions. These are hv's ELF
    file, the ELF files of the guest's programs if they have symbols, and the list of the kernel's functions."""
    found = [guest.image.symbols_argument] if guest.image else []
    for program in (guest.firmware, guest.payload):
        path = program.symbols if program else None
        if program and path and Elf(path.read_bytes(), path.name).symbols:
            found.append(f"{path}@{program.symbols_offset:#x}" if program.symbols_offset else str(path))
    return [*found, *(str(path) for path in [directory / kernel_symbols.LIST] if path.exists())]


def _draw_trace(dump: Path, described: dict[str, Any]) -> list[Path]:
    """Draws the figures of a trace into the directory of the trace, and adds the phases of the run to the trace.
    Returns the figures. If a run failed, its trace and its result may not match. In this case the figures show only the
    phases that the trace itself contains."""
    choice = trace_figures.Choice(same_run=False)
    picture = trace_figures.gather(dump, described, choice)
    recording.note_phases(dump, picture.phases)
    return trace_figures.draw(picture, dump.parent, choice)


def _draw_functions(dump: Path, described: dict[str, Any], symbols: Sequence[str]) -> list[Path]:
    """Draws the figure of the functions that exits interrupt. Returns the files of the figure. Returns an empty list if
    only hv has symbols."""
    if len(symbols) < 2:
        return []
    return trace_figures.draw_functions(dump, list(symbols), described, dump.parent, trace_figures.Choice())


def _make_of_trace(dump: Path, described: dict[str, Any], symbols: Sequence[str]) -> list[Path]:
    """Makes the Perfetto trace and the figures of a trace. Returns the files, the Perfetto trace first. Raises Failure."""
    try:
        drawn = _draw_trace(dump, described)
        timeline = recording.convert(dump, list(symbols))
        return [timeline, *drawn, *_draw_functions(dump, described, symbols)]
    except trace_rows.TraceError as error:
        raise Failure(f"the trace cannot be drawn: {error}") from error


def _make(directory: Path, described: dict[str, Any], find_symbols: Callable[[], list[str]]) -> Files:
    """Makes the files that follow from the result, and returns all files. Raises Failure."""
    found = [directory / outputs.RESULT, directory / outputs.CONSOLE]
    found += [path for name in (outputs.GUEST_DUMP, outputs.FTRACE_BUFFERS, kernel_symbols.LIST) if (path := directory / name).exists()]
    drawn = exits_figure.draw(described, directory)
    dump = directory / recording.DUMP
    if not dump.exists():
        return Files([*found, *drawn], None)
    made = _make_of_trace(dump, described, find_symbols())
    return Files([*found, dump, *made[:1], *drawn, *made[1:]], made[0])


def _made_so_far(directory: Path, problem: str) -> Files:
    """Returns the files of a run whose other files cannot be made because of @p problem."""
    names = dict.fromkeys([outputs.RESULT, outputs.CONSOLE, recording.DUMP, *LEFT])
    paths = [path for name in names if (path := directory / name).exists()]
    timeline = directory / recording.PERFETTO
    return Files(paths, timeline if timeline in paths else None, f"{problem}\nthe trace is kept: {directory / recording.DUMP}")


def leave_with(directory: Path, described: dict[str, Any], find_symbols: Callable[[], list[str]]) -> Files:
    """Does the same as leave(). @p find_symbols returns hstrace's arguments for the files with symbols, and is called only
    if there is a trace."""
    result.write(directory, described)
    try:
        return _make(directory, described, find_symbols)
    except Failure as failure:
        if described["status"] == "ok":
            raise
        return _made_so_far(directory, str(failure))


def leave(directory: Path, described: dict[str, Any], guest: Guest) -> Files:
    """Writes the result, and makes the other files. Returns all files.

    The trace of a failed run may be unusable. If so, this function returns the files that there are, and the problem.
    If the run succeeded, it raises Failure instead. In both cases the result has already been written.
    """
    return leave_with(directory, described, lambda: symbols_of(guest, directory))
