"""Adds up the time that each hart spent in each world. Uses the slices on the hart's world track, up to the end of its last exit."""

from __future__ import annotations

from collections import defaultdict

from trace.perfetto.trace_processor import TraceProcessor

# Creates a table with the slices of the world tracks. They are cut off where the hart's last exit ended, because hv does not count an
# exit that has not ended, either.
SLICES = """create perfetto table world_slice as
    with last as (select hart, max(ts + dur) stop from slice join hart_track using (track_id) where category = 'exit' group by hart)
    select slice.id id, slice.parent_id parent_id, hart, slice.name name, min(slice.ts + slice.dur, stop) - slice.ts dur
    from slice join track on track.id = track_id join hart_track using (track_id) join last using (hart)
    where track.name glob 'world*' and slice.ts < stop and slice.dur >= 0"""
WHOLE = "select hart, name, sum(dur) dur from world_slice group by hart, name"
INNER = """select whole.hart hart, whole.name name, sum(part.dur) dur
    from world_slice part join world_slice whole on part.parent_id = whole.id group by whole.hart, whole.name"""


def of_worlds(processor: TraceProcessor) -> dict[int, dict[str, int]]:
    """Returns nanoseconds by hart index and name: hv, firmware, payload, asleep or LOST. The time of inner slices counts only for them.

    reconcile.open_harts() must have created the table hart_track.
    """
    processor.query(SLICES)
    found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for sign, query in ((1, WHOLE), (-1, INNER)):
        for row in processor.query(query):
            found[int(row["hart"] or 0)][str(row["name"])] += sign * int(row["dur"] or 0)
    return {hart: dict(times) for hart, times in found.items()}
