"""What a run leaves in its directory beside the console: its result, and if it has a trace, the trace and what is made of it.

Called by each runner after the run, so that all of them leave the same files. Prints nothing.
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

# What a run may leave, and must not be taken for the next one's.
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
    """The files of a run, in the order in which they are of interest. timeline: the Perfetto trace among them, if there is one."""

    paths: list[Path]
    timeline: Path | None

    @property
    def how_to_view(self) -> str | None:
        """The line that tells how to look at the timeline."""
        return f"the timeline: bazel run //trace:view -- {self.timeline}" if self.timeline else None


def symbols_of(guest: Guest, directory: Path) -> list[str]:
    """Returns what names functions, as hstrace takes it: hv, the programs that have symbols, and the kernel's list."""
    found = [guest.image.symbols_argument] if guest.image else []
    for program in (guest.firmware, guest.payload):
        path = program.symbols if program else None
        if program and path and Elf(path.read_bytes(), path.name).symbols:
            found.append(f"{path}@{program.symbols_offset:#x}" if program.symbols_offset else str(path))
    return [*found, *(str(path) for path in [directory / kernel_symbols.LIST] if path.exists())]


def _draw_trace(dump: Path, described: dict[str, Any]) -> list[Path]:
    """Draws the trace beside it, and notes in it which phases it has; returns the figures. What is left of a run that failed need not
    fit its result."""
    choice = trace_figures.Choice(same_run=False)
    picture = trace_figures.gather(dump, described, choice)
    recording.note_phases(dump, picture.phases)
    return trace_figures.draw(picture, dump.parent, choice)


def _draw_functions(dump: Path, described: dict[str, Any], symbols: Sequence[str]) -> list[Path]:
    """Draws which functions exits interrupt; returns the figure's files, none if only hv's functions have names."""
    if len(symbols) < 2:
        return []
    return trace_figures.draw_functions(dump, list(symbols), described, dump.parent, trace_figures.Choice())


def _make_of_trace(dump: Path, described: dict[str, Any], symbols: Sequence[str]) -> list[Path]:
    """Makes all that is made of a trace; returns the files, the Perfetto trace first. Raises Failure."""
    try:
        drawn = _draw_trace(dump, described)
        timeline = recording.convert(dump, list(symbols))
        return [timeline, *drawn, *_draw_functions(dump, described, symbols)]
    except trace_rows.TraceError as error:
        raise Failure(f"the trace cannot be drawn: {error}") from error


def leave(directory: Path, described: dict[str, Any], symbols: Sequence[str]) -> Files:
    """Writes the result and makes the other files; returns them. Raises Failure after the result is written."""
    found = [result.write(directory, described), directory / outputs.CONSOLE]
    found += [path for name in (outputs.GUEST_DUMP, kernel_symbols.LIST) if (path := directory / name).exists()]
    drawn = exits_figure.draw(described, directory)
    dump = directory / recording.DUMP
    if not dump.exists():
        return Files([*found, *drawn], None)
    made = _make_of_trace(dump, described, symbols)
    return Files([*found, dump, *made[:1], *drawn, *made[1:]], made[0])
