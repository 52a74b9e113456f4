"""Draws the three figures of a trace: exits over time, durations of exits by cause, and how each hart's time was spent.

trace_figures uses this file. The file draws the numbers of a Summary, and does not read dumps.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from analysis import style
from analysis.histogram import BINS, Histogram, lows
from analysis.phases import SECOND, Phases
from analysis.trace_summary import ALL, OWNERS, Summary

NAMES = ("exits_over_time", "latency_by_cause", "hart_shares")
OTHERS = "others"
SHOWN = 7  # at most this many causes have a separate colour
ROWS = 12  # at most this many causes have a separate row in the figure of durations
INTERVALS = 240
GAPS = 1000  # at most this many gaps are marked
LINES = 4  # up to this number, harts are drawn as lines; if there are more harts, they are drawn as rows
TICKS = 8  # at most this many rows are labelled
DASHES = ["-", "--", "-.", ":"]
TRIGGER = "trigger"  # the label of a trigger's line
OWNER_NAMES = {"asleep": "asleep in wfi", "unknown": "unknown (slots lost)"}


@dataclass
class Picture:
    """The data that all figures of one trace need."""

    summary: Summary
    harts: list[int]  # the id of each hart, by the hart's index
    phases: Phases
    subtitle: str  # a text that describes the run
    whole: bool = True  # whether the figures show the whole trace, not only a window
    triggers: list[int] = field(default_factory=list)  # when triggers of the recorder fired, ns of mtime

    def begin(self, first: float) -> float:
        """Returns the time (s) at which the time axis begins. @p first is the time of the first exit. A figure of the
        whole trace begins with the first phase, which is earlier."""
        starts = [ns / SECOND for _, ns in self.phases[:1]] if self.whole else []
        return min([first, *starts])

    def title(self, text: str) -> str:
        """Returns the two lines of text above a figure."""
        return f"{text}\n{self.subtitle}"


def causes(summary: Summary) -> list[str]:
    """Returns the names of all kinds of exits. The most frequent kind comes first."""
    return sorted(summary.durations, key=lambda name: (-summary.durations[name].count, name))


def coloured(summary: Summary) -> dict[str, str]:
    """Returns the colours of the most frequent causes, and the colour of `others`, which stands for all other causes
    together."""
    shown = causes(summary)[:SHOWN]
    rest = {OTHERS: style.REST} if len(summary.durations) > SHOWN else {}
    return {**dict(zip(shown, style.PALETTE)), **rest}


def _with_others(counts: dict[str, Any], shown: dict[str, str], zero: Any) -> dict[str, Any]:
    """Returns the counts of the causes in @p shown. The counts of all other causes are added up as `others`."""
    found = {name: counts.get(name, zero) for name in shown if name != OTHERS}
    if OTHERS in shown:
        found[OTHERS] = sum((count for name, count in counts.items() if name not in shown), start=zero)
    return found


def _lines(name: str) -> str:
    """Returns the name of an exit in two lines if the name contains a detail: the detail is on the second line. The
    longest names do not fit on one line."""
    return name.replace(": ", ":\n")


# ---- exits over time ----


@dataclass
class Label:
    """The name of a phase above a figure. The label contains the position of the phase's line, and the left and right
    ends of the text."""

    name: str
    at: float
    left: float
    right: float
    row: int = 0

    @property
    def ends_at_line(self) -> bool:
        """Whether the text stands to the left of the phase's line, because there is no room to the right of the
        line."""
        return self.left < self.at


def place_labels(phases: Phases, begin: float, end: float) -> list[Label]:
    """Returns the labels of the phases between two times (s). The labels are placed in rows so that no label covers
    another label or a line. If two labels are to the right of their lines, the label of the earlier phase is higher. If
    two labels are to the left of their lines, the label of the later phase is higher."""
    labels = []
    for name, ns in phases:
        at = ns / SECOND
        width = (0.0115 * len(name) + 0.012) * (end - begin)
        left = at - width if at + width > end else at
        if begin <= at <= end:
            labels.append(Label(name, at, left, left + width))
    placed: list[Label] = []
    for label in [one for one in labels[::-1] if not one.ends_at_line] + [one for one in labels if one.ends_at_line]:
        below = [one.row for one in placed if one.left <= label.right and label.left <= one.right]
        label.row = max(below, default=-1) + 1
        placed.append(label)
    return labels


def _mark_phases(axes: Any, phases: Phases, begin: float, end: float) -> None:
    """Draws a line where each phase begins, and the name of the phase above the line."""
    labels = place_labels(phases, begin, end)
    for label in labels:
        axes.axvline(label.at, color=style.FAINT, linewidth=0.8, linestyle=(0, (4, 2)), zorder=3)
        height = 1.015 + 0.062 * label.row
        side = "right" if label.ends_at_line else "left"
        look = {"fontsize": 8, "ha": side, "annotation_clip": False}
        axes.annotate(f" {label.name} ", (label.at, height), xycoords=("data", "axes fraction"), **look)
        tick = {"transform": axes.get_xaxis_transform(), "color": style.FAINT, "linewidth": 0.8, "clip_on": False}
        axes.plot([label.at, label.at], [1, height + 0.045], **tick)
    rows = max((label.row for label in labels), default=-1) + 1
    axes.set_title(axes.get_title(loc="left"), loc="left", fontsize=10, pad=8 + 15 * rows)


def _mark_triggers(axes: Any, triggers: list[int]) -> None:
    """Draws a line where each trigger fired."""
    for ns in triggers:
        axes.axvline(ns / SECOND, color=style.TRIGGER, linewidth=1.2, zorder=4)


def _mark_gaps(axes: Any, summary: Summary, label: str) -> None:
    """Shades the periods in which slots of the trace were lost."""
    for begin, end, _ in summary.gaps[:GAPS]:
        look = {"facecolor": "#DDDDDD", "edgecolor": "#999999", "hatch": "////", "linewidth": 0.6}
        axes.axvspan(begin / SECOND, end / SECOND, zorder=0, label=label, **look)
        label = "_"


def _legend_beside(axes: Any, handles: list[Any], labels: list[str], title: str) -> None:
    """Draws the legend to the right of the axes, in the order of the handles."""
    look = {"frameon": False, "fontsize": 8, "title_fontsize": 9, "alignment": "left"}
    axes.legend(handles, labels, loc="upper left", bbox_to_anchor=(1.01, 1), title=title, **look)


def _rates(axes: Any, picture: Picture, edges: Any, seconds: float) -> None:
    """Draws the exits per second, stacked by cause."""
    series, shown = picture.summary.series, coloured(picture.summary)
    rows = {name: series.row(name, INTERVALS) for name in picture.summary.durations}
    stacked = _with_others(rows, shown, np.zeros(len(edges) - 1))
    low = np.zeros(len(edges) - 1)
    for name, colour in shown.items():
        high = low + stacked[name] / seconds
        axes.stairs(high, edges, baseline=low, fill=True, color=colour, label=_lines(name), zorder=2, linewidth=0)
        low = high
    axes.set_ylabel("exits per second", fontsize=9)
    axes.yaxis.set_major_formatter(style.thousands)
    handles, labels = axes.get_legend_handles_labels()
    _legend_beside(axes, handles[::-1], labels[::-1], "cause")


def _busy_lines(axes: Any, picture: Picture, edges: Any, shares: Any) -> None:
    """Draws each hart's share of time in exits as a line."""
    for index, line in enumerate(shares):
        look = {"color": style.PALETTE[index], "linestyle": DASHES[index % len(DASHES)]}
        axes.stairs(line, edges, baseline=None, label=f"hart {picture.harts[index]}", linewidth=1.2, zorder=2, **look)
    axes.set_ylabel("time in exits, %", fontsize=9)
    axes.set_ylim(bottom=0)
    handles, labels = axes.get_legend_handles_labels()
    _legend_beside(axes, handles, labels, "hart")


