"""Compares the exits, arrows, losses and counters that the trace processor finds in a trace with those that hstrace reports.

`stated` is the output of `hstrace convert --json`, and `info` is the output of `hstrace info --json` about the same dump.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from trace.perfetto.trace_processor import TraceProcessor

EXITS = "select hart, cause, count(*) number from hart_exit group by hart, cause"
LOSSES = """select hart, sum(int_value) slots from slice join hart_track using (track_id) join args using (arg_set_id)
    where category = 'lost' and key = 'debug.slots' group by hart"""
SENDS = """select sender.hart sender, receiver.hart receiver, sent.name name, came.name came, came.ts - sent.ts distance
    from flow join slice sent on sent.id = slice_out join slice came on came.id = slice_in
    join hart_track sender on sender.track_id = sent.track_id join hart_track receiver on receiver.track_id = came.track_id"""
UNRECEIVED = "select count(*) from slice where name glob 'IPI to *' and id not in (select slice_out from flow)"
LAST_VALUES = """select hart, name, value from
    (select track_id, value, row_number() over (partition by track_id order by ts desc, id desc) place from counter)
    join hart_track using (track_id) join track on track.id = track_id where place = 1"""


@dataclass
class Arrows:
    """Arrows of IPIs from hart to hart."""

    count: int  # number of arrows
    unreceived: int  # number of sends without an arrow
    least_ns: int  # shortest time from a send to its receive; 0 if there is no arrow


def open_harts(processor: TraceProcessor) -> None:
    """Creates the tables hart_track and hart_exit, which queries of the other functions use. Call it before the other functions."""
    processor.query("include perfetto module hartscope.exits")


def exits(processor: TraceProcessor) -> Counter[tuple[int, str]]:
    """Returns the number of slices of category `exit` by hart and cause."""
    return Counter({(int(row["hart"] or 0), str(row["cause"])): int(row["number"] or 0) for row in processor.query(EXITS)})


def last_values(processor: TraceProcessor) -> dict[tuple[int, str], float]:
    """Returns the last value of each counter track, by hart and name."""
    return {(int(row["hart"] or 0), str(row["name"])): float(row["value"] or 0) for row in processor.query(LAST_VALUES)}


def arrow_problems(processor: TraceProcessor) -> tuple[Arrows, list[str]]:
    """Returns facts about the arrows, and a message for each arrow that goes back in time or leads to the wrong hart."""
    rows, found = processor.query(SENDS), []
    for row in rows:
        sender, receiver, distance = row["sender"], row["receiver"], int(row["distance"] or 0)
        if distance < 0:
            found.append(f"hart {receiver} received {-distance} ns before hart {sender} sent")
        if row["came"] == "IPI received" and row["name"] != f"IPI to {receiver}":
            found.append(f"{row['name']} was received by hart {receiver}")
        elif row["came"] not in ("IPI received", row["name"]):
            found.append(f"{row['name']} is followed by {row['came']}")
    received = [int(row["distance"] or 0) for row in rows if row["came"] == "IPI received"]
    return Arrows(len(rows), processor.number(UNRECEIVED), min(received, default=0)), found


def count_problems(processor: TraceProcessor, stated: dict[str, Any], info: dict[str, Any]) -> list[str]:
    """Returns a message for each number that differs between the trace processor, the statement and the dump."""
    events = Counter(info["events"])
    by_cause = {(row["hart"], row["cause"]): row["count"] for row in stated["exits_by_cause"]}
    lost = {int(row["hart"] or 0): int(row["slots"] or 0) for row in processor.query(LOSSES)}
    missing = {hart["hart"]: hart["statistics"]["lost"] for hart in info["harts"]}
    sends = processor.number("select count(*) from slice where name glob 'IPI to *'")
    alone = processor.number(UNRECEIVED)
    pairs: dict[str, tuple[Any, Any]] = {
        "exits by hart and cause": (dict(exits(processor)), by_cause),
        "exits": (sum(exits(processor).values()), events["exit"]),
        "sends": (sends, events["ipi_send"]),
        "receives": (processor.number("select count(*) from slice where name = 'IPI received'"), events["ipi_recv"]),
        "arrows": (processor.number("select count(*) from flow"), events["ipi_send"] - alone),
        "lost slots": (sum(lost.values()), stated["lost"]),
        "lost slots, without orphaned EXT slots": (sum(lost.values()) - stated["orphans"], sum(missing.values())),
        "harts with losses": (set(lost), {hart for hart, slots in missing.items() if slots}),
    }
    return [f"{what}: {here} in the trace processor, {there} in the dump" for what, (here, there) in pairs.items() if here != there]
