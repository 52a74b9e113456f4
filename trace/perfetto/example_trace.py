"""Builds a small trace like the traces that hstrace writes. It has two harts with worlds, exits with details, counters, IPIs and a loss."""

from itertools import count
from pathlib import Path
from typing import Any

from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace

from trace.perfetto.packets import BEGIN, COUNTER, END, INSTANT, NEEDS_STATE, STATE_CLEARED
from trace.perfetto.statement import Statement

HARTS = 2
ROUNDS = 20
LOSS = 3  # the round in which hart 1 loses a slot
ROOT = 1
NAMES = ("payload", "hv", "environment_call_from_s_mode: sbi set_timer", "illegal_instruction: csr mscratch", "ipi_send", "ipi_recv", "LOST")
CATEGORIES = ("world", "exit", "detail", "ipi", "lost")
EXPLICIT, NO_MERGE = 3, 2
PERIOD = 10_000  # ns between two exits of a hart


class Example:
    """The trace that is being built, and a statement that counts what it contains."""

    def __init__(self) -> None:
        self.trace: Any = Trace()
        self.statement = Statement(begin=0, end=ROUNDS * PERIOD)
        self.ranks = count()
        self.track(1, ROOT, "hartscope", 0)
        for hart in range(HARTS):
            group = self.uuid(hart, "group")
            self.track(1, group, f"hart {hart:02}", ROOT)
            for name in ("world", "exits", "ipi", "lost"):
                shown = f"{name}, hart {hart:02}" if name in ("world", "exits") else name
                self.track(1, self.uuid(hart, name), shown, group)
            self.track(1, self.uuid(hart, "cycles"), "cycles in hv", group).counter.SetInParent()

    @staticmethod
    def uuid(hart: int, name: str) -> int:
        """Returns the uuid of a track. It is the same in each call."""
        return 100 * (hart + 1) + ("group", "world", "exits", "ipi", "lost", "cycles").index(name)

    def packet(self, sequence: int) -> Any:
        packet = self.trace.packet.add()
        packet.trusted_packet_sequence_id = sequence
        return packet

    def track(self, sequence: int, uuid: int, name: str, parent: int) -> Any:
        descriptor = self.packet(sequence).track_descriptor
        descriptor.uuid, descriptor.name, descriptor.parent_uuid = uuid, name, parent
        descriptor.child_ordering, descriptor.sibling_merge_behavior = EXPLICIT, NO_MERGE
        descriptor.sibling_order_rank = next(self.ranks)
        self.statement.tracks += 1
        return descriptor

    def state(self, hart: int, dropped: int) -> None:
        """Adds the interned data to which the hart's events refer. The trace processor needs this data again after dropped packets."""
        packet = self.packet(hart + 2)
        packet.sequence_flags, packet.previous_packet_dropped = STATE_CLEARED, dropped
        packet.first_packet_on_sequence = not dropped
        for iid, name in enumerate(NAMES, 1):
            packet.interned_data.event_names.add(iid=iid, name=name)
        for iid, name in enumerate(CATEGORIES, 1):
            packet.interned_data.event_categories.add(iid=iid, name=name)
        packet.interned_data.debug_annotation_names.add(iid=1, name="mepc")

    def event(self, hart: int, time: int, kind: int, track: str) -> Any:
        packet = self.packet(hart + 2)
        packet.timestamp, packet.sequence_flags = time, NEEDS_STATE
        packet.track_event.type, packet.track_event.track_uuid = kind, self.uuid(hart, track)
        return packet.track_event

    def slice(self, hart: int, time: int, length: int, track: str, name: str, category: str) -> Any:
        event = self.event(hart, time, BEGIN, track)
        event.name_iid = NAMES.index(name) + 1
        event.category_iids.append(CATEGORIES.index(category) + 1)
        self.event(hart, time + length, END, track)
        self.statement.slices += 1
        return event

    def instant(self, hart: int, time: int, name: str) -> Any:
        event = self.event(hart, time, INSTANT, "ipi")
        event.name_iid, self.statement.instants = NAMES.index(name) + 1, self.statement.instants + 1
        return event

    def round(self, hart: int, number: int) -> None:
        """Adds a period in which the hart runs the payload, with an exit at the end of the period."""
        start = number * PERIOD
        self.slice(hart, start, PERIOD - 1000, "world", "payload", "world")
        self.slice(hart, start + PERIOD - 1000, 1000, "world", "hv", "world")
        exit_event = self.slice(hart, start + PERIOD - 1000, 1000, "exits", "environment_call_from_s_mode: sbi set_timer", "exit")
        exit_event.debug_annotations.add(name_iid=1, pointer_value=0x80200000 + 4 * number)
        self.slice(hart, start + PERIOD - 900, 500, "exits", "illegal_instruction: csr mscratch", "detail")
        self.event(hart, start + PERIOD, COUNTER, "cycles").counter_value = 1000 * number
        self.statement.counters += 1

    def ipi(self, number: int) -> None:
        """Adds an interrupt from hart 0 to hart 1. In every second round, hart 0 sends it twice, and the second send joins the first."""
        flow = 1 << 40 | number
        for send in range(1 + number % 2):
            self.instant(0, number * PERIOD + 200 * send + 100, "ipi_send").flow_ids.append(flow)
            self.statement.flows += 1
        self.instant(1, number * PERIOD + 700, "ipi_recv").terminating_flow_ids.append(flow)

    def loss(self) -> None:
        """Adds a loss of slots in the middle of hart 1's events."""
        self.state(1, dropped=1)
        self.slice(1, LOSS * PERIOD, PERIOD, "lost", "LOST", "lost")


def build() -> tuple[Any, Statement]:
    """Returns the trace, and a statement that counts what it contains."""
    example = Example()
    for hart in range(HARTS):
        example.state(hart, dropped=0)
        for number in range(ROUNDS):
            if (hart, number) == (1, LOSS):
                example.loss()
            example.round(hart, number)
    for number in range(ROUNDS):
        example.ipi(number)
    return example.trace, example.statement


def write(file: Path) -> Statement:
    """Writes the trace to a file. Returns a statement that counts what it contains."""
    trace, statement = build()
    file.write_bytes(trace.SerializeToString())
    return statement
