"""Reads a dump with hstrace and with trace/format/read_dump.py, the example of docs/trace-format.md, and compares the results.

Called by tests, with synthetic dumps and with dumps of real runs. It does not know which records a dump should contain.
"""

from __future__ import annotations

import csv
import json
import subprocess
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from trace.format.read_dump import EXIT, SYNC, Dump, Exit, Hart, Record, summary

HSTRACE = Path(__file__).absolute().parents[2] / "trace/hstrace/hstrace"
SECONDS = 600
IPI_SEND, IPI_RECV, FLOW = 4, 5, 2**63 - 1
OWNERS = ("hv", "firmware", "payload", "asleep", "unknown")
CALLS = tuple(f"environment_call_from_{mode}_mode" for mode in ("u", "s", "vs"))
NS = 10**9
SLACK_NS = 2  # allowed difference, because both readers round


def hstrace(*words: str | Path) -> str:
    """Returns what hstrace prints. Exit code 1 is allowed, since the dump may be damaged or may contradict its statistics."""
    done = subprocess.run([HSTRACE, *words], capture_output=True, text=True, timeout=SECONDS)
    if done.returncode > 1:
        raise AssertionError(f"{words}: {done.stderr}")
    return done.stdout


class Agreement:
    """The results of the two readers for a dump, and the differences. `salvage` is set if the dump is cut or damaged."""

    def __init__(self, path: Path, salvage: bool = False) -> None:
        options = ["--salvage"] if salvage else []
        self.dump = Dump(path.read_bytes())
        self.info = json.loads(hstrace("info", "--json", *options, path))
        self.stat = json.loads(hstrace("stat", "--json", *options, path))
        self.rows: dict[int, list[dict[str, str]]] = defaultdict(list)
        for row in csv.DictReader(hstrace("convert", "-f", "csv", "-o", "-", *options, path).splitlines()):
            self.rows[int(row["hart"])].append(row)
        with tempfile.NamedTemporaryFile() as trace:
            self.account = json.loads(hstrace("convert", "--json", *options, "-o", trace.name, path))
        self.found: list[str] = []

    def same(self, what: str, own: object, others: object) -> None:
        """Adds a difference to the list if the two values are not equal."""
        if own != others:
            self.found.append(f"{what}: {own} by read_dump.py, {others} by hstrace")

    def all_same(self, what: str, own: Iterable[object], others: Iterable[object]) -> None:
        """Compares two sequences, and adds their first difference to the list."""
        one, other = list(own), list(others)
        for place, (a, b) in enumerate(zip(one, other)):
            if a != b:
                self.same(f"{what}, number {place}", a, b)
                return
        self.same(f"{what}, how many", len(one), len(other))


def record_and_gap_list(hart: Hart) -> list[tuple[object, ...]]:
    """Returns the hart's records and gaps in their order, in the same form as rows_of_table()."""
    found: list[tuple[object, ...]] = []
    for record in hart.records:
        if record.missing:
            found.append(("gap", record.missing))
        found.append((record.sequence, record.time, record.words))
    return found + [("gap", hart.missing)] if hart.missing else found


def rows_of_table(rows: list[dict[str, str]]) -> list[tuple[object, ...]]:
    """Returns the records and gaps in hstrace's CSV."""
    found: list[tuple[object, ...]] = []
    for row in rows:
        if row["event"] == "gap":
            found.append(("gap", int(row["payload"], 0)))
        else:
            words = [row[name] for name in ("payload", "word1", "word2", "word3")]
            found.append((int(row["sequence"]), int(row["cycles"]), [int(word, 0) for word in words if word]))
    return found


def compare_records(both: Agreement) -> None:
    """Compares records, their order, their times in cycles, gaps, and counts by event."""
    both.same("events", dict(summary(both.dump)["events"]), both.info["events"])
    for index, (hart, info) in enumerate(zip(both.dump.harts, both.info["harts"])):
        both.all_same(f"hart {index}: records and gaps", record_and_gap_list(hart), rows_of_table(both.rows[index]))
        both.same(f"hart {index}: records", len(hart.records), info["records"])
        if hart.records:  # info looks for SYNC only in the hart's first chunk, so it may know only the low bits of `begin`
            both.same(f"hart {index}: begin", hart.records[0].time % 2**48, info["begin"] % 2**48)
            both.same(f"hart {index}: end", hart.records[-1].time % 2**48, info["end"] % 2**48)
        both.same(f"hart {index}: id", both.dump.hart_ids[index], info["id"])
        if "statistics" in info:
            names = ("emitted", "read", "lost", "in_flight")
            own = dict(zip(names, both.dump.statistics[index][2:6]))
            both.same(f"hart {index}: statistics", own, info["statistics"])


def exit_of_row(row: dict[str, str]) -> tuple[object, ...]:
    """Returns the cycles and the world of an exit from a row of hstrace's CSV."""
    cycles = [int(row[name]) for name in ("duration_cycles", "asleep_cycles", "observing_cycles", "guest_cycles")]
    return (*cycles, row["guest"])


def exit_of_reader(exit_: Exit) -> tuple[object, ...]:
    """Returns the cycles and the world of an exit as read_dump.py found them, in the same form as exit_of_row()."""
    return (exit_.in_hv - exit_.observing, exit_.slept, exit_.observing, exit_.guest_cycles, exit_.guest)


