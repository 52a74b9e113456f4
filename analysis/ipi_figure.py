"""Draws the latency matrix: how long interrupts from each hart to each hart took."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from analysis import style
from analysis.ipis import Ipis

NAME = "ipi_latency"
NUMBERED = 8  # with more harts, the cells have only colours
TICKS = 16  # at most this many harts have a label on an axis


def numbers(ipis: Ipis, harts: list[int]) -> list[dict[str, int]]:
    """Returns the numbers of the figure: for each pair of harts (their ids), the count of interrupts and their latencies in ns."""
    return [
        {"from": harts[pair[0]], "to": harts[pair[1]], "count": each.count, "p50_ns": each.quantile(0.5),
         "p99_ns": each.quantile(0.99), "max_ns": each.most}
        for pair, each in sorted(ipis.latencies.items())
    ]  # fmt: skip


def _label(axes: Any, harts: list[int]) -> None:
    step = -(-len(harts) // TICKS)
    places = range(0, len(harts), step)
    axes.set_xticks(places, [str(harts[place]) for place in places], fontsize=8)
    axes.set_yticks(places, [str(harts[place]) for place in places], fontsize=8)
    axes.set_xlabel("to hart", fontsize=9)
    axes.set_ylabel("from hart", fontsize=9)


def _write_numbers(axes: Any, mesh: Any, ipis: Ipis) -> None:
    """Writes the median and the count into each cell, in black on light colours and in white on dark ones."""
    for (sender, receiver), each in ipis.latencies.items():
        median = each.quantile(0.5)
        red, green, blue, _ = mesh.cmap(mesh.norm(max(median / 1000, 1e-3)))
        colour = "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "white"
        for text, points, size in ((style.number(median / 1000), 4, 9), (f"{each.count:,}", -9, 7)):
            axes.annotate(text, (receiver, sender), (0, points), textcoords="offset points", ha="center", va="center", fontsize=size, color=colour)


def _matrix(ipis: Ipis, harts: list[int], title: str) -> Any:
    pyplot = style.pyplot()
    from matplotlib.colors import LogNorm

    cells = np.full((len(harts), len(harts)), np.nan)
    for pair, each in ipis.latencies.items():
        cells[pair] = max(each.quantile(0.5) / 1000, 1e-3)  # the scale is logarithmic, so a latency of 0 has no place on it
    figure, axes = pyplot.subplots(figsize=(7, 6.2), layout="constrained")
    middle = np.sqrt(np.nanmin(cells) * np.nanmax(cells))
    least, most = min(np.nanmin(cells) / 1.5, middle / 4), max(np.nanmax(cells) * 1.5, middle * 4)  # at least one power of ten
    borders = np.arange(len(harts) + 1) - 0.5
    mesh = axes.pcolormesh(borders, borders, cells, cmap="Blues", norm=LogNorm(least, most), edgecolors="white", linewidth=0.5)
    axes.set_facecolor("#EEEEEE")
    axes.set_ylim(len(harts) - 0.5, -0.5)
    axes.set_aspect("equal")
    _label(axes, harts)
    bar = figure.colorbar(mesh, ax=axes, shrink=0.8)
    bar.set_label("median latency, \N{MICRO SIGN}s", fontsize=9)
    bar.ax.yaxis.set_major_formatter(style.number)
    bar.ax.yaxis.set_minor_formatter("")
    bar.ax.tick_params(labelsize=8)
    what = "in each cell: the median in \N{MICRO SIGN}s, and below it the number of interrupts"
    if len(harts) <= NUMBERED:
        _write_numbers(axes, mesh, ipis)
    else:
        what = "grey: no interrupts"
    axes.set_title(f"{title}\n{what}", loc="left", fontsize=10)
    return figure


def draw(ipis: Ipis, harts: list[int], title: str, directory: Path, formats: list[str]) -> list[Path]:
    """Draws the figure.

    ipis: the latencies; harts: the id of each hart, by index; title: the first lines of the title
    Returns the files, or none if no interrupt arrived."""
    return style.save(_matrix(ipis, harts, title), directory, NAME, formats) if ipis.latencies else []
