"""Checks whether a trace contains exactly the elements that the converter reports in its statement.

`hstrace convert --json` prints the statement. If the trace processor silently drops an element of a trace, its counts differ from the
statement.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from trace.perfetto.packets import Findings
from trace.perfetto.trace_processor import TraceProcessor


@dataclass
class Statement:
    """The fields of the JSON that are compared. Other fields are ignored."""

    slices: int = 0  # number of events of type BEGIN
    instants: int = 0
    counters: int = 0  # number of values of counters
    flows: int = 0  # number of arrows; each goes from a send to the receive that ended it
    ends_alone: int = 0  # number of receives whose sends were lost
    tracks: int = 0  # number of track descriptors
    begin: int = 0  # ns; `begin` and `end` are the timestamps of the first and the last event
    end: int = 0
    window_begin: int = 0  # ns; the window that the user selected, outside of which no event may lie
    window_end: int = 2**63 - 1
    recorded_begin: int = 0  # ns; the times of the first and the last record in the whole dump
    recorded_end: int = 0


WINDOW = ("window_begin", "window_end", "recorded_begin", "recorded_end")  # a trace does not contain these fields


def load(file: Path) -> Statement:
    """Reads a statement. Raises ValueError if the file is not JSON or lacks a field."""
    values = json.loads(file.read_text())
    missing = [name for name in asdict(Statement()) if name not in values]
    if missing:
        raise ValueError(f"{file} lacks: {', '.join(missing)}")
    return Statement(**{name: int(values[name]) for name in asdict(Statement())})


def of_import(processor: TraceProcessor) -> dict[str, int]:
    """Returns the counts of the trace processor, which stores instants as slices without a duration."""
    (bounds,) = processor.query("select start_ts, end_ts from trace_bounds")
    return {
        "slices and instants": processor.number("select count(*) from slice"),
        "counters": processor.number("select count(*) from counter"),
        "flows": processor.number("select count(*) from flow"),
        "tracks": processor.number("select count(*) from track"),
        "begin": int(bounds["start_ts"] or 0),
        "end": int(bounds["end_ts"] or 0),
    }


def problems(stated: Statement, found: Findings, processor: TraceProcessor) -> list[str]:
    """Returns the differences between the statement and the trace processor's import. The import leaves out tracks without events."""
    wanted = asdict(stated) | {
        "slices and instants": stated.slices + stated.instants,
        "tracks": found.counts["tracks in use"],
        "end": max(stated.end, stated.begin + 1),  # the bounds in the trace processor span at least 1 ns
    }
    return [
        f"{name}: {wanted[name]} written, {count} imported"
        for name, count in of_import(processor).items()
        if wanted[name] != count
    ]


def window_problems(stated: Statement, begin: int, end: int) -> list[str]:
    """Returns the problems of the first and the last timestamp of a trace. The trace must cover the whole window, except where the
    recording begins later or ends earlier."""
    found = []
    if begin < stated.window_begin:
        found.append(f"window: it begins at {stated.window_begin}, but the trace begins at {begin}")
    elif stated.recorded_begin < stated.window_begin <= stated.recorded_end and begin > stated.window_begin:
        found.append(f"window: no event from {stated.window_begin} to {begin}")
    if end > stated.window_end:
        found.append(f"window: it ends at {stated.window_end}, but the trace ends at {end}")
    elif end < stated.window_end <= stated.recorded_end and stated.recorded_begin < stated.window_end:
        found.append(f"window: no event from {end} to {stated.window_end}")
    return found


def packet_problems(stated: Statement, found: Findings) -> list[str]:
    """Returns the differences between the statement and the packets."""
    held = {"begin": found.begin, "end": found.end}
    return window_problems(stated, found.begin, found.end) + [
        f"{name}: {count} stated, {held.get(name, found.counts[name])} in the packets"
        for name, count in asdict(stated).items()
        if name not in WINDOW and count != held.get(name, found.counts[name])
    ]
