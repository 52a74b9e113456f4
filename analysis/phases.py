"""When the phases of a boot began, on the clock of its trace.

The dump has hv's own stamps of the first three, and what has been noted in it. What the host saw on the console is in result.json, by
the host's seconds and by the exits until then: the first outside of icount, where both clocks run alike, the second under icount.
Used by the figures of a trace, and by what notes phases in the dump. Knows nothing of drawing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.trace_summary import ALL, Summary

Phases = list[tuple[str, int]]  # names and begins, ns of mtime

SECOND = 1_000_000_000


def differs(result: dict[str, Any], build_id: str, summary: Summary) -> str | None:
    """Why @p result is not of the run that the trace is of, by all of its records; None if it may be."""
    if result.get("build_id") != build_id:
        return "it is of another build of hv"
    exits = (result.get("exits") or {}).get("total")
    if not summary.lost and exits is not None and exits != summary.exits:
        return f"it counts {exits:,} exits, and the trace has {summary.exits:,}"
    return None


def _seconds(result: dict[str, Any]) -> dict[str, float]:
    """When each phase began, in the host's seconds."""
    begins, now = {}, 0.0
    for phase in result["phases"]:
        begins[phase["name"]] = now
        now += phase["seconds"]
    return begins


def _bracket(summary: Summary, exits: int) -> tuple[int, int]:
    """The times of the exit number @p exits, counted from 1, and of the next: what comes between them lies there."""
    series = summary.series
    seen = np.cumsum(series.row(ALL, series.used()))
    first = int(np.searchsorted(seen, exits))
    after = int(np.searchsorted(seen, exits, side="right"))
    return series.begin() + first * series.width, series.begin() + min(after + 1, series.used()) * series.width


def of_dump(said: dict[str, Any]) -> Phases:
    """The phases in a dump, by what `hstrace info` says of it."""
    return [(phase["name"], phase["ns"]) for phase in said["phases"] if "ns" in phase]


def of_result(summary: Summary, known: Phases, result: dict[str, Any]) -> Phases:
    """All phases of the run. @p known: those in the dump, to which the others are related."""
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
