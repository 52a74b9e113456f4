"""Makes the results of offload_gain from the measurements of its runs: how each workload under hv compares with the same workload on
the bare machine, and whether the goal is reached."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from analysis.comparison import FASTER, MET, MISSED, SLOWER, Comparison, compare
from benchmarks.cost.figures import BARE
from benchmarks.gain.goals import goal_of, ratio_name
from benchmarks.gain.workloads import Setting
from cli.table import Cell, render
from machines.instruction_count import Count

COUNTED_TITLE = "instructions, medians of {} (ratio: if Linux executed as many of its own as on the bare machine)"
COUNTED = (
    "workload", "harts", "Sstc", "all, bare", "firmware, bare", "firmware", "hv", "ratio", "95 % interval", "ratio of totals", "hv is",
    "at most", "goal",
)
TIMED_TITLE = "seconds, medians of {}"
TIMED = ("workload", "harts", "Sstc", "bare", "hv", "ratio", "95 % interval", "hv is", "at most", "goal")
EXACT, EQUAL = "exact", "equal"


@dataclass(frozen=True)
class Gain:
    """What one workload costs under hv, compared with the bare machine. Smaller ratios are better."""

    workload: str
    setting: Setting

    @property
    def name(self) -> str:
        """The workload and the setting, as a part of names of figures."""
        return f"{self.workload}_{self.setting.name}"

    @property
    def goal(self) -> float:
        return goal_of(self.workload, self.setting.harts)

    @property
    def comparison(self) -> Comparison:
        """The comparison with the bare machine."""
        raise NotImplementedError

    @property
    def runs(self) -> int:
        """The number of runs of the shorter series."""
        raise NotImplementedError

    @property
    def is_exact(self) -> bool:
        """Whether the measurement repeats exactly, so that it needs no interval."""
        return False

    @property
    def ratio(self) -> float:
        return self.comparison.ratio

    @property
    def interval(self) -> tuple[float, float] | None:
        """The interval of the ratio. None if the ratio is exact, or if there are not enough runs."""
        return (self.comparison.low, self.comparison.high) if self.runs > 1 and not self.is_exact else None

    @property
    def verdict(self) -> str:
        """Whether hv is faster or slower than the bare machine."""
        if not self.is_exact:
            return self.comparison.verdict
        return EQUAL if self.ratio == 1 else FASTER if self.ratio < 1 else SLOWER

    @property
    def reached(self) -> str:
        """Whether the goal is reached: MET, MISSED, or OPEN."""
        if not self.is_exact:
            return self.comparison.goal(self.goal)
        return MET if self.ratio <= self.goal else MISSED


@dataclass(frozen=True)
class TimedGain(Gain):
    """The times of interleaved runs, in seconds."""

    bare: tuple[float, ...]
    hv: tuple[float, ...]

    @property
    def comparison(self) -> Comparison:
        return compare(self.bare, self.hv)

    @property
    def runs(self) -> int:
        return min(len(self.bare), len(self.hv))


@dataclass(frozen=True)
class CountedGain(Gain):
    """The instructions of interleaved runs, or of one exact run of each.

    With another image, Linux itself executes up to some per cent more or fewer instructions, because it waits in loops until a time,
    and gathers jitter for random numbers. That is neither a gain nor a loss. So the ratio takes Linux's instructions from the bare
    machine, and compares only what hv and the firmware execute with what the firmware executes there.
    """

    bare: tuple[Count, ...]
    hv: tuple[Count, ...]

    def _with_bare_linux(self, counts: tuple[Count, ...]) -> list[float]:
        """Returns all instructions of each run, if Linux executed as many as on the bare machine."""
        linux = statistics.median(count.total - count.firmware for count in self.bare)
        return [linux + count.firmware + count.hv for count in counts]

    @property
    def comparison(self) -> Comparison:
        return compare(self._with_bare_linux(self.bare), self._with_bare_linux(self.hv))

    @property
    def runs(self) -> int:
        return min(len(self.bare), len(self.hv))

    @property
    def is_exact(self) -> bool:
        return self.setting.is_exact

    @property
    def ratio_of_totals(self) -> float:
        """All instructions under hv, compared with the bare machine, including what Linux did differently."""
        return statistics.median(count.total for count in self.hv) / statistics.median(count.total for count in self.bare)


def _figure(name: str, unit: str, config: str, exact: bool, **value: Any) -> dict[str, Any]:
    return {"name": name, "unit": unit, "config": config, "better": "lower", "deterministic": exact, **value}


def _ratio(gain: Gain, config: str) -> dict[str, Any]:
    interval = {"interval": list(gain.interval)} if gain.interval else {}
    return _figure(ratio_name(gain.workload, gain.setting.name), "ratio", config, gain.is_exact, value=gain.ratio, **interval)


def _samples(values: list[float], exact: bool) -> dict[str, Any]:
    return {"value": values[0]} if exact else {"samples": values}


def timed_figures(gain: TimedGain, config: str) -> list[dict[str, Any]]:
    """Returns the entries of result.json for one workload: the times, and the ratio with its interval."""
    series = ((BARE, gain.bare), (config, gain.hv))
    return [*(_figure(gain.name, "seconds", name, False, samples=list(times)) for name, times in series), _ratio(gain, config)]


def counted_figures(gain: CountedGain, config: str) -> list[dict[str, Any]]:
    """Returns the entries of result.json for one workload: the instructions in total, of the firmware and of hv, and both ratios."""
    found = []
    for name, counts in ((BARE, gain.bare), (config, gain.hv)):
        for part in ("total", "firmware", "hv"):
            value = _samples([getattr(count, part) for count in counts], gain.is_exact)
            found.append(_figure(f"{gain.name}_{part}", "instructions", name, gain.is_exact, **value))
    of_totals = _figure(f"{ratio_name(gain.workload, gain.setting.name)}_total", "ratio", config, gain.is_exact, value=gain.ratio_of_totals)
    return [*found, _ratio(gain, config), of_totals]


def figures(gains: list[Gain], config: str) -> list[dict[str, Any]]:
    """Returns all entries of result.json."""
    found: list[dict[str, Any]] = []
    for gain in gains:
        if isinstance(gain, TimedGain):
            found += timed_figures(gain, config)
        elif isinstance(gain, CountedGain):
            found += counted_figures(gain, config)
    return found


def _start(gain: Gain) -> list[Cell]:
    return [gain.workload, str(gain.setting.harts), "yes" if gain.setting.sstc else "no"]


def _ratio_cells(gain: Gain) -> list[Cell]:
    interval = EXACT if gain.is_exact else f"{gain.interval[0]:.4f}–{gain.interval[1]:.4f}" if gain.interval else None
    return [f"{gain.ratio:.5f}" if gain.is_exact else f"{gain.ratio:.4f}", interval]


def _end(gain: Gain) -> list[Cell]:
    return [gain.verdict, f"{gain.goal:g}", gain.reached]


def _timed_row(gain: TimedGain) -> list[Cell]:
    return [*_start(gain), statistics.median(gain.bare), statistics.median(gain.hv), *_ratio_cells(gain), *_end(gain)]


def _counted_row(gain: CountedGain) -> list[Cell]:
    parts = (
        [count.total for count in gain.bare], [count.firmware for count in gain.bare],
        [count.firmware for count in gain.hv], [count.hv for count in gain.hv],
    )
    medians: list[Cell] = [round(statistics.median(values)) for values in parts]
    return [*_start(gain), *medians, *_ratio_cells(gain), f"{gain.ratio_of_totals:.4f}", *_end(gain)]


def _runs(gains: Sequence[Gain]) -> str:
    """Returns how many runs of each the gains of one table have."""
    exact = ["one run under icount"] if any(gain.is_exact for gain in gains) else []
    runs = [gain.runs for gain in gains if not gain.is_exact]
    return " or ".join([*exact, *([f"{max(runs)} interleaved runs of each"] if runs else [])])


def tables(gains: list[Gain]) -> str:
    """Returns the tables for the terminal."""
    counted = [gain for gain in gains if isinstance(gain, CountedGain)]
    timed = [gain for gain in gains if isinstance(gain, TimedGain)]
    left = range(3)
    parts = []
    if counted:
        parts.append(render(COUNTED_TITLE.format(_runs(counted)), COUNTED, [_counted_row(gain) for gain in counted], left))
    if timed:
        parts.append(render(TIMED_TITLE.format(_runs(timed)), TIMED, [_timed_row(gain) for gain in timed], left))
    return "\n\n".join(parts)
