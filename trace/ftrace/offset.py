"""Computes the offset between ftrace's clock and the time of hv's trace.

In the guest, /bin/ftrace or hsctl made marks in hv's trace (payloads/linux/ftrace/clock.h). A mark is an SBI call, which is an exit
to hv. Before and after each mark, ftrace recorded an event on the same CPU: Linux' own events of this SBI call, or, if the
kernel has no such events, the lines that /bin/ftrace or hsctl wrote. The exit begins after the one and ends before the other, which
limits the offset from both sides. All these limits hold at once, so the offset lies where they overlap. Both clocks count
the same mtime, so the offset is constant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from trace.ftrace.stream import FtraceError

NS_PER_SECOND = 1_000_000_000


class Mark(NamedTuple):
    """A mark in hv's trace: the id of its hart, when its exit began and ended in ns of mtime, and the uncertainty of these
    times."""

    hart: int
    begin_ns: int
    end_ns: int
    uncertainty_ns: int


class Around(NamedTuple):
    """The events of ftrace around a mark: their CPU, and their times in ns of ftrace's clock."""

    cpu: int
    before_ns: int
    after_ns: int


@dataclass(frozen=True)
class Offset:
    """Add `ns` to a time of ftrace's clock to get ns of mtime. The true offset differs from `ns` by at most
    `uncertainty_ns`. pairs: how many marks limit the offset. cpus: the hart id of each CPU that wrote such marks."""

    ns: int
    uncertainty_ns: int
    pairs: int
    cpus: dict[int, int]


def compute(around: Mapping[int, Around], marks: Mapping[int, Mark], timebase_hz: int) -> Offset:
    """Returns the offset. @p around and @p marks are by the number of the mark. Raises FtraceError if no mark is in both,
    or if the marks contradict each other."""
    tick = -(-NS_PER_SECOND // timebase_hz)  # ftrace's clock shows only the beginning of a tick
    pairs = [(mark, around[number]) for number, mark in marks.items() if number in around]
    if not pairs:
        raise FtraceError("no mark of hv's trace is in ftrace's buffers, so the clocks cannot be related. Are both of the same recording?")
    least = max(mark.end_ns - mark.uncertainty_ns - events.after_ns - tick for mark, events in pairs)
    most = min(mark.begin_ns + mark.uncertainty_ns - events.before_ns for mark, events in pairs)
    if least > most:
        drift = f"the marks contradict each other by {least - most} ns: ftrace's clock and mtime drift apart"
        raise FtraceError(f"{drift}, or the two traces are of different recordings")
    cpus: dict[int, int] = {}
    for mark, events in pairs:
        if cpus.setdefault(events.cpu, mark.hart) != mark.hart:
            raise FtraceError(f"CPU {events.cpu} made marks on the harts {cpus[events.cpu]} and {mark.hart}")
    return Offset((least + most) // 2, (most - least + 1) // 2, len(pairs), cpus)
