"""What the converter says that it wrote, and whether a trace holds exactly that.

`hstrace convert --json` prints the statement. Counts of the trace processor that it cannot explain, and things that the
trace processor drops without a word, show up as a difference.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from trace.perfetto.packets import Findings
from trace.perfetto.trace_processor import TraceProcessor


@dataclass
class Statement:
    """Fields of the same names in the JSON; other fields there are not looked at."""

    slices: int = 0  # BEGINs
    instants: int = 0
    counters: int = 0  # values
    flows: int = 0  # arrows: from each send to the receive that ended it
    ends_alone: int = 0  # receives whose sends were lost
    tracks: int = 0  # descriptors
    begin: int = 0  # ns, first and last timestamp of the events
    end: int = 0
    window_begin: int = 0  # ns, what was asked for: nothing may lie outside
    window_end: int = 2**63 - 1
    recorded_begin: int = 0  # ns, first and last record of the whole dump
    recorded_end: int = 0


WINDOW = ("window_begin", "window_end", "recorded_begin", "recorded_end")  # fields that no trace holds


def load(file: Path) -> Statement:
    """Reads the JSON. Raises ValueError if it is none, or a field is missing."""
    values = json.loads(file.read_text())
    missing = [name for name in asdict(Statement()) if name not in values]
    if missing:
        raise ValueError(f"{file} does not state: {', '.join(missing)}")
    return Statement(**{name: int(values[name]) for name in asdict(Statement())})


def of_import(processor: TraceProcessor) -> dict[str, int]:
    """The same counts as the trace processor has them. It keeps instants as slices without a duration."""
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
    """Differences between the statement and what the trace processor has imported: of the tracks, those in use."""
    wanted = asdict(stated) | {
        "slices and instants": stated.slices + stated.instants,
        "tracks": found.counts["tracks in use"],
        "end": max(stated.end, stated.begin + 1),  # its bounds are never empty
    }
    return [
        f"{name}: {wanted[name]} written, {count} imported"
        for name, count in of_import(processor).items()
        if wanted[name] != count
    ]


def window_problems(stated: Statement, begin: int, end: int) -> list[str]:
    """What is wrong with the first and the last timestamp of a trace: it is to be as long as the window, or as the recording
    if that begins later or ends earlier."""
    found = []
    if begin < stated.window_begin:
        found.append(f"window: it begins at {stated.window_begin}, but the trace at {begin}")
    elif stated.recorded_begin < stated.window_begin <= stated.recorded_end and begin > stated.window_begin:
        found.append(f"window: nothing from {stated.window_begin} to {begin}")
    if end > stated.window_end:
        found.append(f"window: it ends at {stated.window_end}, but the trace at {end}")
    elif end < stated.window_end <= stated.recorded_end and stated.recorded_begin < stated.window_end:
        found.append(f"window: nothing from {end} to {stated.window_end}")
    return found


def packet_problems(stated: Statement, found: Findings) -> list[str]:
    """Differences between the statement and what the packets hold."""
    held = {"begin": found.begin, "end": found.end}
    return window_problems(stated, found.begin, found.end) + [
        f"{name}: {count} stated, {held.get(name, found.counts[name])} in the packets"
        for name, count in asdict(stated).items()
        if name not in WINDOW and count != held.get(name, found.counts[name])
    ]
