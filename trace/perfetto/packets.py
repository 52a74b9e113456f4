"""Reads the packets of a trace with Perfetto's compiled protos, and finds defects that the trace processor does not report.

These defects are an END without a BEGIN, a track that is not declared, a flow that ends without having begun, text that is not UTF-8,
and an empty file.
"""

import gzip
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from google.protobuf.message import DecodeError  # type: ignore[import]
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import TracePacket

from trace.perfetto import framing

BEGIN, END, INSTANT, COUNTER = 1, 2, 3, 4
STATE_CLEARED, NEEDS_STATE = 1, 2
FIRST_CLOCK_OF_A_SEQUENCE = 64
TIMESTAMP_TAG = 8 << 3  # the tag of field 8 of a packet, with the wire type of integers
DESCRIPTOR_TAG = b"\xe2\x03"  # the tag of field 60 of a packet, with the wire type of messages

Packet = Any  # the compiled protos have no type annotations


@dataclass
class Sequence:
    """The state of one packet sequence: the names, clocks and defaults that its packets have defined so far."""

    cleared: bool = False
    names: set[int] = field(default_factory=set)
    categories: set[int] = field(default_factory=set)
    annotations: set[int] = field(default_factory=set)
    strings: set[int] = field(default_factory=set)
    clocks: dict[int, int] = field(default_factory=dict)
    default_track: int = 0
    default_clock: int = 0

    def time_of(self, timestamp: int, clock: int) -> int:
        """Returns the time of a packet. If the clock is incremental, the timestamp counts from the previous packet."""
        if clock in self.clocks:
            timestamp = self.clocks[clock] = self.clocks[clock] + timestamp
        return timestamp


@dataclass
class Findings:
    """The numbers of elements of each kind in a trace, and the problems of the trace."""

    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    ends_alone: list[str] = field(default_factory=list)  # flows that end without having begun; a loss may be the reason
    begin: int = 0  # time of the first event in ns
    end: int = 0  # time of the last event in ns


@dataclass
class Events:
    """The events of all sequences: (timestamp, type) by track, and the times at which flows begin and end."""

    by_track: dict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    begun: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    ended: list[tuple[int, int]] = field(default_factory=list)


def read(file: Path) -> bytes:
    """Returns the bytes of a trace. If gzip has packed the file, unpacks it. Raises DecodeError if that fails."""
    data = file.read_bytes()
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError) as error:
            raise DecodeError(f"gzip: {error}") from None
    return data


def packets(data: bytes, having: bytes = b"") -> Iterator[Packet]:
    """Yields the packets whose bytes contain `having`. Raises DecodeError or DamagedError where there is no packet."""
    for begin, end in framing.packets(data, len(data)):
        if not having or data.find(having, begin, end) >= 0:
            yield TracePacket.FromString(data[begin:end])


def tracks(data: bytes, problems: list[str]) -> dict[int, Any]:
    """Returns the track descriptors by uuid. Adds their problems to `problems`."""
    declared: dict[int, Any] = {}
    for packet in packets(data, DESCRIPTOR_TAG):
        if packet.HasField("track_descriptor"):
            descriptor = packet.track_descriptor
            if descriptor.uuid in declared:
                problems.append(f"track {descriptor.uuid} is declared twice")
            if descriptor.parent_uuid and descriptor.parent_uuid not in declared:
                problems.append(f"parent {descriptor.parent_uuid} of track {descriptor.uuid} is not declared before it")
            if not descriptor.name:
                problems.append(f"track {descriptor.uuid} has no name")
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
    """Yields a message for each interned id that was not defined."""
    for iid in wanted:
        if iid and iid not in known:
            yield f"{what} {iid} is not interned"


def not_utf8(texts: Iterable[str | bytes]) -> Iterator[str]:
    """Yields a message for each text that is not UTF-8. Protobuf returns such texts as bytes."""
    return (f"{text!r} is not UTF-8" for text in texts if isinstance(text, bytes))


def intern(data: Any, sequence: Sequence) -> Iterator[str]:
    """Adds the interned data that a packet defines to the packet's sequence. Yields the problems of this data."""
    for known, entries in (
        (sequence.names, data.event_names),
        (sequence.categories, data.event_categories),
        (sequence.annotations, data.debug_annotation_names),
    ):
        known.update(entry.iid for entry in entries)
        yield from not_utf8(entry.name for entry in entries)
        yield from (f"the name of {entry.iid} is empty" for entry in entries if not entry.name)
    for entry in data.debug_annotation_string_values:
        sequence.strings.add(entry.iid)
        try:
            entry.str.decode()
        except UnicodeDecodeError:
            yield f"{entry.str!r} is not UTF-8"


