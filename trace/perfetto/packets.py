"""What the packets of a trace say, read with Perfetto's compiled protos: nothing that the trace processor leaves unsaid.

The trace processor says nothing of an END without a BEGIN, of an undeclared track, of a flow that ends without having begun,
of bad UTF-8, nor of a file that is empty. This reader does. It holds the whole trace in memory.
"""

import gzip
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from google.protobuf.message import DecodeError  # type: ignore[import]
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace

BEGIN, END, INSTANT, COUNTER = 1, 2, 3, 4
STATE_CLEARED, NEEDS_STATE = 1, 2
FIRST_CLOCK_OF_A_SEQUENCE = 64

Packet = Any  # the compiled protos have no types


@dataclass
class Sequence:
    """What one packet sequence has said so far."""

    cleared: bool = False
    names: set[int] = field(default_factory=set)
    categories: set[int] = field(default_factory=set)
    annotations: set[int] = field(default_factory=set)
    strings: set[int] = field(default_factory=set)


@dataclass
class Findings:
    """Counts of what a trace holds, and what is wrong with it."""

    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    ends_alone: list[str] = field(default_factory=list)  # flows that end without having begun: a loss may explain them
    begin: int = 0
    end: int = 0


def read(file: Path) -> Any:
    """The trace of a file, which gzip may have packed. Raises DecodeError if it is no trace, or was cut."""
    data = file.read_bytes()
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError) as error:
            raise DecodeError(f"gzip: {error}") from None
    trace = Trace()
    trace.ParseFromString(data)
    return trace


def tracks(trace: Any, problems: list[str]) -> dict[int, Any]:
    """Descriptors by uuid; notes what is declared twice, has no parent, or is its own ancestor."""
    declared: dict[int, Any] = {}
    for packet in trace.packet:
        if packet.HasField("track_descriptor"):
            descriptor = packet.track_descriptor
            if descriptor.uuid in declared:
                problems.append(f"track {descriptor.uuid} is declared twice")
            if descriptor.parent_uuid and descriptor.parent_uuid not in declared:
                problems.append(f"parent {descriptor.parent_uuid} of track {descriptor.uuid} is not declared before it")
            declared[descriptor.uuid] = descriptor
    for uuid in declared:
        seen = set()
        while uuid in declared and uuid not in seen:
            seen.add(uuid)
            uuid = declared[uuid].parent_uuid
        if uuid in seen:
            problems.append(f"track {uuid} is its own ancestor")
    return declared


def missing(what: str, wanted: Iterable[int], known: set[int]) -> Iterator[str]:
    """Interned ids that were not defined."""
    for iid in wanted:
        if iid and iid not in known:
            yield f"{what} {iid} is not interned"


def intern(packet: Packet, sequence: Sequence) -> None:
    """Takes up what a packet defines."""
    data = packet.interned_data
    sequence.names.update(entry.iid for entry in data.event_names)
    sequence.categories.update(entry.iid for entry in data.event_categories)
    sequence.annotations.update(entry.iid for entry in data.debug_annotation_names)
    sequence.strings.update(entry.iid for entry in data.debug_annotation_string_values)


def texts(packet: Packet) -> Iterator[str | bytes]:
    """Every string of a packet; one that is not UTF-8 comes as bytes."""
    event, data = packet.track_event, packet.interned_data
    yield event.name
    yield from event.categories
    for annotation in event.debug_annotations:
        yield annotation.name
        yield annotation.string_value
    for entries in (data.event_names, data.event_categories, data.debug_annotation_names):
        yield from (entry.name for entry in entries)
    for value in data.debug_annotation_string_values:
        try:
            value.str.decode()
        except UnicodeDecodeError:
            yield value.str
    yield packet.track_descriptor.name


def event_problems(packet: Packet, sequence: Sequence, declared: dict[int, Any]) -> Iterator[str]:
    """What is wrong with one event by itself."""
    event = packet.track_event
    track = declared.get(event.track_uuid)
    is_counter_track = track is not None and track.HasField("counter")
    if track is None:
        yield f"track {event.track_uuid} is not declared"
    elif (event.type == COUNTER) != is_counter_track:
        yield f"type {event.type} on track {track.name!r}, which is {'' if is_counter_track else 'no '}counter"
    if event.type == COUNTER and not (event.HasField("counter_value") or event.HasField("double_counter_value")):
        yield "a counter without a value"
    if event.type in (BEGIN, INSTANT) and not (event.name or event.name_iid):
        yield "an event without a name"
    if event.type not in (BEGIN, INSTANT) and (event.flow_ids or event.terminating_flow_ids):
        yield "a flow at something that is no slice"
    if not packet.HasField("timestamp"):
        yield "an event without a timestamp"
    if packet.sequence_flags & NEEDS_STATE and not sequence.cleared:
        yield "an event that needs incremental state, which its sequence has not begun"
    yield from missing("event name", [event.name_iid], sequence.names)
    yield from missing("category", event.category_iids, sequence.categories)
    annotations = event.debug_annotations
    yield from missing("annotation name", (each.name_iid for each in annotations), sequence.annotations)
    yield from missing("annotation text", (each.string_value_iid for each in annotations), sequence.strings)


