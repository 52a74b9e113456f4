"""Adds up the time that each hart spent in each world and in hv, up to the end of its last exit, because hv does not count an exit that has
not ended, either."""

from __future__ import annotations

from collections import defaultdict

from trace.perfetto.trace_processor import TraceProcessor

INCLUDE = "include perfetto module hartscope.worlds"
LAST = "with last as (select hart, max(ts + dur) stop from hart_exit group by hart)"
WORLDS = f"""{LAST} select hart, world, sum(min(ts + dur, stop) - ts - hv_dur) dur, sum(hv_dur) hv
    from hart_world join last using (hart) where ts < stop group by hart, world"""
ASLEEP = f"{LAST} select hart, sum(min(ts + dur, stop) - ts) dur from hart_asleep join last using (hart) where ts < stop group by hart"


def of_worlds(processor: TraceProcessor) -> dict[int, dict[str, int]]:
    """Returns nanoseconds by hart index and name: hv, firmware, payload, asleep or LOST. Time asleep does not count as time in hv."""
    processor.query(INCLUDE)
    found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in processor.query(WORLDS):
        hart = found[int(row["hart"] or 0)]
        hart[str(row["world"])] += int(row["dur"] or 0)
        hart["hv"] += int(row["hv"] or 0)
    for row in processor.query(ASLEEP):  # only the firmware's wfi makes a hart sleep in hv
        hart = found[int(row["hart"] or 0)]
        hart["asleep"] += int(row["dur"] or 0)
        hart["firmware"] -= int(row["dur"] or 0)
    return {hart: dict(times) for hart, times in found.items()}
