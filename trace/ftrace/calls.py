"""Compares Linux' view of its SBI calls with hv's view, in a Perfetto trace that has both. Tests call this."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from trace.perfetto.trace_processor import TraceProcessor

HARTSCOPE_EID = 0x08485343  # abi/hartscope.h: hv answers these calls itself, so they have no `ecall` record

# How hstrace names the calls of the extensions that Linux uses.
NAMES = {
    0x10: ("sbi probe_extension", "sbi get_"),
    0x735049: ("sbi send_ipi",),
    0x52464E43: ("sbi remote_",),
    0x504D55: ("sbi pmu_",),
    0x54494D45: ("sbi set_timer",),
    0x4442434E: ("sbi debug_console_", "sbi console_"),
}

LINUX = """select ts, name, cpu, extract_arg(arg_set_id, 'ext') ext from ftrace_event
    where name in ('sbi_call', 'sbi_return', 'ipi_send_cpu') order by ts"""
MONITOR = """select slice.ts begin, slice.ts + slice.dur as end, slice.name name, group_.name hart from slice
    join track on track.id = track_id join track group_ on group_.id = track.parent_id
    where track.name = 'ecalls' order by slice.ts"""


class Call(NamedTuple):
    """An SBI call: when it began and ended in ns, and its extension (Linux) or name (hv)."""

    begin: int
    end: int
    what: Any


@dataclass(frozen=True)
class Comparison:
    """calls: how many SBI calls Linux recorded on all CPUs. interrupts: how many interrupts Linux sent. problems: a line for each
    call or interrupt that contradicts hv's trace. only_hv: how many calls only hv recorded: Linux records none while a CPU is
    not online yet, and none while it is within ftrace."""

    calls: Counter[int]
    interrupts: int
    problems: list[str]
    only_hv: int


def _of_linux(rows: list[dict[str, Any]]) -> dict[int, list[Call]]:
    """Returns the calls of each CPU that Linux recorded."""
    found: dict[int, list[Call]] = {}
    begun: dict[int, tuple[int, int]] = {}
    for row in rows:
        if row["name"] == "sbi_call":
            begun[row["cpu"]] = (row["ts"], row["ext"])
        elif row["name"] == "sbi_return" and row["cpu"] in begun:
            begin, extension = begun.pop(row["cpu"])
            found.setdefault(row["cpu"], []).append(Call(begin, row["ts"], extension))
    return found


def _contradictions(linux: list[Call], monitor: list[Call], uncertainty: int) -> Iterator[str]:
    """Yields a line for each call of a CPU that does not contain exactly one call of its hart, of the same extension."""
    begins = [call.begin for call in monitor]
    for call in linux:
        if call.what == HARTSCOPE_EID:
            continue
        inside = monitor[bisect_left(begins, call.begin - uncertainty) : bisect_right(begins, call.end + uncertainty)]
        names = [each.what for each in inside]
        if len(inside) != 1 or not names[0].startswith(NAMES.get(call.what, ("sbi ",))):
            yield f"the SBI call {call.what:#x} from {call.begin} to {call.end} contains {names} of hv's trace"
        elif inside[0].end > call.end + uncertainty:
            yield f"the SBI call {call.what:#x} from {call.begin} to {call.end} ends before hv's {names[0]} at {inside[0].end}"


def _sent(rows: list[dict[str, Any]]) -> tuple[int, list[str]]:
    """Returns how many interrupts Linux sent, and a line for each that has no SBI call. ipi_send_cpu is just before the call."""
    waiting: dict[int, int] = {}
    sent, lines = 0, []
    for row in rows:
        if row["name"] == "ipi_send_cpu":
            sent += 1
            if row["cpu"] in waiting:
                lines.append(f"the interrupt that CPU {row['cpu']} sent at {waiting[row['cpu']]} has no SBI call")
            waiting[row["cpu"]] = row["ts"]
        elif row["name"] == "sbi_call" and row["ext"] == 0x735049:
            waiting.pop(row["cpu"], None)
    return sent, lines


def compare(processor: TraceProcessor, harts: Mapping[int, int], uncertainty: int, shift: int = 0) -> Comparison:
    """Compares all calls.

    @param harts       the hart id of each CPU
    @param uncertainty the uncertainty of the offset between the clocks in ns
    @param shift       ns to add to the times of Linux' events
    """
    rows: list[dict[str, Any]] = [row | {"ts": int(row["ts"] or 0) + shift} for row in processor.query(LINUX)]
    monitor: dict[str, list[Call]] = {}
    for row in processor.query(MONITOR):
        monitor.setdefault(str(row["hart"]), []).append(Call(int(row["begin"] or 0), int(row["end"] or 0), row["name"]))
    sent, unsent = _sent(rows)
    # Linux does not call if an earlier interrupt to the same hart has not been handled yet.
    problems = unsent if len(unsent) > sent // 100 else []
    linux, by_monitor = _of_linux(rows), sum(map(len, monitor.values()))
    for cpu, calls in linux.items():
        problems += _contradictions(calls, monitor.get(f"hart {harts[cpu]:02}", []), uncertainty)
    counts = Counter(call.what for calls in linux.values() for call in calls)
    return Comparison(counts, sent, problems, by_monitor - sum(counts.values()) + counts[HARTSCOPE_EID])
