"""Reads hv's counters from the end of a dump. When a run ends, hv writes the counters of each hart to the trace.

A serial line may have lost a part of the dump. This file returns a hart's counters only if nothing is missing among the
records at the end, which are the counters. It never guesses.
"""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path

from machines.directory import Cycles, HartCounters
from trace.format.read_dump import SYNC, Dump, Hart, Record

_COUNTER = 11

# The ids of counters (abi/hartscope.h): HARTSCOPE_COUNTER_CAUSE and HARTSCOPE_COUNTER_CYCLES. A cause has a counter for
# each of two worlds.
_CAUSE, _CYCLES = 0x200, 0x300
_CAUSES, _WORLDS, _OWNERS = 64, 2, 4


def _final(hart: Hart) -> list[Record] | None:
    """Returns the records of counters at the end of a hart's trace, in the order in which hv wrote them. Returns None if
    some may be missing."""
    behind = list(takewhile(lambda record: record.event in (_COUNTER, SYNC), reversed(hart.records)))
    if hart.missing or not behind or len(behind) == len(hart.records) or any(record.missing for record in behind):
        return None
    return [record for record in reversed(behind) if record.event == _COUNTER]


def _counters(hart_id: int, hart: Hart) -> HartCounters | None:
    values = {record.words[0] & 0xFFFFFFFF: record.words[1] for record in _final(hart) or []}
    cycles = [values.get(_CYCLES + owner) for owner in range(_OWNERS)]
    if None in cycles:
        return None
    exits = [sum(values.get(_CAUSE + world * _CAUSES + cause, 0) for world in range(_WORLDS)) for cause in range(_CAUSES)]
    return HartCounters(hart_id, exits, Cycles(*(value or 0 for value in cycles)))


def read(path: Path) -> list[HartCounters] | None:
    """Returns the counters of each hart that has run. Returns None if the counters of one of them are incomplete, or if
    the dump does not say which harts there are."""
    dump = Dump(path.read_bytes())
    if not dump.timebase_hz:
        return None
    ran = [(id_, hart) for id_, hart in zip(dump.hart_ids, dump.harts) if hart.records or hart.missing]
    found = [_counters(id_, hart) for id_, hart in ran]
    counted = [hart for hart in found if hart is not None]
    return counted if counted and len(counted) == len(found) else None
