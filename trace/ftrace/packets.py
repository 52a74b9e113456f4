"""Makes Perfetto's packets from events of ftrace.

Perfetto's proto FtraceEvent has a message for each event that Perfetto knows. The messages and their fields have the
names that the kernel uses. So this file finds them by name and needs no list of events. Perfetto's own recorder, which
reads the same pages on the traced machine, does the same. An event without such a message becomes a GenericFtraceEvent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import FieldDescriptor  # type: ignore[import]
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import FtraceClock, FtraceEvent, Trace, TracePacket

from trace.ftrace.formats import Format, Value
from trace.ftrace.offset import Offset

SEQUENCE = 0x66740000  # a packet sequence that hstrace does not use: its sequences are those of harts

Fill = Callable[[Any, bytes], None]  # fills a FtraceEvent with the fields of an event

_BITS = {
    FieldDescriptor.TYPE_INT32: (32, True),
    FieldDescriptor.TYPE_INT64: (64, True),
    FieldDescriptor.TYPE_UINT32: (32, False),
    FieldDescriptor.TYPE_UINT64: (64, False),
}


def _converter(kind: int) -> Callable[[Value], Value | None]:
    """Returns a function that makes a value of the proto's type. It returns None if the value has another kind of type."""
    if kind == FieldDescriptor.TYPE_STRING:
        return lambda value: value if isinstance(value, str) else None
    if kind not in _BITS:
        return lambda value: None
    bits, signed = _BITS[kind]

    def convert(value: Value) -> Value | None:
        if isinstance(value, str):
            return None
        value &= (1 << bits) - 1
        return value - (1 << bits) if signed and value >> (bits - 1) else value

    return convert


def _known(event: Format, message: Any) -> Fill:
    named = message.message_type.fields_by_name
    single = [field for field in event.fields if field.name in named and not named[field.name].is_repeated]
    steps = [(field.name, field.get, _converter(named[field.name].type)) for field in single]

    def fill(made: Any, data: bytes) -> None:
        part = getattr(made, event.name)
        part.SetInParent()
        for name, get, convert in steps:
            value = convert(get(data))
            if value is not None:
                setattr(part, name, value)

    return fill


def _generic(event: Format) -> Fill:
    def fill(made: Any, data: bytes) -> None:
        made.generic.event_name = event.name
        for field in event.fields:
            value = field.get(data)
            part = made.generic.field.add()
            part.name = field.name
            if isinstance(value, str):
                part.str_value = value
            elif -(1 << 63) <= value < 1 << 63:
                part.int_value = value
            else:
                part.uint_value = value & ((1 << 64) - 1)

    return fill


def filler(event: Format) -> Fill:
    """Returns a function that fills a FtraceEvent with the fields of such an event."""
    message = FtraceEvent.DESCRIPTOR.fields_by_name.get(event.name)
    if message and message.message_type and {field.name for field in event.fields} & set(message.message_type.fields_by_name):
        return _known(event, message)
    return _generic(event)


def system(files: dict[str, str]) -> bytes:
    """Returns a packet with the version of the guest's kernel. Perfetto needs the release to read the states of threads. A trace.dat
    has nothing else."""
    packet = TracePacket(trusted_packet_sequence_id=SEQUENCE)
    name = packet.system_info.utsname
    name.sysname, name.machine = "Linux", "riscv64"
    name.release = files["/proc/sys/kernel/osrelease"].strip()
    if "/proc/sys/kernel/version" in files:
        name.version = files["/proc/sys/kernel/version"].strip()
    return framed(packet)


def bundle(cpu: int, offset: Offset) -> Any:
    """Returns a packet for events of one CPU. ftrace's clock `local` is GLOBAL for Perfetto: on RISC-V, all harts share it.
    The bundle contains the same moment in both clocks, so Perfetto converts the times of its events to ns of mtime."""
    packet = TracePacket(trusted_packet_sequence_id=SEQUENCE)
    events = packet.ftrace_events
    events.cpu = cpu
    events.ftrace_clock = FtraceClock.FTRACE_CLOCK_GLOBAL
    events.ftrace_timestamp = max(1, 1 - offset.ns)  # Perfetto would ignore 0
    events.boot_timestamp = events.ftrace_timestamp + offset.ns
    return packet


def boottime_bundle(cpu: int) -> Any:
    """Returns a packet for events of one CPU whose times are those of the clock BOOTTIME."""
    packet = TracePacket(trusted_packet_sequence_id=SEQUENCE)
    packet.ftrace_events.cpu = cpu
    return packet


def framed(packet: Any) -> bytes:
    """Returns the bytes of a packet in a trace: those of a trace with only this packet."""
    data: bytes = Trace(packet=[packet]).SerializeToString()
    return data
