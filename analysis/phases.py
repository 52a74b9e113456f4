"""Finds when the phases of a boot began, on the clock of its trace.

hv itself records the start of the first three phases in the dump, and the runner may have added other phases to the
dump. The phases that the host saw on the console are in result.json. There, each phase has its start in seconds of the
host's clock and the number of exits before this start. Without icount, the clocks of host and guest run at the same
rate, so this file computes the time of a phase from the seconds. With icount, the clocks run at different rates, so
this file computes the time from the number of exits.

The figures of a trace use this file. The runner also uses it when it adds phases to the dump. This file does not draw.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.trace_summary import ALL, Summary

Phases = list[tuple[str, int]]  # names and start times, ns of mtime

SECOND = 1_000_000_000


def differs(result: dict[str, Any], build_id: str, summary: Summary) -> str | None:
    """Checks whether @p result can come from the same run as the trace. Returns None if it can, and the reason if it
    cannot. @p summary must cover the whole trace."""
    if result.get("build_id") != build_id:
        return "it comes from another build of hv"
    exits = (result.get("exits") or {}).get("total")
    if not summary.lost and exits is not None and exits != summary.exits:
        return f"it counts {exits:,} exits, but the trace has {summary.exits:,}"
    return None


def _seconds(result: dict[str, Any]) -> dict[str, float]:
    """Returns the start of each phase in seconds of the host's clock."""
    begins, now = {}, 0.0
    for phase in result["phases"]:
        begins[phase["name"]] = now
        now += phase["seconds"]
    return begins


def _bracket(summary: Summary, exits: int) -> tuple[int, int]:
    """Returns the earliest and the latest possible time (ns) of a moment before which exactly @p exits exits
    happened."""
    series = summary.series
    seen = np.cumsum(series.row(ALL, series.used()))
    first = int(np.searchsorted(seen, exits))
    after = int(np.searchsorted(seen, exits, side="right"))
    return series.begin() + first * series.width, series.begin() + min(after + 1, series.used()) * series.width


def of_dump(said: dict[str, Any]) -> Phases:
    """Returns the phases in a dump, from the output of `hstrace info`."""
    return [(phase["name"], phase["ns"]) for phase in said["phases"] if "ns" in phase]


def of_result(summary: Summary, known: Phases, result: dict[str, Any]) -> Phases:
    """Returns all phases of the run. @p known contains the phases that are recorded in the dump. The times of all other
    phases are computed relative to the known phases."""
    own, begins = dict(known), _seconds(result)
    in_both = [name for name in begins if name in own]
    if not in_both:
        return []
    anchor = in_both[-1]
    counted = result["icount"] and not summary.lost and all(phase["exits"] is not None for phase in result["phases"])
    found: Phases = []
    exits = 0
    for phase in result["phases"]:
        name = phase["name"]
        at = own.get(name, own[anchor] + round((begins[name] - begins[anchor]) * SECOND))
        if counted and name not in own:
            low, high = _bracket(summary, exits)
            at = min(max(at, low), high)
        found.append((name, at))
        exits += phase["exits"] or 0
    return found
