"""Draws exits_by_cause.png and exits_by_cause.svg from a result.json. Each cause has one bar, which is stacked by hart.

The runners call this file. The same result always gives figures with the same bytes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from analysis import style

NAME = "exits_by_cause"
LEGEND_IN_FIGURE = 8  # with more harts, the legend is below the bars, with this number of harts in a line
FORMATS = ("png", "svg")


def _title(result: dict[str, Any]) -> str:
    how = "deterministic" if result["icount"] else "real concurrency"
    harts = f"{result['harts']} hart" + ("s" if result["harts"] > 1 else "")
    return f"{result['benchmark']}: exits to hv by cause\n{result['config']}, {harts}, {how}, {result['status']}"


def _bars(axes: Any, exits: dict[str, Any]) -> None:
    causes = list(exits["by_cause"])
    left = [0] * len(causes)
    for index, hart in enumerate(exits["by_hart"]):
        counts = [hart["by_cause"].get(cause, 0) for cause in causes]
        axes.barh(causes, counts, left=left, label=f"hart {hart['hart']}", edgecolor="white", linewidth=0.5, **style.fill(index))
        left = [sum(pair) for pair in zip(left, counts)]
    for row, count in enumerate(left):
        axes.annotate(f" {count:,}", (count, row), va="center", fontsize=8)


def draw(result: dict[str, Any], directory: Path) -> list[Path]:
    """Writes the figure into @p directory. Returns the files of the figure. Returns an empty list if the run counted no
    exits."""
    exits = result["exits"]
    if exits is None or exits["total"] == 0:
        return []
    pyplot = style.pyplot()
    harts = len(exits["by_hart"])
    below = 0.25 * -(-harts // LEGEND_IN_FIGURE) if harts > LEGEND_IN_FIGURE else 0.0  # inches for the legend
    height = 1.8 + 0.38 * len(exits["by_cause"]) + below
    figure, axes = pyplot.subplots(figsize=(9, height), layout="constrained")
    _bars(axes, exits)
    axes.invert_yaxis()
    axes.set_title(_title(result), loc="left", fontsize=10)
    axes.set_xlabel("exits (number of traps into hv)")
    axes.xaxis.set_major_formatter(style.thousands)
    axes.margins(x=0.12)
    style.plain(axes)
    if below:
        figure.get_layout_engine().set(rect=(0, below / height, 1, 1 - below / height))
        figure.legend(frameon=False, fontsize=8, loc="lower center", ncols=LEGEND_IN_FIGURE)
    else:
        axes.legend(frameon=False, fontsize=8, loc="lower right")
    return style.save(figure, directory, NAME, list(FORMATS))
