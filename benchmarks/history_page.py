"""Makes the page with the history of the figures. The page is one self-contained HTML file with a small plot in SVG for
each figure.

All functions are pure: they take values and return text. The lines consist of steps and not of slopes, because a figure
keeps its value until a commit records another value.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from analysis.style import FAINT, PALETTE
from benchmarks.gating import baseline

WIDTH, HEIGHT = 380, 150
LEFT, RIGHT, TOP, BOTTOM = 62, 12, 12, 22
HEADROOM = 0.08

STYLE = """\
:root { color-scheme: light dark }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; padding: 1em clamp(.8em, 3vw, 2em); background: #fff; color: #1c1e21 }
input { font: inherit; box-sizing: border-box; width: min(24em, 100%); padding: .3em; background: inherit; color: inherit; border: 1px solid #71767e }
main { display: grid; align-items: start; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24em), 1fr)); gap: 1em }
section { min-width: 0; padding: .6em .8em; border: 1px solid #c3c8d0; border-radius: 6px; background: #fff; color: #222 }
h2 { font: bold 15px ui-monospace, monospace; margin: .2em 0; overflow-wrap: anywhere }
svg { width: 100%; height: auto }
p.last { margin: 0; font-size: 13px; color: #444 }
text { font: 11px system-ui, sans-serif; fill: #444 }
summary { cursor: pointer; font-size: 13px; padding: .3em 0 }
input:focus-visible, summary:focus-visible { outline: 3px solid #0b57a4; outline-offset: 2px }
dl { font-size: 13px; margin: 0 }
dd { margin: 0 0 .6em 0; overflow-wrap: anywhere }
@media (prefers-color-scheme: dark) { body { background: #14171b; color: #e6e8eb } }
"""

SCRIPT = """\
document.querySelector("input").oninput = event => {
  for (const each of document.querySelectorAll("section"))
    each.hidden = !each.id.includes(event.target.value.trim());
};
"""


@dataclass(frozen=True)
class Update:
    """A reason that the baseline gives for new values, with the patterns of the figures that it is for."""

    figures: tuple[str, ...]
    because: str


@dataclass(frozen=True)
class Commit:
    """A commit that changed the baseline. updates: the reasons that the baseline got with this commit."""

    name: str
    date: str
    subject: str
    updates: tuple[Update, ...] = ()


@dataclass(frozen=True)
class Plot:
    """One figure, with a series of values for each configuration. A series maps the index of a commit to the value."""

    name: str
    unit: str
    series: dict[str, dict[int, float]]
    most: float | None


@dataclass(frozen=True)
class Scale:
    """Converts values and indices of commits to coordinates in a plot."""

    least: float
    most: float
    commits: int

    def x(self, index: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * index / max(self.commits - 1, 1)

    def y(self, value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (self.most - value) / (self.most - self.least)


def scale(plot: Plot, commits: int) -> Scale:
    """Returns a scale for all values of a plot. The scale also includes the limit, unless the limit is so far above the
    values that the line of the values would be flat."""
    values = [value for series in plot.series.values() for value in series.values()]
    if plot.most is not None and plot.most <= 2 * max(values):
        values.append(plot.most)
    low, high = min(values), max(values)
    room = HEADROOM * (high - low) or max(HEADROOM * abs(high), 1.0)
    return Scale(max(low - room, 0.0) if low >= 0 else low - room, high + room, commits)


def number(value: float) -> str:
    """Returns a value as text, without decimals if it is a whole number."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def steps(series: dict[int, float], at: Scale) -> str:
    """Returns the points of a line that keeps its height until the next commit that changes the figure."""
    points: list[str] = []
    height: float | None = None
    for index, value in sorted(series.items()):
        if height is not None:
            points.append(f"{at.x(index):.1f},{height:.1f}")
        height = at.y(value)
        points.append(f"{at.x(index):.1f},{height:.1f}")
    return " ".join(points)


def marks(config: str, series: dict[int, float], commits: list[Commit], at: Scale, colour: str) -> list[str]:
    """Returns a dot for each change of the figure, with the commit as its title."""
    dots = []
    before: float | None = None
    for index, value in sorted(series.items()):
        if value != before:
            commit = commits[index]
            title = escape(f"{config} {number(value)}: {commit.date} {commit.name} {commit.subject}")
            dots.append(f'<circle cx="{at.x(index):.1f}" cy="{at.y(value):.1f}" r="3" fill="{colour}"><title>{title}</title></circle>')
        before = value
    return dots


def changes(plot: Plot, commits: list[Commit]) -> dict[int, list[str]]:
    """Returns what each commit changed, by the index of the commit: for each configuration its old and its new value."""
    found: dict[int, list[str]] = {}
    for config, series in plot.series.items():
        before: float | None = None
        for index, value in sorted(series.items()):
            if value != before:
                found.setdefault(index, []).append(f"{config} {f'{number(before)} → ' if before is not None else ''}{number(value)}")
            before = value
    return dict(sorted(found.items(), reverse=True))


def reasons(plot: Plot, commit: Commit) -> list[str]:
    """Returns the reasons that the baseline gives for a commit's values of a figure."""
    keys = [(config, plot.name) for config in plot.series]
    return [update.because for update in commit.updates if baseline.selected(keys, list(update.figures))]


def listed(plot: Plot, commits: list[Commit]) -> str:
    """Returns the list of all changes of a figure, the newest first, with the reasons."""
    found = changes(plot, commits)
    rows = []
    for index, texts in found.items():
        commit = commits[index]
        why = "".join(f"<br>{escape(reason)}" for reason in reasons(plot, commit))
        rows.append(f"<dt><b>{escape(commit.date)}</b> {escape(', '.join(texts))}</dt>"
                    f"<dd><code>{escape(commit.name)}</code> {escape(commit.subject)}{why}</dd>")
    many = f"{len(rows)} change{'s' if len(rows) != 1 else ''}"
    return f"<details><summary>{many}, with reasons</summary><dl>{''.join(rows)}</dl></details>"


def axes(at: Scale, commits: list[Commit]) -> list[str]:
    """Returns the axes. The smallest and the greatest value are on the left, and the first and the last date are
    below."""
    base = HEIGHT - BOTTOM
    lines = [f'<path d="M{LEFT} {TOP}V{base}H{WIDTH - RIGHT}" fill="none" stroke="{FAINT}"/>']
    for value in (at.least, at.most):
        lines.append(f'<text x="{LEFT - 4}" y="{at.y(value) + 4:.1f}" text-anchor="end">{number(round(value))}</text>')
    lines.append(f'<text x="{LEFT}" y="{HEIGHT - 6}">{escape(commits[0].date)}</text>')
    if len(commits) > 1:
        lines.append(f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 6}" text-anchor="end">{escape(commits[-1].date)}</text>')
    return lines


def draw(plot: Plot, commits: list[Commit]) -> str:
    """Returns the plot of one figure. Below the plot is the latest value of each configuration, in the colour of the
    configuration's line."""
    at = scale(plot, len(commits))
    lines, last = axes(at, commits), []
    if plot.most is not None and at.least <= plot.most <= at.most:
        y = at.y(plot.most)
        lines.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{FAINT}" stroke-dasharray="4 3"><title>at most'
                     f" {number(plot.most)} in qemu_virt</title></path>")
    for index, (config, series) in enumerate(plot.series.items()):
        colour = PALETTE[index % len(PALETTE)]
        lines.append(f'<polyline points="{steps(series, at)}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
        lines += marks(config, series, commits, at, colour)
        last.append(f'<span style="color:{colour}">■</span> {escape(config)} {number(series[max(series)])}')
    label = escape(f"{plot.name} over the commits, in {plot.unit}")
    svg = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">{"".join(lines)}</svg>'
    limit = f" (at most {number(plot.most)})" if plot.most is not None else ""
    return (f'<section id="{escape(plot.name)}"><h2>{escape(plot.name)}</h2>{svg}'
            f'<p class="last">{escape(plot.unit)}{limit}: {", ".join(last)}</p>{listed(plot, commits)}</section>')


def page(commits: list[Commit], plots: list[Plot]) -> str:
    """Returns the whole page."""
    return "\n".join([
        "<!DOCTYPE html>", '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>History of the gate</title>',
        f"<style>{STYLE}</style></head><body><h1>History of the gate's figures</h1>",
        f"<p>{len(plots)} figures, {len(commits)} commits that changed the baseline, {escape(commits[0].date)} to"
        f" {escape(commits[-1].date)}. A dot is a change; the list below each plot has the commits, and the reasons that the baseline gives. The dashed line is the limit for"
        " <code>qemu_virt</code>.</p>",
        '<p><input placeholder="part of a figure\'s name" aria-label="filter"></p>',
        "<main>", *(draw(plot, commits) for plot in plots), "</main>",
        f"<script>{SCRIPT}</script></body></html>", "",
    ])