def _busy_rows(axes: Any, picture: Picture, edges: Any, shares: Any) -> None:
    """Draws the same shares for many harts. Each hart has a row, and the row is darker where the hart's share is
    greater."""
    rows = np.arange(len(shares) + 1) - 0.5
    mesh = axes.pcolormesh(edges, rows, shares, cmap="Blues", vmin=0, zorder=-1, rasterized=True)
    step = -(-len(shares) // TICKS)
    axes.set_yticks(range(0, len(shares), step), picture.harts[::step])
    axes.set_ylim(len(shares) - 0.5, -0.5)
    axes.set_ylabel("hart", fontsize=9)
    bar = axes.figure.colorbar(mesh, cax=axes.inset_axes((1.02, 0, 0.018, 1)))
    bar.set_label("time in exits, %", fontsize=9)
    bar.ax.tick_params(labelsize=8)


def exits_over_time(picture: Picture) -> Any:
    """Draws the exits per second by cause. Below these, draws which share of its time each hart spends in exits."""
    summary = picture.summary
    series = summary.series
    width = series.joined(INTERVALS) * series.width / SECOND
    edges = series.begin() / SECOND + width * np.arange(len(series.row(ALL, INTERVALS)) + 1)
    figure, (above, below) = style.pyplot().subplots(
        2, sharex=True, figsize=(9, 5.6), layout="constrained", height_ratios=[3, 2]
    )
    above.set_title(picture.title("exits to hv over time"), loc="left", fontsize=10)
    _mark_gaps(above, summary, f"incomplete:\n{summary.lost:,} slots lost")
    _mark_gaps(below, summary, "_")
    for axes in (above, below):
        style.plain(axes)
        axes.tick_params(labelsize=8)
    _rates(above, picture, edges, width)
    shares = np.array([100 * series.row(f"hv {i}", INTERVALS) / width / SECOND for i in range(len(picture.harts))])
    (_busy_lines if len(shares) <= LINES else _busy_rows)(below, picture, edges, shares)
    begin = picture.begin(edges[0])
    marks = [*picture.phases, *((TRIGGER, ns) for ns in picture.triggers)]
    _mark_phases(above, sorted(marks, key=lambda mark: mark[1]), begin, edges[-1])
    for axes in (above, below):
        _mark_triggers(axes, picture.triggers)
    for _, ns in picture.phases:
        below.axvline(ns / SECOND, color=style.FAINT, linewidth=0.8, linestyle=(0, (4, 2)), zorder=3)
    below.set_xlim(begin, edges[-1])
    below.set_xlabel(f"seconds of the machine's clock (mtime); one step is {1000 * width:.3g} ms", fontsize=9)
    return figure


# ---- latency by cause ----


def _latency_rows(summary: Summary) -> list[tuple[str, Histogram]]:
    """Returns the rows of the figure: first the causes that took most time, then one row for all other causes together,
    then one row for all exits."""
    ranked = sorted(summary.durations, key=lambda name: (-summary.durations[name].total, name))
    rows = [(name, summary.durations[name]) for name in ranked[:ROWS]]
    parts = [(f"{len(ranked) - ROWS} others", ranked[ROWS:]), (ALL, ranked)] if len(ranked) > ROWS else [(ALL, ranked)]
    for name, members in parts:
        together = Histogram()
        for member in members:
            together.merge(summary.durations[member])
        rows.append((name, together))
    return rows


def _counts(histogram: Histogram, edges: Any) -> Any:
    """Returns how many exits have a duration between each pair of neighbouring values of @p edges."""
    return np.histogram(lows()[:BINS], edges, weights=histogram.bins)[0]


def _heights(counts: Any, most: float) -> Any:
    """Converts counts of exits to heights on a logarithmic scale. The height is 0 for no exits, and 0.8 for @p most
    exits."""
    return np.where(counts > 0, np.log10(np.maximum(counts, 1)) + 0.5, 0) * 0.8 / (np.log10(max(most, 1)) + 0.5)


# Each percentile has a fraction of the exits, and a marker with a shape, a colour and a size. Smaller markers are drawn
# on top of larger markers.
MARKS = {"p50": (0.5, "o", "#000000", 4), "p99": (0.99, "^", "#E69F00", 7), "p99.9": (0.999, "D", "#FFFFFF", 9)}


def _look(colour: str, size: int) -> dict[str, Any]:
    """Returns matplotlib's arguments for a percentile's marker."""
    return {"color": colour, "markeredgecolor": "black", "markersize": size, "markeredgewidth": 0.8}


def _beside(axes: Any, place: float, text: str, **look: Any) -> None:
    """Writes text to the right of the axes, at the height of a row."""
    axes.annotate(text, (1.01, place), xycoords=("axes fraction", "data"), fontsize=8, annotation_clip=False, **look)


def _latency_row(axes: Any, place: int, histogram: Histogram, edges: Any, most: float) -> None:
    """Draws one cause: the distribution of its durations, a line from the shortest to the longest, and the percentiles.
    @p most is the greatest number of exits between two neighbouring edges in any row."""
    heights = _heights(_counts(histogram, edges), most)
    axes.stairs(place - heights, edges, baseline=place, fill=True, color=style.PALETTE[4], linewidth=0)
    axes.plot([max(histogram.least, 1), max(histogram.most, 1)], [place, place], color=style.FAINT, linewidth=1)
    for fraction, mark, colour, size in MARKS.values():
        at = max(histogram.quantile(fraction), 1)
        axes.plot(at, place, mark, clip_on=False, zorder=20 - size, **_look(colour, size))


def _log_axis(axes: Any, edges: Any, label: str) -> None:
    """Sets ticks and label of an axis of durations. Ticks are at 1, 2 and 5 times each power of ten. If the axis covers
    many powers of ten, ticks are only at the powers of ten."""
    few = edges[-1] / edges[0] < 200
    axes.xaxis.set_major_locator(style.pyplot().LogLocator(subs=(1, 2, 5) if few else (1,), numticks=12))
    axes.xaxis.set_minor_formatter("")
    axes.xaxis.set_major_formatter(style.number)
    axes.set_xlabel(f"duration of an exit, {label}", fontsize=9)
    axes.tick_params(axis="x", labelsize=8)


def latency_by_cause(picture: Picture) -> Any:
    """Draws how long exits take, by cause."""
    rows = _latency_rows(picture.summary)
    least = max(min((row.least for _, row in rows if row.count), default=1), 1)
    most = max((row.most for _, row in rows), default=10)
    edges = np.geomspace(least / 1.15, max(most * 1.3, least * 10), 121)
    highest = max(float(_counts(histogram, edges).max()) for _, histogram in rows)
    figure, axes = style.pyplot().subplots(figsize=(9, 2.1 + 0.36 * len(rows)), layout="constrained")
    for place, (_, histogram) in enumerate(rows):
        _latency_row(axes, place, histogram, edges, highest)
        _beside(axes, place - 0.15, f"{histogram.count:,}")
    _beside(axes, -1.25, "exits", color=style.FAINT)
    axes.set_yticks(range(len(rows)), [_lines(name) for name, _ in rows], fontsize=8)
    axes.set_ylim(len(rows) - 0.5, -1.6)
    axes.set_xscale("log")
    axes.set_xlim(edges[0], edges[-1])
    axes.grid(axis="x", color="#DDDDDD", linewidth=0.6, zorder=0)
    axes.set_axisbelow(True)
    _log_axis(axes, edges, f"cycles; height: exits (same log scale in all rows, at most {highest:,.0f}); line: minimum to maximum")
    if rate := picture.summary.ns_per_cycle():
        above = axes.secondary_xaxis("top", functions=(lambda cycles: cycles * rate / 1000, lambda us: us * 1000 / rate))
        above.spines["top"].set_visible(False)
        _log_axis(above, edges, f"\N{MICRO SIGN}s; a cycle is {rate:.3g} ns")
    axes.set_title(picture.title("how long exits take, by cause; those that took most time first"), loc="left", fontsize=10)
    handles = [axes.plot([], [], mark, **_look(colour, size))[0] for _, mark, colour, size in MARKS.values()]
    axes.legend(handles, MARKS, frameon=False, fontsize=8, loc="upper right", ncols=3)
    style.plain(axes)
    return figure


# ---- shares by hart ----


def _stack(
    axes: Any, below: Any, labels: list[str], parts: dict[str, list[float]], looks: dict[str, str], names: dict[str, str]
) -> None:
    """Draws one bar for each hart. The bar consists of the @p parts from left to right. The legend below the bars lists
    the parts in the same order."""
    left = np.zeros(len(labels))
    bars = []
    for part, values in parts.items():
        look = {"color": looks[part], "edgecolor": "#444444", "linewidth": 0.5, "height": 0.7}
        bars.append(axes.barh(labels, values, left=left, **look))
        left += values
    axes.invert_yaxis()
    axes.margins(y=0.02)
    axes.tick_params(labelsize=8)
    style.plain(axes)
    below.axis("off")
    look = {"frameon": False, "fontsize": 7.5, "ncols": 2 if len(parts) > 5 else 1, "columnspacing": 1, "handlelength": 1.5}
    below.legend(bars, [_lines(names.get(part, part)) for part in parts], loc="upper left", borderaxespad=0, **look)


def _time_bars(axes: Any, below: Any, labels: list[str], summary: Summary) -> None:
    """Draws how each hart's time was spent. hv's share, the first part, is also written as a number."""
    shares = [hart.shares() for hart in summary.harts]
    wholes = [max(sum(share.values()), 1) for share in shares]
    time = {owner: [100 * share[owner] / whole for share, whole in zip(shares, wholes)] for owner in OWNERS}
    _stack(axes, below, labels, {owner: part for owner, part in time.items() if any(part)}, style.WORLDS, OWNER_NAMES)
    for place, share in enumerate(time["hv"]):
        axes.annotate(f" hv {share:.2f} %", (100, place), va="center", fontsize=8, annotation_clip=False)
    axes.set_xlabel("share of the hart's time, %", fontsize=9)
    axes.set_xlim(0, 100)


def hart_shares(picture: Picture) -> Any:
    """Draws how each hart's time was spent, and the exits of each hart by cause."""
    summary, shown = picture.summary, coloured(picture.summary)
    labels = [f"hart {hart}" for hart in picture.harts]
    height = 0.5 + 0.28 * len(labels)
    figure, ((left, right), (left_below, right_below)) = style.pyplot().subplots(
        2, 2, figsize=(9, height + 2.3), layout="constrained", height_ratios=[height, 1.2], width_ratios=[2, 3]
    )
    _time_bars(left, left_below, labels, summary)
    exits = [_with_others(hart.exits, shown, 0) for hart in summary.harts]
    _stack(right, right_below, labels, {name: [hart[name] for hart in exits] for name in shown}, shown, {})
    right.set_xlabel("exits to hv", fontsize=9)
    right.xaxis.set_major_formatter(style.thousands)
    right.xaxis.set_major_locator(style.pyplot().MaxNLocator(5))
    left.set_title(picture.title("how each hart's time was spent, and its exits by cause"), loc="left", fontsize=10)
    return figure


def draw(picture: Picture, directory: Path, formats: list[str]) -> list[Path]:
    """Writes the figures. Returns the files."""
    drawn = zip(NAMES, (exits_over_time, latency_by_cause, hart_shares))
    return [path for name, make in drawn for path in style.save(make(picture), directory, name, formats)]
