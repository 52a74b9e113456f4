"""Finds the events in the buffers of ftrace, and writes them as packets of Perfetto."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any

from trace.ftrace import formats, packets, pages
from trace.ftrace.stream import Buffers, FtraceError


@dataclass(frozen=True)
class Event:
    """An event of a CPU. ns: its time, of ftrace's clock. data: its bytes, which its format describes."""

    cpu: int
    ns: int
    format: formats.Format
    data: bytes


def read(buffers: Buffers, known: dict[int, formats.Format]) -> Iterator[tuple[int, bool, list[Event]]]:
    """Yields the CPU of each page, whether events are missing before it, and its events."""
    layout = pages.Layout.of(buffers.files["events/header_page"])
    for cpu, own in sorted(buffers.pages.items()):
        for raw in own:
            page = pages.read(raw, layout)
            events = [
                Event(cpu, ns, known[number], data)
                for ns, data in page.events
                if (number := int.from_bytes(data[:2], "little")) in known
            ]
            yield cpu, page.lost, events


def _add(packet: Any, event: Event, fill: packets.Fill, see: Callable[[Event], None]) -> None:
    made = packet.ftrace_events.event.add()
    made.timestamp = event.ns
    try:
        made.pid = int(event.format.common["common_pid"].get(event.data)) & 0xFFFFFFFF  # Perfetto's field has no sign
        fill(made, event.data)
        see(event)
    except struct.error:
        raise FtraceError(f"an event {event.format.name} has {len(event.data)} bytes, fewer than its format describes") from None


def write(
    out: IO[bytes], buffers: Buffers, known: dict[int, formats.Format], bundle: Callable[[int], Any],
    wanted: Callable[[Event], bool] = lambda _: True, see: Callable[[Event], None] = lambda _: None,
) -> dict[str, int]:  # fmt: skip
    """Writes the events for which @p wanted is true, and calls @p see for each of them. @p bundle returns an empty packet for events
    of a CPU. Returns the numbers of events by name."""
    fillers = {event.id: packets.filler(event) for event in known.values()}
    counts: Counter[str] = Counter()
    for cpu, lost, events in read(buffers, known):
        packet = bundle(cpu)
        packet.ftrace_events.lost_events = lost
        for event in filter(wanted, events):
            _add(packet, event, fillers[event.format.id], see)
            counts[event.format.name] += 1
        out.write(packets.framed(packet))
    return dict(sorted(counts.items()))
