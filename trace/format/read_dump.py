"""Reads a dump as docs/trace-format.md describes it. `read_dump.py FILE` prints a summary as JSON. To use it in another program:
dump = Dump(Path("trace.hst").read_bytes()); hart = dump.harts[0]; hart.records; hart.exits(); hart.ns(cycles)"""

import json
import struct
import sys
from bisect import bisect_right
from collections import Counter, defaultdict
from typing import Any, Iterator, NamedTuple

EXIT, WFI_LEAVE, ECALL, SYNC, LOST, OBSERVING = 1, 7, 8, 12, 13, 14
WORLDS, CALLS, FORWARDED, DISCARD, TOO_LONG = ("firmware", "payload"), (8, 9, 10), 4, 1, 2**32 - 1
BYTE_SUMS = list(range(256))
for _ in range(8):
    BYTE_SUMS = [crc >> 1 ^ 0x82F63B78 * (crc & 1) for crc in BYTE_SUMS]

# Times are in cycles. `missing`: slots lost before the record. `guest`: the world before the exit. `call`: EID, and FID << 32.
Record = NamedTuple("Record", [("event", int), ("time", int), ("sequence", int), ("words", list[int]), ("missing", int)])
Exit = NamedTuple("Exit", [("record", Record), ("begin", int), ("end", int), ("in_hv", int), ("observing", int), ("slept", int),
                           ("guest", str), ("guest_cycles", int), ("call", int | None)])


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yields the type and contents of each chunk. Stops before the first chunk that is cut or damaged."""
    assert data[:16] == struct.pack("<8sII", b"\x89HST\r\n\x1a\n", 1, 0), "not a dump of version 1"
    at = 16
    while at + 16 <= len(data):
        kind, version, _, length, wanted = struct.unpack_from("<4sHHII", data, at)
        contents, crc = data[at + 16 : at + 16 + length], 2**32 - 1
        for byte in data[at : at + 12] + contents:
            crc = crc >> 8 ^ BYTE_SUMS[(crc ^ byte) & 255]
        if len(contents) < length or crc ^ 2**32 - 1 != wanted:
            return
        assert version == 1 or kind not in (b"MACH", b"SCHM", b"RING", b"STAT", b"DONE"), "a chunk of another version"
        yield kind, contents
        at += 16 + (length + 15) // 16 * 16


def records(rings: list[tuple[int, int, bytearray]]) -> Iterator[Record]:
    """Yields records with only the low bits of their times. The last one is a dummy: its `missing` counts the slots lost at the end."""
    missing = 0
    for first, lost, data in rings:
        slots, at, missing = list(struct.iter_unpack("<QQ", data)), 0, missing + lost
        while at < len(slots):
            event, time, extra = slots[at][0] >> 48 & 255, slots[at][0] % 2**48, slots[at][0] >> 56
            wanted = [time + (index << 56) for index in range(extra)]
            whole = event and extra < 4 and [tag for tag, _ in slots[at + 1 : at + 1 + extra]] == wanted
            if whole:
                words = [word for _, word in slots[at : at + 1 + extra]]
                yield Record(event, time, first + at, words, missing + (words[0] if event == LOST else 0))
            at, missing = (at + 1 + extra, 0) if whole else (at + 1, missing + 1)
    yield Record(0, 0, 0, [], missing)


class Hart:
    def __init__(self, dump: "Dump", rings: list[tuple[int, int, bytearray]], lost: int) -> None:
        *self.records, behind = records(rings)
        whole = [record for record in self.records if record.event == SYNC and len(record.words) == 4]
        syncs = {record.sequence: record.words for record in whole if record.words[1] <= record.words[3]}
        self.leave, self.entry = divmod(whole[0].words[0] if whole else 0, 2**32)
        time = next((words[1] for words in syncs.values()), (self.records or [behind])[0].time)
        for index, record in enumerate(self.records):
            time = syncs.get(record.sequence, [0, time])[1]
            time += (record.time - time + 2**47) % 2**48 - 2**47
            self.records[index] = record._replace(time=time)
        self.missing, self.hz = behind.missing, dump.timebase_hz or 10**9  # missing: lost slots after the last record
        if dump.mode == DISCARD and self.records and not any(ring[1] for ring in rings):
            self.missing += max(0, lost - sum(record.words[0] for record in self.records if record.event == LOST))
        self.points: list[tuple[int, int, int]] = []  # 2 x cycles, 2 x ticks (so that halves are integers), mcycle_again
        for _, before, mtime, again in syncs.values() if dump.timebase_hz else []:
            if not self.points or self.points[-1][2] < before:
                self.points.append((before + again, 2 * mtime + 1, again))

    def ns(self, cycles: int) -> int:
        points = self.points or [(0, 0, 0)]  # the clock's rate is unknown with fewer than two points: assume 1 ns per cycle
        at = bisect_right(points, (2 * cycles, 0, 0))
        one, two = points[at - 1 : at + 1] if 0 < at < len(points) else (points[0], points[-1])
        run, rise = (two[0] - one[0], two[1] - one[1]) if len(points) > 1 else (10**9, self.hz)
        return ((2 * cycles - one[0]) * rise // run + one[1]) * 10**9 // (2 * self.hz)

    def exits(self) -> list[Exit]:
        exits, near = list[Exit](), dict[int, Record]()  # near: the records since the previous exit, by event
        ends, gap, caller = [record.time for record in self.records[:1]] * 2, False, None
        for record in self.records:
            word, time, duration = record.words[0], record.time, record.words[0] % 2**32
            near, caller, gap = ({}, None, record is not self.records[0]) if record.missing else (near, caller, gap)
            if record.event == SYNC and not exits:
                ends = [time, ends[0]]
            elif record.event == ECALL and caller is not None:
                exits[caller], caller = exits[caller]._replace(call=word), None
            elif record.event != EXIT:
                near[record.event] = near.get(OBSERVING, record) if record.event == OBSERVING else record
            else:
                known, is_call, wake = duration < TOO_LONG, word >> 32 & 255 in CALLS, near.get(WFI_LEAVE)
                room = max(time - duration - self.entry, 0)
                slept = wake.words[0] if wake and wake.time >= time - duration and wake.words[0] <= room else 0
                guest_cycles = max((begin := room - slept) - (ends[0] if ends[0] <= begin else ends[1]), 0)
                guest = WORLDS[word >> 40 & 1] if known and not gap else "unknown"
                observing = time - near[OBSERVING].words[0] if known and OBSERVING in near else 0
                observing = observing if 0 < observing < duration else 0
                in_hv = self.entry + duration + self.leave if known else duration
                value = record.words[2] if is_call and len(record.words) > 2 else 0
                call = near[ECALL].words[0] if is_call and ECALL in near else value % 2**63 if value >> 63 else None
                caller = len(exits) if is_call and call is None and word >> 44 & 15 == FORWARDED else caller
                exits.append(Exit(record, begin, time + self.leave, in_hv, observing, slept, guest, guest_cycles, call))
                near, gap, ends = {}, False, [time + self.leave] * 2
        return exits


class Dump:
    def __init__(self, data: bytes) -> None:
        rings: dict[int, list[tuple[int, int, bytearray]]] = defaultdict(list)  # runs of slots: first number, lost before, slots
        self.statistics: dict[int, tuple[int, ...]] = defaultdict(lambda: (0,) * 5)  # fields of the STAT chunks
        for kind, contents in chunks(data):
            if kind == b"MACH":
                self.timebase_hz, count, self.mode = struct.unpack_from("<QI40xI", contents)
                self.hart_ids, config = struct.unpack_from(f"<{count}Q", contents, 56), contents[56 + 8 * count :]
            elif kind == b"SCHM":
                lines = map(str.split, contents.decode().splitlines())
                self.names = {int(words[1]): words[2] for words in lines if words[0] == "event"}
            elif kind == b"RING":
                hart, _, first, lost = struct.unpack_from("<IIQQ", contents)
                if lost or not rings[hart]:
                    rings[hart].append((first, lost, bytearray()))
                rings[hart][-1][2].extend(contents[32:])
            elif kind == b"STAT":
                self.statistics[int.from_bytes(contents[:4], "little")] = struct.unpack(f"<II{len(contents) // 8 - 1}Q", contents)
            self.complete = kind == b"DONE"
        self.modules = [module["name"] for module in json.loads(config or "{}").get("modules", [])]
        self.harts = [Hart(self, rings[hart], self.statistics[hart][4]) for hart in range(len(self.hart_ids))]


def summary(dump: Dump) -> dict[str, Any]:
    """Counts records by event, exits and their cycles by world and cause and by SBI call, and each hart's losses and time."""
    events, exits, cycles, harts = Counter[str](), Counter[str](), Counter[str](), []
    for hart in dump.harts:
        events.update(dump.names.get(record.event, f"event_{record.event}") for record in hart.records)
        time = Counter[str]()
        for exit in hart.exits():
            cause = f"{WORLDS[exit.record.words[0] >> 40 & 1]} {exit.record.words[0] >> 32 & 255}"
            for name in [cause] if exit.call is None else [cause, f"sbi {exit.call % 2**32:#x} {exit.call >> 32}"]:
                exits[name], cycles[name] = exits[name] + 1, cycles[name] + exit.in_hv - exit.observing
            time.update({"hv": exit.in_hv, "asleep": exit.slept, exit.guest: exit.guest_cycles})
        harts.append({"missing": hart.missing + sum(record.missing for record in hart.records), "time": time,
                      "seconds": [hart.ns(record.time) / 1e9 for record in hart.records[:1] + hart.records[-1:]]})
    return {"complete": dump.complete, "events": events, "exits": exits, "cycles": cycles, "harts": harts}


if __name__ == "__main__":
    print(json.dumps(summary(Dump(open(sys.argv[1], "rb").read())), indent=1))