def packet_problems(packet: Packet, sequences: dict[int, Sequence], declared: dict[int, Any]) -> Iterator[str]:
    """What is wrong with one packet, given those before it."""
    if packet.HasField("track_event") and not packet.trusted_packet_sequence_id:
        yield "an event without a sequence"
    if packet.previous_packet_dropped or packet.sequence_flags & STATE_CLEARED:
        cleared = bool(packet.sequence_flags & STATE_CLEARED)
        sequences[packet.trusted_packet_sequence_id] = Sequence(cleared)
    sequence = sequences[packet.trusted_packet_sequence_id]
    intern(packet, sequence)
    if packet.HasField("track_descriptor") and not packet.track_descriptor.name:
        yield f"track {packet.track_descriptor.uuid} has no name"
    yield from (f"event name {entry.iid} is empty" for entry in packet.interned_data.event_names if not entry.name)
    yield from (f"{text!r} is not UTF-8" for text in texts(packet) if isinstance(text, bytes))
    if packet.HasField("track_event"):
        yield from event_problems(packet, sequence, declared)


def balance_problems(events: list[tuple[int, Any]], name: str) -> Iterator[str]:
    """Events of one track, as (timestamp, event) in the file's order: each END closes the newest BEGIN."""
    opened: list[int] = []
    for timestamp, event in sorted(events, key=lambda pair: pair[0]):
        if event.type == BEGIN:
            opened.append(timestamp)
        elif event.type == END:
            if not opened:
                yield f"track {name!r}: an END at {timestamp} closes nothing"
            else:
                opened.pop()
    for timestamp in opened:
        yield f"track {name!r}: the slice that begins at {timestamp} has no END"


def add_flows(found: Findings, events: list[tuple[int, Any]]) -> None:
    """Flows that end before they begin. Counts arrows: from beginning to beginning, and from the last to the end."""
    begun: dict[int, list[int]] = defaultdict(list)
    ends: dict[int, int] = {}
    for timestamp, event in events:
        for flow in event.flow_ids:
            begun[flow].append(timestamp)
        for flow in event.terminating_flow_ids:
            if flow in ends:
                found.problems.append(f"flow {flow:#x} ends twice")
            ends[flow] = timestamp
    for flow, timestamp in ends.items():
        if flow not in begun:
            found.ends_alone.append(f"flow {flow:#x} ends at {timestamp} and has not begun")
        elif max(begun[flow]) > timestamp:
            found.problems.append(f"flow {flow:#x} ends at {timestamp}, before it begins")
    found.counts["ends_alone"] = len(found.ends_alone)
    found.counts["flows"] = sum(len(times) - (flow not in ends) for flow, times in begun.items())


def set_clocks(snapshot: Any, clocks: dict[int, int]) -> None:
    """Takes up where the incremental clocks of a sequence begin."""
    for clock in snapshot.clocks:
        if clock.is_incremental and clock.clock_id >= FIRST_CLOCK_OF_A_SEQUENCE:
            clocks[clock.clock_id] = clock.timestamp


def resolve(trace: Any) -> None:
    """Writes into each event the track and the time that it has by its sequence's defaults and incremental clock."""
    defaults: dict[int, Any] = {}
    clocks: dict[int, dict[int, int]] = defaultdict(dict)
    for packet in trace.packet:
        sequence = packet.trusted_packet_sequence_id
        if packet.HasField("trace_packet_defaults"):
            defaults[sequence] = packet.trace_packet_defaults
        set_clocks(packet.clock_snapshot, clocks[sequence])
        if not packet.HasField("track_event") or sequence not in defaults:
            continue
        if not packet.track_event.HasField("track_uuid"):
            packet.track_event.track_uuid = defaults[sequence].track_event_defaults.track_uuid
        clock = packet.timestamp_clock_id or defaults[sequence].timestamp_clock_id
        if clock in clocks[sequence] and packet.HasField("timestamp"):
            clocks[sequence][clock] += packet.timestamp
            packet.timestamp = clocks[sequence][clock]


def check(file: Path) -> Findings:
    """Reads a trace and finds what is wrong with it, as one line each."""
    found = Findings()
    try:
        trace = read(file)
    except DecodeError as error:
        found.problems.append(f"not a trace, or cut short: {error}")
        return found
    resolve(trace)
    declared = tracks(trace, found.problems)
    sequences: dict[int, Sequence] = defaultdict(Sequence)
    events: list[tuple[int, Any]] = []
    for number, packet in enumerate(trace.packet):
        found.problems += [f"packet {number}: {line}" for line in packet_problems(packet, sequences, declared)]
        if packet.HasField("track_event"):
            events.append((packet.timestamp, packet.track_event))
    add_events(found, events, declared)
    found.counts.update({"tracks": len(declared), "tracks in use": len(used(events, declared))})
    return found


def used(events: list[tuple[int, Any]], declared: dict[int, Any]) -> set[int]:
    """Tracks that have events, or descendants that have. The trace processor leaves out the others."""
    found: set[int] = set()
    for uuid in {event.track_uuid for _, event in events}:
        while uuid in declared and uuid not in found:
            found.add(uuid)
            uuid = declared[uuid].parent_uuid
    return found


def add_events(found: Findings, events: list[tuple[int, Any]], declared: dict[int, Any]) -> None:
    """Adds to the findings what the events say together."""
    if not events:
        found.problems.append("no event")
        return
    by_track: dict[int, list[tuple[int, Any]]] = defaultdict(list)
    for timestamp, event in events:
        by_track[event.track_uuid].append((timestamp, event))
    for uuid, own in by_track.items():
        found.problems += balance_problems(own, declared[uuid].name if uuid in declared else f"uuid {uuid}")
    types = Counter(event.type for _, event in events)
    found.counts.update(slices=types[BEGIN], instants=types[INSTANT], counters=types[COUNTER])
    add_flows(found, events)
    found.begin, found.end = min(time for time, _ in events), max(time for time, _ in events)