def begin_state(packet: Packet, sequences: dict[int, Sequence]) -> Iterator[str]:
    """Updates the state, clocks, defaults and names of a packet's sequence. Yields the problems of the packet's values for them."""
    if packet.previous_packet_dropped or packet.sequence_flags & STATE_CLEARED:
        cleared = bool(packet.sequence_flags & STATE_CLEARED)
        sequences[packet.trusted_packet_sequence_id] = Sequence(cleared)
    sequence = sequences[packet.trusted_packet_sequence_id]
    for clock in packet.clock_snapshot.clocks:
        if clock.is_incremental and clock.clock_id >= FIRST_CLOCK_OF_A_SEQUENCE:
            sequence.clocks[clock.clock_id] = clock.timestamp
    if packet.HasField("trace_packet_defaults"):
        defaults = packet.trace_packet_defaults
        sequence.default_track = defaults.track_event_defaults.track_uuid
        sequence.default_clock = defaults.timestamp_clock_id
    yield from intern(packet.interned_data, sequence)
    yield from not_utf8([packet.track_descriptor.name])


def flows_of(packet: Packet) -> list[int]:
    """Returns the flows that begin or end at the packet's event."""
    return [*packet.track_event.flow_ids, *packet.track_event.terminating_flow_ids]


def annotation_problems(event: Any, sequence: Sequence) -> Iterator[str]:
    """Yields the problems of the arguments of an event."""
    for annotation in event.debug_annotations:
        if annotation.name_iid not in sequence.annotations:
            yield from missing("annotation name", [annotation.name_iid], sequence.annotations)
            yield from not_utf8([annotation.name])
        if annotation.string_value_iid:
            yield from missing("annotation text", [annotation.string_value_iid], sequence.strings)
        elif isinstance(annotation.string_value, bytes):
            yield from not_utf8([annotation.string_value])


def place_problems(event: Any, uuid: int, declared: dict[int, Any]) -> Iterator[str]:
    """Yields the problems of an event's track. Values of counters must be on tracks of counters, and other events on other tracks."""
    kind, track = event.type, declared.get(uuid)
    if track is None:
        yield f"track {uuid} is not declared"
    elif (kind == COUNTER) != track.HasField("counter"):
        yield f"type {kind} on track {track.name!r}, which is {'not ' if kind == COUNTER else ''}a counter"
    if kind == COUNTER and not (event.HasField("counter_value") or event.HasField("double_counter_value")):
        yield "a counter without a value"
    if kind not in (BEGIN, INSTANT) and (event.flow_ids or event.terminating_flow_ids):
        yield "a flow at an event that is not a slice"


def event_problems(packet: Packet, sequence: Sequence) -> Iterator[str]:
    """Yields the problems of one event that can be found without looking at other events."""
    event = packet.track_event
    if not packet.trusted_packet_sequence_id:
        yield "an event without a sequence"
    if not packet.HasField("timestamp"):
        yield "an event without a timestamp"
    if packet.sequence_flags & NEEDS_STATE and not sequence.cleared:
        yield "an event that needs incremental state, which its sequence has not begun"
    if event.name_iid:
        yield from missing("event name", [event.name_iid], sequence.names)
    elif event.type in (BEGIN, INSTANT):
        yield from not_utf8([event.name])
        if not event.name:
            yield "an event without a name"
    if event.categories:
        yield from not_utf8(event.categories)
    if event.category_iids:
        yield from missing("category", event.category_iids, sequence.categories)
    if event.debug_annotations:
        yield from annotation_problems(event, sequence)


def balance_problems(events: list[tuple[int, int]], name: str) -> Iterator[str]:
    """Yields the problems in the order of a track's events. Each event is (timestamp, type). An END closes the newest open BEGIN."""
    opened: list[int] = []
    for timestamp, kind in sorted(events, key=lambda pair: pair[0]):
        if kind == BEGIN:
            opened.append(timestamp)
        elif kind == END:
            if not opened:
                yield f"track {name!r}: the END at {timestamp} ends no slice"
            else:
                opened.pop()
    for timestamp in opened:
        yield f"track {name!r}: the slice that begins at {timestamp} has no END"


def add_flows(found: Findings, begun: dict[int, list[int]], ended: list[tuple[int, int]]) -> None:
    """Finds flows that end twice, and flows that end before they begin, and adds them to the findings. Counts arrows: each beginning
    of a flow has an arrow to the flow's next beginning, or to its end."""
    ends: dict[int, int] = {}
    for flow, timestamp in ended:
        if flow in ends:
            found.problems.append(f"flow {flow:#x} ends twice")
        ends[flow] = timestamp
        if flow not in begun:
            found.ends_alone.append(f"flow {flow:#x} ends at {timestamp}, but has not begun")
        elif max(begun[flow]) > timestamp:
            found.problems.append(f"flow {flow:#x} ends at {timestamp}, before it begins")
    found.counts["ends_alone"] = len(found.ends_alone)
    found.counts["flows"] = sum(len(times) - (flow not in ends) for flow, times in begun.items())


