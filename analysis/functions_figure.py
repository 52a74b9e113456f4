"""Draws the figure exits_by_function. It shows which functions of the guest are interrupted by exits, sorted by the
time that hv spends in those exits.

trace_figures and boot_qemu use this file. The figure shows the numbers that `hstrace stat --by=function` prints.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis import style, trace_rows

NAME = "exits_by_function"
ROWS = 15  # at most this many functions have a separate bar
LONGEST = 48  # the figure shows at most this many characters of a function's name
OTHERS = "other functions"
NAMELESS = ", no function"  # hstrace names a row "WORLD, no function" if no symbol contains the row's program counters


@dataclass(frozen=True)
class Row:
    """The name of a function, the number of exits that interrupted it, and hv's cycles in those exits."""

    name: str
    count: int
    cycles: int


def read(dump: Path, symbols: Sequence[str], window: Sequence[str] = (), salvage: bool = False) -> list[Row]:
    """Returns the functions of a dump, sorted by descending time. @p symbols are the files for hstrace's option
    --symbols, and @p window contains hstrace's options --from and --to. Raises TraceError."""
    options = [*window, *(["--salvage"] if salvage else []), f"--symbols={','.join(symbols)}"]
    command = [str(trace_rows.HSTRACE), "stat", "--json", "--by=function", *options, str(dump)]
    done = subprocess.run(command, capture_output=True, text=True)
    try:
        said = json.loads(done.stdout)
    except ValueError:
        raise trace_rows.TraceError(done.stderr.strip() or "hstrace ended without a message") from None
    return [Row(row["name"], row["count"], row["cycles"]) for row in said["rows"]]


def shown(rows: list[Row]) -> list[Row]:
    """Returns the rows to draw: one row for each of the first functions, and one row for the sum of all other
    functions."""
    functions = [row for row in rows if not row.name.endswith(NAMELESS)]
    rest = functions[ROWS:]
    more = [Row(f"{len(rest)} {OTHERS}", sum(row.count for row in rest), sum(row.cycles for row in rest))] if rest else []
    return functions[:ROWS] + more


def nameless(rows: list[Row]) -> str:
    """Returns a line about the exits that are not drawn because no symbol contains their program counters. Returns ""
    if there are no such exits."""
    whole = sum(row.cycles for row in rows)
    parts = [
        f"{row.name.removesuffix(NAMELESS)} {row.count:,} exits ({row.cycles / whole:.1%} of the time)"
        for row in rows
        if row.name.endswith(NAMELESS)
    ]
    return f"not shown, without symbols: {', '.join(parts)}" if parts else ""


def _label(name: str) -> str:
    """Returns the name of a function, shortened so that it fits beside a bar."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def _bars(axes: Any, rows: list[Row], whole: int) -> None:
    for place, row in enumerate(rows):
        colour = style.REST if row.name.endswith(OTHERS) else style.PALETTE[0]
        axes.barh(place, 100 * row.cycles / whole, color=colour, edgecolor="white", linewidth=0.5)
        axes.annotate(f" {row.count:,} exit{'s' if row.count != 1 else ''}", (100 * row.cycles / whole, place), va="center", fontsize=8)
    axes.set_yticks(range(len(rows)), [_label(row.name) for row in rows], fontsize=8)


def draw(rows: list[Row], subtitle: str, directory: Path, formats: Sequence[str]) -> list[Path]:
    """Draws the figure into @p directory. Returns the files of the figure. Returns an empty list if there are no
    functions."""
    drawn = shown(rows)
    whole = sum(row.cycles for row in rows)
    if not drawn or not whole:
        return []
    figure, axes = style.pyplot().subplots(figsize=(9, 1.6 + 0.28 * len(drawn)), layout="constrained")
    _bars(axes, drawn, whole)
    axes.invert_yaxis()
    axes.set_title(f"exits by the function that they interrupt\n{subtitle}", loc="left", fontsize=10)
    axes.set_xlabel("\n".join(filter(None, ["share of hv's time in all exits (%)", nameless(rows)])), fontsize=9)
    axes.margins(x=0.16, y=0.02)
    style.plain(axes)
    directory.mkdir(parents=True, exist_ok=True)
    return style.save(figure, directory, NAME, list(formats))
