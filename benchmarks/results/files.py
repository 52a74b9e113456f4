"""Makes the files that a run leaves in its directory: the result, and if the run has a trace, its figures and the Perfetto trace.

Each runner calls this after the run, so that all runners leave the same files. Nothing is printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis import exits_figure, functions_figure, trace_drawing, trace_figures, trace_rows
from benchmarks.results import outputs, result
from cli.failure import Failure
from machines import kernel_symbols, recording
from machines.elf import Elf
from machines.machine import Guest

# The files that a run may leave. The next run removes them before it starts, so that nobody takes them for files of the new run.
LEFT = [
    outputs.RESULT,
    outputs.GUEST_DUMP,
    kernel_symbols.LIST,
    recording.DUMP,
    recording.PERFETTO,
    trace_figures.NUMBERS,
    *(f"{exits_figure.NAME}.{kind}" for kind in exits_figure.FORMATS),
    *(f"{name}.{kind}" for name in (*trace_drawing.NAMES, functions_figure.NAME) for kind in trace_figures.Choice().formats),
]


@dataclass(frozen=True)
class Files:
    """The files of a run, the most interesting first. timeline: the Perfetto trace among them, or None."""

    paths: list[Path]
    timeline: Path | None

    @property
    def how_to_view(self) -> str | None:
        """A line with the command that shows the timeline."""
        return f"the timeline: bazel run //trace:view -- {self.timeline}" if self.timeline else None


def symbols_of(guest: Guest, directory: Path) -> list[str]:
    """Returns hstrace's arguments for the files that name functions: the ELF files of hv and of the guest's programs that have
    symbols, and the list of the kernel's functions."""
    found = [guest.image.symbols_argument] if guest.image else []
    for program in (guest.firmware, guest.payload):
        path = program.symbols if program else None
        if program and path and Elf(path.read_bytes(), path.name).symbols:
            found.append(f"{path}@{program.symbols_offset:#x}" if program.symbols_offset else str(path))
    return [*found, *(str(path) for path in [directory / kernel_symbols.LIST] if path.exists())]


def _draw_trace(dump: Path, described: dict[str, Any]) -> list[Path]:
    """Draws the figures of a trace beside it, and adds the phases of the run to the trace. Returns the figures. The trace of a
    failed run may not match its result. Its figures then show only the phases that the trace itself contains."""
    choice = trace_figures.Choice(same_run=False)
    picture = trace_figures.gather(dump, described, choice)
    recording.note_phases(dump, picture.phases)
    return trace_figures.draw(picture, dump.parent, choice)


def _draw_functions(dump: Path, described: dict[str, Any], symbols: Sequence[str]) -> list[Path]:
    """Draws the figure of the functions that exits interrupt. Returns its files, or none if only hv has symbols."""
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


def leave(directory: Path, described: dict[str, Any], symbols: Sequence[str]) -> Files:
    """Writes the result, and makes the other files. Returns all files. If one of the others cannot be made, raises Failure; the result
    has been written by then."""
    found = [result.write(directory, described), directory / outputs.CONSOLE]
    found += [path for name in (outputs.GUEST_DUMP, kernel_symbols.LIST) if (path := directory / name).exists()]
    drawn = exits_figure.draw(described, directory)
    dump = directory / recording.DUMP
    if not dump.exists():
        return Files([*found, *drawn], None)
    made = _make_of_trace(dump, described, symbols)
    return Files([*found, dump, *made[:1], *drawn, *made[1:]], made[0])