def used(uuids: Iterable[int], declared: dict[int, Any]) -> set[int]:
    """Returns the tracks that have events, and their ancestors. The trace processor leaves out all other tracks."""
    found: set[int] = set()
    for uuid in uuids:
        while uuid in declared and uuid not in found:
            found.add(uuid)
            uuid = declared[uuid].parent_uuid
    return found


def add_events(found: Findings, events: Events, declared: dict[int, Any]) -> None:
    """Adds the counts and problems that can be found only when all events are known to the findings."""
    found.counts.update({"tracks": len(declared), "tracks in use": len(used(events.by_track, declared))})
    if not events.by_track:
        found.problems.append("no event")
        return
    for uuid, own in events.by_track.items():
        found.problems += balance_problems(own, declared[uuid].name if uuid in declared else f"uuid {uuid}")
    types = Counter(kind for own in events.by_track.values() for _, kind in own)
    found.counts.update(slices=types[BEGIN], instants=types[INSTANT], counters=types[COUNTER])
    add_flows(found, events.begun, events.ended)
    found.begin = min(time for own in events.by_track.values() for time, _ in own)
    found.end = max(time for own in events.by_track.values() for time, _ in own)


class Usual(NamedTuple):
    """The contents of a good packet without flows, except its timestamp. If another packet has the same bytes after the timestamp,
    that packet need not be parsed."""

    sequence: Sequence
    clock: int
    uuid: int
    kind: int


def split(data: bytes, begin: int, end: int) -> tuple[int, bytes]:
    """Splits a packet into the timestamp with which it begins and the other bytes. Returns 0 and all bytes if the packet does
    not begin with a timestamp."""
    if begin == end or data[begin] != TIMESTAMP_TAG:
        return 0, data[begin:end]
    time, shift, at = 0, 0, begin + 1
    while at < end and data[at] >= 0x80:
        time |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
    return (time | data[at] << shift, data[at + 1 : end]) if at < end else (0, data[begin:end])


def take_event(packet: Packet, sequence: Sequence, declared: dict[int, Any], events: Events) -> tuple[list[str], Usual]:
    """Adds an event to `events`. Returns the event's problems and contents."""
    event = packet.track_event
    uuid = event.track_uuid if event.HasField("track_uuid") else sequence.default_track
    clock = packet.timestamp_clock_id or sequence.default_clock
    lines = [*event_problems(packet, sequence), *place_problems(event, uuid, declared)]
    time = sequence.time_of(packet.timestamp, clock)
    events.by_track[uuid].append((time, event.type))
    for flow in event.flow_ids:
        events.begun[flow].append(time)
    events.ended.extend((flow, time) for flow in event.terminating_flow_ids)
    return lines, Usual(sequence, clock, uuid, event.type)


def walk(data: bytes, declared: dict[int, Any], found: Findings) -> Events:
    """Checks each packet, and adds the problems to `found`. Returns the events."""
    events, sequences = Events(), defaultdict[int, Sequence](Sequence)
    known: dict[bytes, Usual] = {}
    for number, (begin, end) in enumerate(framing.packets(data, len(data))):
        timestamp, rest = split(data, begin, end)
        if usual := known.get(rest):
            events.by_track[usual.uuid].append((usual.sequence.time_of(timestamp, usual.clock), usual.kind))
            continue
        packet, lines = TracePacket.FromString(data[begin:end]), list[str]()
        plain = packet.HasField("track_event") and not (packet.HasField("interned_data") or packet.previous_packet_dropped)
        plain = plain and not (packet.sequence_flags & STATE_CLEARED or packet.HasField("trace_packet_defaults"))
        if not plain:
            lines += begin_state(packet, sequences)
            known.clear()
        if packet.HasField("track_event"):
            wrong, usual = take_event(packet, sequences[packet.trusted_packet_sequence_id], declared, events)
            lines += wrong
            if plain and not wrong and packet.HasField("timestamp") and len(rest) < end - begin and not flows_of(packet):
                known[rest] = usual
        found.problems += [f"packet {number}: {line}" for line in lines]
    return events


def check(file: Path) -> Findings:
    """Reads a trace. Returns the numbers of its elements, and a line for each problem."""
    found = Findings()
    try:
        data = read(file)
        declared = tracks(data, found.problems)
        events = walk(data, declared, found)
    except (DecodeError, framing.DamagedError) as error:
        return Findings(problems=[f"not a trace, or cut short: {error}"])
    add_events(found, events, declared)
    return found
