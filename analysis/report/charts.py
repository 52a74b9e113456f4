"""Draws the charts of the report as SVG. Colours come from the page's style sheet, so the charts are readable on light and dark ground.

All functions are pure: they take values and return text.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 640
LABEL = 230  # the width of the labels to the left of bars
ROW = 26
BAR = 16
AXIS = 26
VALUE = 70  # the room for a value to the right of a bar


@dataclass(frozen=True)
class Part:
    """A part of a bar. kind: the class of its colour in the style sheet."""

    name: str
    value: float
    kind: str


@dataclass(frozen=True)
class Ratio:
    """A ratio to the first mode, with its interval. verdict: as comparison.py has it."""

    label: str
    ratio: float
    low: float
    high: float
    verdict: str


@dataclass(frozen=True)
class Median:
    """A median of samples, with the ends of its interval. Both are the median itself if there is only one sample."""

    value: float
    low: float
    high: float


def number(value: float) -> str:
    """Returns a value as text with about three significant digits, and separators in great numbers."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 0.001 else f"{value:.1e}"


def _svg(height: float, label: str, parts: Sequence[str]) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'


def _text(x: float, y: float, text: str, anchor: str = "start", kind: str = "") -> str:
    of_class = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{of_class}>{escape(text)}</text>'


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Returns round numbers from @p low to @p high, about @p count of them."""
    if not high > low:
        return [low]
    rough = (high - low) / count
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    first = math.ceil(low / step - 1e-9)
    return [step * index for index in range(first, math.floor(high / step + 1e-9) + 1)]


def bars(label: str, rows: Mapping[str, Sequence[Part]], unit: str) -> str:
    """Returns horizontal bars, one a row, each divided into parts. The total is to the right of each bar."""
    most = max((sum(part.value for part in parts) for parts in rows.values()), default=0) or 1
    width = WIDTH - LABEL - VALUE
    lines = []
    for index, (name, parts) in enumerate(rows.items()):
        top, left = index * ROW + 4, float(LABEL)
        lines.append(_text(LABEL - 8, top + BAR - 3, name, "end"))
        for part in parts:
            length = width * part.value / most
            title = escape(f"{name}, {part.name}: {number(part.value)} {unit}")
            lines.append(f'<rect x="{left:.1f}" y="{top}" width="{length:.1f}" height="{BAR}" class="{part.kind}"><title>{title}</title></rect>')
            left += length
        lines.append(_text(left + 6, top + BAR - 3, number(sum(part.value for part in parts))))
    return _svg(len(rows) * ROW + 8, label, lines)


def _scale(ratios: Sequence[Ratio]) -> tuple[float, float]:
    """Returns the ends of the logarithmic axis of ratios: all intervals, and 1, with some room."""
    finite = [value for each in ratios for value in (each.low, each.high, each.ratio) if 0 < value < math.inf]
    low, high = min([*finite, 0.9]), max([*finite, 1.1])
    return low / 1.05, high * 1.05


def _ratio_ticks(low: float, high: float) -> list[float]:
    """Returns numbers for the axis of ratios. The farther apart its ends are, the farther apart are the numbers."""
    all_of_them = (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
    close = (0.25, 0.33, 0.4, 0.6, 0.67, 0.8, 0.9, 1.1, 1.25, 1.5, 1.75, 2.5, 3)
    steps = sorted({*all_of_them, *close}) if high / low < 4 else all_of_them
    return [step for step in steps if low <= step <= high]


def ratios(label: str, rows: Sequence[Ratio]) -> str:
    """Returns a dot with its interval for each row, on a logarithmic axis with a line at 1."""
    low, high = _scale(rows)
    width = WIDTH - LABEL - VALUE

    def x(value: float) -> float:
        inside = min(max(value, low), high)
        return LABEL + width * math.log(inside / low) / math.log(high / low)

    base = len(rows) * ROW + 4
    lines = [f'<line x1="{x(1):.1f}" x2="{x(1):.1f}" y1="0" y2="{base}" class="one"/>']
    for tick in _ratio_ticks(low, high):
        lines.append(_text(x(tick), base + 18, f"{tick:g}", "middle", "faint"))
    for index, row in enumerate(rows):
        y = index * ROW + ROW / 2
        kind = row.verdict.replace(" ", "-")
        title = escape(f"{row.label}: {row.ratio:.3f} ({row.low:.3f} to {row.high:.3f}), {row.verdict}")
        lines.append(_text(LABEL - 8, y + 4, row.label, "end"))
        lines.append(
            f'<g class="{kind}"><title>{title}</title><line x1="{x(row.low):.1f}" x2="{x(row.high):.1f}" y1="{y}" y2="{y}"/>'
            f'<circle cx="{x(row.ratio):.1f}" cy="{y}" r="5"/></g>'
        )
        lines.append(_text(WIDTH - VALUE + 8, y + 4, f"{row.ratio:.3f}"))
    return _svg(base + AXIS, label, lines)


def curves(label: str, lines_of: Mapping[str, Mapping[int, Median]], unit: str) -> str:
    """Returns one line a series over the number of harts, with the interval of each point. The vertical axis starts at 0."""
    harts = sorted({count for line in lines_of.values() for count in line})
    most = max((point.high for line in lines_of.values() for point in line.values()), default=1) or 1
    height, top, left, right = 220, 28, 74, 150
    base = height - AXIS

    def x(count: int) -> float:
        return left + (WIDTH - left - right) * harts.index(count) / max(len(harts) - 1, 1)

    def y(value: float) -> float:
        return base - (base - top) * value / most

    parts = [f'<path d="M{left} {top - 8}V{base}H{WIDTH - right}" class="axis"/>', _text(4, 12, unit, "start", "faint")]
    for tick in ticks(0, most, 4):
        parts.append(_text(left - 8, y(tick) + 4, number(tick), "end", "faint"))
    parts += [_text(x(count), height - 8, f"{count} hart{'s' if count > 1 else ''}", "middle", "faint") for count in harts]
    ends = []
    for index, (name, line) in enumerate(lines_of.items()):
        points = " ".join(f"{x(count):.1f},{y(line[count].value):.1f}" for count in sorted(line))
        parts.append(f'<polyline points="{points}" class="line c{index}"/>')
        for count, point in sorted(line.items()):
            known = f" ({number(point.low)} to {number(point.high)})" if point.low < point.high else ""
            title = escape(f"{name}, {count} harts: {number(point.value)}{known} {unit}")
            if known:
                parts.append(f'<path d="M{x(count):.1f} {y(point.low):.1f}V{y(point.high):.1f}" class="line interval c{index}"/>')
            parts.append(f'<circle cx="{x(count):.1f}" cy="{y(point.value):.1f}" r="4" class="dot c{index}"><title>{title}</title></circle>')
        ends.append((y(line[max(line)].value), index, name))
    last = -math.inf
    for at, index, name in sorted(ends):  # the names are at the ends of the lines, at least a line apart
        last = max(at, last + 15)
        parts.append(_text(WIDTH - right + 10, last + 4, name, "start", f"name c{index}"))
    return _svg(max(height, last + 12), label, parts)
