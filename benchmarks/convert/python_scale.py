"""A simple converter with which hstrace is compared. It uses Perfetto's compiled protos and makes one Python object for
each packet.

This converter reads the CSV of `hstrace convert`, and makes only the slices for exits and for hv. The speed of hstrace
alone depends on the machine. The ratio of the two speeds depends less on the machine, so it is the better measure.
"""

import csv
import time
from pathlib import Path
from typing import Any

from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace, TracePacket

BEGIN, END = 1, 2
COLUMNS_OF_WORDS = ("payload", "word1", "word2", "word3")


def event(trace: Any, timestamp: int, kind: int, track: int, name: str = "") -> Any:
    """Adds a packet with a track event."""
    packet: TracePacket = trace.packet.add()
    packet.timestamp = timestamp
    packet.trusted_packet_sequence_id = 1
    packet.track_event.type = kind
    packet.track_event.track_uuid = track
    if name:
        packet.track_event.name = name
    return packet.track_event


def annotate(slice_: Any, name: str, value: int) -> None:
    """Adds an argument to a slice."""
    annotation = slice_.debug_annotations.add()
    annotation.name = name
    annotation.pointer_value = value


def add_exit(trace: Any, row: dict[str, str]) -> None:
    """Adds the slices of one exit."""
    hart, start, end = int(row["hart"]), int(row["start_ns"]), int(row["ns"])
    slice_ = event(trace, start, BEGIN, 2 * hart + 1, ": ".join(filter(None, (row["cause"], row["detail"]))))
    slice_.categories.append("exit")
    annotate(slice_, "mepc", int(row["word1"], 16))
    annotate(slice_, "mtval", int(row["word2"], 16))
    annotate(slice_, "cycles", int(row["duration_cycles"]))
    event(trace, start, BEGIN, 2 * hart + 2, "hv")
    event(trace, end, END, 2 * hart + 2)
    event(trace, end, END, 2 * hart + 1)


def slots_per_second(table: Path, output: Path) -> float:
    """Converts the CSV. Returns the slots per second of CPU time, without the time to read the CSV."""
    with table.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    slots = sum(bool(row[column]) for row in rows for column in COLUMNS_OF_WORDS)
    begin, trace = time.process_time(), Trace()
    for row in rows:
        if row["event"] == "exit" and row["start_ns"]:
            add_exit(trace, row)
    output.write_bytes(trace.SerializeToString())
    return slots / (time.process_time() - begin)
