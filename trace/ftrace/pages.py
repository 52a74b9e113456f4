"""Finds the events in the pages of a buffer of ftrace. The kernel describes this layout in include/linux/ring_buffer.h,
and in events/header_page and events/header_event of tracefs.

A page begins with the time of its first event, and the number of bytes that are in use. Each event begins with a word
that has the event's type or length (5 bits), and the time since the previous event (27 bits).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from trace.ftrace.stream import Bytes, FtraceError

_DATA_LONG = 0  # the length is in the next word
_PADDING, _TIME_EXTEND, _TIME_STAMP = 29, 30, 31
_DELTA_BITS = 27
_STAMP_BITS = 59  # a time stamp has these bits of the time; the upper ones are those of the event before it
_COMMIT_MISSED = 1 << 31
_COMMIT_BYTES = (1 << 27) - 1
_TIME_BITS = 63  # no time of a Perfetto trace has more


_FIELD = re.compile(r" (\w+);\s*offset:(\d{1,9});\s*size:(\d{1,9});")


@dataclass(frozen=True)
class Layout:
    """Where the fields of a page's header are."""

    timestamp: int
    commit: int
    data: int

    @staticmethod
    def of(header_page: str) -> Layout:
        """Returns the layout that events/header_page describes. Raises FtraceError."""
        found = {name: (int(at), int(size)) for name, at, size in _FIELD.findall(header_page)}
        try:
            if found["timestamp"][1] != 8 or found["commit"][1] != 8:
                raise FtraceError("events/header_page: only kernels with 64 bits are supported")
            return Layout(found["timestamp"][0], found["commit"][0], found["data"][0])
        except KeyError as missing:
            raise FtraceError(f"events/header_page has no field {missing}") from None


@dataclass(frozen=True)
class Page:
    """lost: whether events are missing before this page. events: the time of each event, and its bytes."""

    lost: bool
    events: list[tuple[int, bytes]]


def _events(data: bytes, time: int) -> Iterator[tuple[int, bytes]]:
    at, end = 0, len(data)
    while at + 4 <= end:
        (word,) = struct.unpack_from("<I", data, at)
        kind, delta = word & 0x1F, word >> 5
        at += 4
        if kind == _PADDING:
            if delta == 0:
                return  # the rest of the page is empty
            (length,) = struct.unpack_from("<I", data, at)
            time += delta
            at += length
        elif kind in (_TIME_EXTEND, _TIME_STAMP):
            (more,) = struct.unpack_from("<I", data, at)
            value = more << _DELTA_BITS | delta
            time = time + value if kind == _TIME_EXTEND else time >> _STAMP_BITS << _STAMP_BITS | value
            at += 4
        else:
            length = 4 * kind
            start = at
            if kind == _DATA_LONG:
                (length,) = struct.unpack_from("<I", data, at)  # the length includes its own word
                start = at + 4
            time += delta
            at += length
            if at > end or length == 0:
                raise FtraceError(f"an event of {length} bytes does not fit into its page")
            if time >> _TIME_BITS:
                raise FtraceError(f"the time of an event is {time} ns, which no clock reaches")
            yield time, data[start:at]


def read(page: Bytes, layout: Layout) -> Page:
    """Returns the events of a page. Raises FtraceError if the page is damaged."""
    if max(layout.timestamp + 8, layout.commit + 8, layout.data) > len(page):
        raise FtraceError(f"a page of {len(page)} bytes is shorter than the header that events/header_page describes")
    (time,) = struct.unpack_from("<Q", page, layout.timestamp)
    (commit,) = struct.unpack_from("<Q", page, layout.commit)
    size = commit & _COMMIT_BYTES
    if layout.data + size > len(page):
        raise FtraceError(f"a page of {len(page)} bytes says that {size} bytes are in use")
    try:
        return Page(bool(commit & _COMMIT_MISSED), list(_events(bytes(page[layout.data : layout.data + size]), time)))
    except struct.error:
        raise FtraceError("an event is longer than its page") from None