def compare_exits(both: Agreement, exits: list[list[Exit]]) -> None:
    """Compares the cycles of each exit, how each hart's time was spent, and the totals."""
    time = []
    for index, own in enumerate(exits):
        rows = [row for row in both.rows[index] if row["event"] == "exit"]
        both.all_same(f"hart {index}: exits", map(exit_of_reader, own), map(exit_of_row, rows))
        cycles: Counter[str] = Counter()
        for exit_ in own:
            cycles.update({"hv": exit_.in_hv, "asleep": exit_.slept, exit_.guest: exit_.guest_cycles})
        time.append({"hart": index, **{owner: cycles[owner] for owner in OWNERS}})
    both.same("time", time, both.stat["time"])
    all_exits = [exit_ for own in exits for exit_ in own]
    both.same("exits", len(all_exits), both.stat["exits"])
    both.same("cycles", sum(exit_.in_hv - exit_.observing for exit_ in all_exits), both.stat["cycles"])
    both.same("observing", sum(exit_.observing for exit_ in all_exits), both.stat["observing"])


def compare_calls(both: Agreement, exits: list[list[Exit]]) -> None:
    """Compares how often each SBI function was called, and how many cycles these exits took."""
    all_rows = [row for rows in both.rows.values() for row in rows]
    names = {int(row["payload"], 0): row["detail"] for row in all_rows if row["event"] == "ecall"}
    for row in all_rows:
        if row["event"] == "exit" and row["cause"] in CALLS and row["detail"]:
            names.setdefault(int(row["word2"], 0) % 2**63, row["detail"])
    own: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for exit_ in (exit_ for of_hart in exits for exit_ in of_hart):
        if exit_.call is None:
            continue
        name = "sbi other" if names[exit_.call].count(" ") > 1 else names[exit_.call]
        own[name] = [own[name][0] + 1, own[name][1] + exit_.in_hv - exit_.observing]
    calls = [row for row in both.stat["rows"] if row["cause"] in CALLS and row["detail"]]
    rows: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in calls:
        count, cycles = rows[str(row["detail"])]
        rows[str(row["detail"])] = [count + int(row["count"]), cycles + int(row["cycles"])]
    both.same("calls", dict(own), {name: rows.get(name) for name in own})
    called = sum(count for count, _ in own.values())
    answered = sum(row["count"] for row in calls)
    both.same("calls whose function is known", called, answered)


def compare_flows(both: Agreement) -> None:
    """Compares how many sends of interrupts between harts have a receive, and how many receives have no send."""
    words: dict[int, list[int]] = defaultdict(list)
    for hart in both.dump.harts:
        for record in hart.records:
            words[record.event].append(record.words[0] & FLOW)
    sends, receives = Counter(words[IPI_SEND]), words[IPI_RECV]
    both.same("pairs", sum(sends[flow] for flow in set(receives)), both.account["flows"])
    both.same("receives without a send", sum(flow not in sends for flow in receives), both.account["ends_alone"])


def error_ns(hart: Hart, record: Record, tick: float) -> float:
    """Returns the maximum error of a record's time by read_dump.py: half a tick plus half the width of the widest SYNC record.

    For a record before the first or after the last SYNC record, the error grows with the distance from that SYNC record.
    """
    (begin, since, _), (end, until, _) = hart.points[0], hart.points[-1]
    rate = (until - since) * tick / (end - begin)
    widths = (of.words[3] - of.words[1] for of in hart.records if of.event == SYNC and len(of.words) == 4)
    far = max(begin - 2 * record.time, 2 * record.time - end, 0) / (end - begin)
    return (tick + max(widths) * rate) / 2 * (1 + 2 * far)


def compare_times(both: Agreement) -> None:
    """Compares the times in nanoseconds of the first and the last record, and of about 100 records between them."""
    tick = NS / (both.dump.timebase_hz or NS)
    for index, hart in enumerate(both.dump.harts):
        rows = [row for row in both.rows[index] if row["event"] != "gap"]
        if len(hart.points) < 2 or len(rows) != len(hart.records):
            continue
        step, own = max(1, len(rows) // 100), 0
        for place in sorted({*range(0, len(rows), step), len(rows) - 1}):
            own, other = max(own, hart.ns(hart.records[place].time)), rows[place]
            allowed = error_ns(hart, hart.records[place], tick) + SLACK_NS
            if other["uncertainty_ns"] and abs(own - int(other["ns"])) > allowed + int(other["uncertainty_ns"]):
                both.same(f"hart {index}: time of record {place}, give or take {allowed:.0f} ns", own, other["ns"])
                break


def differences(path: Path, salvage: bool = False) -> list[str]:
    """Returns all differences between the two readers for the dump @p path. @p salvage is set if the dump is cut or damaged."""
    both = Agreement(path, salvage)
    exits = [hart.exits() for hart in both.dump.harts]
    compare_records(both)
    compare_exits(both, exits)
    compare_calls(both, exits)
    compare_flows(both)
    compare_times(both)
    both.same("whether it is complete", both.dump.complete, not salvage)
    return both.found
