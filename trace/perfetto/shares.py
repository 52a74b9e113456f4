"""Adds up the time that each hart spent in each world and in hv, up to the end of its last exit. The slices of the world track show the
worlds and when the hart slept. The hart was in hv during the slices of category `exit`, which are on other tracks."""

from __future__ import annotations

from collections import defaultdict

from trace.perfetto.trace_processor import TraceProcessor

# Creates a table with the slices of the world tracks and the exits. They are cut off where the hart's last exit ended, because hv does not
# count an exit that has not ended, either.
SLICES = """create perfetto table spent as
    with last as (select hart, max(ts + dur) stop from slice join hart_track using (track_id) where category = 'exit' group by hart)
    select hart, slice.ts ts, slice.name name, ifnull(category, '') = 'exit' is_exit, min(slice.ts + slice.dur, stop) - slice.ts dur
    from slice join track on track.id = track_id join hart_track using (track_id) join last using (hart)
    where (track.name glob 'world*' or category = 'exit') and slice.ts < stop and slice.dur >= 0"""
ASLEEP = "select hart, sum(dur) dur from spent where name = 'asleep' group by hart"
# Each exit belongs to the last world that the hart entered before it.
WORLDS = """with placed as (select *, sum(not is_exit) over (partition by hart order by ts, is_exit rows unbounded preceding) place
        from spent where is_exit or name not in ('asleep', 'hv')),
    world as (select hart, place, max(iif(is_exit, null, name)) name, sum(iif(is_exit, 0, dur)) dur, sum(iif(is_exit, dur, 0)) in_hv
        from placed group by hart, place)
    select hart, name, sum(dur) dur, sum(in_hv) in_hv from world group by hart, name"""


def of_worlds(processor: TraceProcessor) -> dict[int, dict[str, int]]:
    """Returns nanoseconds by hart index and name: hv, firmware, payload, asleep or LOST. Time asleep does not count as time in hv.

    reconcile.open_harts() must have created the table hart_track.
    """
    processor.query(SLICES)
    found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in processor.query(WORLDS):
        hart, spent, in_hv = int(row["hart"] or 0), int(row["dur"] or 0), int(row["in_hv"] or 0)
        found[hart][str(row["name"])] += spent - in_hv
        found[hart]["hv"] += in_hv
    for row in processor.query(ASLEEP):
        found[int(row["hart"] or 0)]["asleep"] += int(row["dur"] or 0)
        found[int(row["hart"] or 0)]["hv"] -= int(row["dur"] or 0)
    return {hart: dict(times) for hart, times in found.items()}
