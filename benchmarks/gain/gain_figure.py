"""Draws offload_gain.png and offload_gain.svg: for each workload, the ratio to the bare machine over the number of harts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from analysis import style
from benchmarks.gain.gain import Gain, TimedGain
from benchmarks.gain.goals import BOOT, GOAL_OF_CALLS_TO_OTHERS, PAGES, PIPES, TIMERS, WORKLOADS, goal_of

NAME = "offload_gain"
FORMATS = ("png", "svg")

TITLES = {
    BOOT: "boot to the first process",
    PIPES: "pipes: an IPI for each byte",
    TIMERS: "timers: arm and disarm",
    PAGES: "pages: remote fences",
}
SERIES = {True: ("with Sstc", style.PALETTE[0], "o"), False: ("without Sstc", style.PALETTE[5], "s")}
SHIFT = 0.12  # keeps the points of the two series apart


def _point(gain: Gain) -> tuple[float, float, float]:
    """Returns the ratio, and how far its interval reaches below and above it."""
    low, high = gain.interval or (gain.ratio, gain.ratio)
    return gain.ratio, gain.ratio - low, high - gain.ratio


def _series(axes: Any, gains: list[Gain], sstc: bool, places: dict[int, int]) -> None:
    label, colour, marker = SERIES[sstc]
    own = [gain for gain in gains if gain.setting.sstc == sstc]
    if not own:
        return
    points = [_point(gain) for gain in own]
    across = [places[gain.setting.harts] + (-SHIFT if sstc else SHIFT) for gain in own]
    ratios, below, above = (list(column) for column in zip(*points))
    axes.errorbar(across, ratios, yerr=[below, above], fmt=marker, color=colour, capsize=3, markersize=5, label=label)


def _panel(axes: Any, workload: str, gains: list[Gain], places: dict[int, int]) -> None:
    axes.axhline(1, color=style.FAINT, linewidth=0.8)
    if any(goal_of(workload, harts) == GOAL_OF_CALLS_TO_OTHERS for harts in places):
        label = f"goal with several harts: {GOAL_OF_CALLS_TO_OTHERS:g}"
        axes.axhline(GOAL_OF_CALLS_TO_OTHERS, color=style.FAINT, linewidth=0.8, linestyle=":", label=label)
    for sstc in SERIES:
        _series(axes, [gain for gain in gains if gain.workload == workload], sstc, places)
    axes.set_title(TITLES[workload], loc="left", fontsize=9)
    axes.set_xticks(list(places.values()), [str(harts) for harts in places])
    axes.set_xlim(-0.5, len(places) - 0.5)
    axes.set_xlabel("harts", fontsize=8)
    axes.tick_params(labelsize=8)
    style.plain(axes)


def draw(gains: list[Gain], config: str, directory: Path) -> list[Path]:
    """Writes the figure into @p directory. Returns its files."""
    places = {harts: place for place, harts in enumerate(sorted({gain.setting.harts for gain in gains}))}
    pyplot = style.pyplot()
    figure, panels = pyplot.subplots(1, len(WORKLOADS), figsize=(11, 3.8), sharey=True, layout="constrained")
    for axes, workload in zip(panels, WORKLOADS):
        _panel(axes, workload, gains, places)
    panels[0].set_ylim(0, 1.08 * max(panels[0].get_ylim()[1], 1))
    panels[0].set_ylabel(f"{config}, relative to bare\n(below 1: faster)", fontsize=8)
    handles, labels = panels[WORKLOADS.index(PAGES)].get_legend_handles_labels()
    panels[0].legend(handles, labels, loc="lower left", frameon=False, fontsize=8)
    what = " and ".join(sorted({"time" if isinstance(gain, TimedGain) else "instructions" for gain in gains}))
    how = f"{what}: medians and 95 % intervals of interleaved runs; 1 hart: exact counts of instructions"
    figure.suptitle(f"Linux with {config}, compared with the bare machine\n{how}", x=0.01, ha="left", fontsize=10)
    return style.save(figure, directory, NAME, list(FORMATS))
