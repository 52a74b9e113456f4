"""Draws which thread ran on each CPU as a track in the group of the CPU's hart, above the hart's world.

Perfetto itself shows the threads of all CPUs, but in a section of its own, far away from the tracks of the harts. A slice of the track
here is the time from one event sched_switch to the next. There is no slice while the CPU is idle.
"""

from __future__ import annotations

import mmap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import TracePacket, TrackDescriptor, TrackEvent

from trace.ftrace.events import Event
from trace.ftrace.offset import Offset
from trace.ftrace.packets import framed
from trace.perfetto import framing

SEQUENCE = 0x66750000  # the packet sequences of the tracks, one for each CPU; hstrace does not use them
UUID = (1 << 32) + 0x10000  # the tracks' uuids, one for each CPU; those of hstrace are smaller
RANK = -1  # the world has rank 0
CATEGORY, PID = 1, 1  # the numbers of the strings that each sequence interns
CATEGORY_NAME = "thread"

_DESCRIPTOR = b"\xe2\x03"  # the tag of the field track_descriptor of a packet


def groups(trace: Path, harts: set[int]) -> dict[int, int]:
    """Returns the uuid of the group of each hart in a trace of hstrace, by the hart's id. A hart without events has no group."""
    names = {f"hart {hart:02}": hart for hart in harts}
    found: dict[int, int] = {}
    with trace.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for begin, end in framing.packets(data, len(data)):
            if data[begin : begin + len(_DESCRIPTOR)] != _DESCRIPTOR:
                continue
            track = TracePacket.FromString(data[begin:end]).track_descriptor
            if track.name in names:
                found[names[track.name]] = track.uuid
                if len(found) == len(names):
                    break
    return found


@dataclass
class _Cpu:
    """The track of a CPU. group: the uuid of the hart's group. running: the id of the thread whose slice is open; 0 if there is
    none. names: the number of each name that the sequence has interned; empty until the track is declared."""

    hart: int
    group: int
    sequence: int
    uuid: int
    running: int = 0
    last_ns: int = 0
    names: dict[str, int] = field(default_factory=dict)


class Threads:
    """Writes the tracks of all CPUs. The events of each CPU must come in the order of their times."""

    def __init__(self, out: IO[bytes], of_harts: Mapping[int, int], offset: Offset) -> None:
        """@p of_harts has the uuid of the group of each hart."""
        self._out = out
        self._offset = offset.ns
        self._cpus = {
            cpu: _Cpu(hart, of_harts[hart], SEQUENCE + cpu, UUID + cpu) for cpu, hart in offset.cpus.items() if hart in of_harts
        }

    def _declare(self, cpu: _Cpu) -> None:
        """Declares the track. The UI would show a track without slices, so this happens before the first one."""
        packet = TracePacket(trusted_packet_sequence_id=cpu.sequence, sequence_flags=TracePacket.SEQ_INCREMENTAL_STATE_CLEARED)
        track = packet.track_descriptor
        track.uuid, track.parent_uuid, track.name = cpu.uuid, cpu.group, f"threads, hart {cpu.hart:02}"
        track.sibling_order_rank = RANK
        track.sibling_merge_behavior = TrackDescriptor.SIBLING_MERGE_BEHAVIOR_NONE
        packet.interned_data.event_categories.add(iid=CATEGORY, name=CATEGORY_NAME)
        packet.interned_data.debug_annotation_names.add(iid=PID, name="pid")
        packet.trace_packet_defaults.track_event_defaults.track_uuid = cpu.uuid
        self._out.write(framed(packet))

    def _packet(self, cpu: _Cpu, ns: int, kind: int) -> Any:
        packet = TracePacket(trusted_packet_sequence_id=cpu.sequence, timestamp=ns + self._offset)
        packet.sequence_flags = TracePacket.SEQ_NEEDS_INCREMENTAL_STATE
        packet.track_event.type = kind
        return packet

    def _end(self, cpu: _Cpu, ns: int) -> None:
        if cpu.running:
            self._out.write(framed(self._packet(cpu, ns, TrackEvent.TYPE_SLICE_END)))
        cpu.running = 0

    def _begin(self, cpu: _Cpu, ns: int, pid: int, name: str) -> None:
        if not cpu.names:
            self._declare(cpu)
        packet = self._packet(cpu, ns, TrackEvent.TYPE_SLICE_BEGIN)
        if name not in cpu.names:
            cpu.names[name] = len(cpu.names) + 1
            packet.interned_data.event_names.add(iid=cpu.names[name], name=name)
        packet.track_event.name_iid = cpu.names[name]
        packet.track_event.category_iids.append(CATEGORY)
        packet.track_event.debug_annotations.add(name_iid=PID, int_value=pid)
        self._out.write(framed(packet))
        cpu.running = pid

    def add(self, event: Event) -> None:
        """Adds an event of ftrace. Only sched_switch is drawn."""
        cpu = self._cpus.get(event.cpu)
        if not cpu:
            return
        if event.format.name == "sched_switch":
            values = {field.name: field.get(event.data) for field in event.format.fields}
            # If events in between are missing, nobody knows when the thread ended.
            self._end(cpu, event.ns if cpu.running == values["prev_pid"] else cpu.last_ns)
            if values["next_pid"]:
                pid, command = int(values["next_pid"]), str(values["next_comm"])
                self._begin(cpu, event.ns, pid, f"{command} [{pid}]")  # as Perfetto names the threads of CPUs
        cpu.last_ns = event.ns

    def finish(self) -> None:
        """Ends the slices of the threads that still run at the last event of their CPU."""
        for cpu in self._cpus.values():
            self._end(cpu, cpu.last_ns)
