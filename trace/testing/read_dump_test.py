"""Tests that read_dump.py, which follows only docs/trace-format.md, finds the same in every kind of dump as hstrace."""

from __future__ import annotations

import random
import struct
import unittest
from pathlib import Path

from trace.format import read_dump
from trace.stat.dump_case import Case, write_chunks, write_dump
from trace.testing.patched_dump import patched
from trace.testing.reader_agreement import differences

LINES_MOST = 150
EXIT, SYNC, LOST, OBSERVING = read_dump.EXIT, read_dump.SYNC, read_dump.LOST, read_dump.OBSERVING
SEND, RECEIVE, WFI_LEAVE, ECALL, MARK, LATER = 4, 5, 7, 8, 10, 200
EVENTS = """event 4 ipi_send 0
event 5 ipi_recv 0
event 7 wfi_leave 0
event 8 ecall 3
event 12 sync 3
event 13 lost 2
event 14 observing 0
event 200 later 1
"""
STATISTICS_OF_OLD_DUMPS = 1088

SYNTHETIC = (
    "", "--harts=1", "--harts=64", "--seed=7", "--overwritten", "--loss=300", "--overwritten --loss=500", "--no-config",
    "--discard --loss=300", "--discard --full", "--discard --full --loss=100", "--hung=1", "--harts=3 --hung=0",
    "--start-cycles=281474976000000", "--start-cycles=281474976000000 --overwritten", "--start-ns=4000000000000000000",
    "--skew-ns=1000", "--exit-args=0", "--exit-args=1 --loss=200", "--slots=0", "--slots=3",
)


def record(time: int, event: int, words: list[int]) -> list[tuple[int, int]]:
    """Returns the slots of a record."""
    tags = [event << 48 | (len(words) - 1) << 56, *(index << 56 for index in range(len(words) - 1))]
    return [(time % 2**48 | tag, word % 2**64) for tag, word in zip(tags, words)]


class Stream:
    """Random records, in an order that hv never writes. They test the rules about which records belong together."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.time = self.begin = self.random.choice((50_000, 2**48 - 40_000, 2**50 + 7))
        self.slots: list[tuple[int, int]] = []
        self.flow = 1 << 40

    def sync(self) -> None:
        """Adds a SYNC record, sometimes after a long time. Some SYNC records are damaged, and some overlap the previous SYNC record."""
        self.time += self.random.choice((0,) * 20 + (2**46 + 12_345,))
        if self.random.random() < 0.2:
            self.slots += record(self.time, SYNC, [40 | 60 << 32, self.time + 2**49, self.ticks(), self.time])
        else:
            self.add_sync(self.random.choice((0, 20, 300)))

    def add_sync(self, wide: int) -> None:
        """Adds a SYNC record with @p wide cycles between its two readings of mcycle."""
        self.slots += record(self.time + wide, SYNC, [40 | 60 << 32, self.time, self.ticks(), self.time + wide])
        self.time += wide + self.random.choice((1, 5, -10, 2_000, 90_000))

    def ticks(self) -> int:
        """Returns mtime at the present time. mtime runs at 10 MHz, and mcycle runs at 1 GHz."""
        return (self.time - self.begin) // 100 + 77

    def exit(self) -> None:
        """Adds an EXIT record, and before it WFI_LEAVE and OBSERVING records that may or may not belong to it."""
        duration = self.random.choice((50, 900, 900, 4_000, 2**32 - 1))
        if self.random.random() < 0.3:
            time = self.time - self.random.choice((10, 500, 5_000))
            self.slots += record(time, WFI_LEAVE, [self.random.choice((0, 300, 2**60))])
        for _ in range(self.random.choice((0, 0, 1, 2))):
            self.slots += record(self.time, OBSERVING, [self.time - self.random.choice((1, 40, 700, 10_000, -5))])
        cause, outcome = self.random.choice((2, 8, 9, 9, 10, 135)), self.random.choice((0, 1, 4, 4))
        before, after = self.random.getrandbits(1), self.random.getrandbits(1)
        word = duration | cause << 32 | before << 40 | after << 42 | outcome << 44
        self.slots += record(self.time, EXIT, [word, 0x80200000, 0x30200073][: self.random.choice((1, 2, 3, 3))])
        self.time += self.random.choice((30, 200, 5_000))

    def other(self) -> None:
        """Adds a record of another event. Some of these are damaged, so that a reader cannot make a record out of their slots."""
        kinds = (
            (ECALL, [0x54494D45, 1, 2, 0]), (ECALL, [0x10 | 3 << 32, 0, 0, 0]), (ECALL, [0x999 | 5 << 32]),
            (LOST, [self.random.randint(1, 9), 0, 0]), (LATER, [1, 2]), (LATER, [1, 2, 3, 4, 5]), (MARK, [1, 2]), (SEND, [self.flow]),
            (SEND, [1 << 63 | self.flow]), (RECEIVE, [self.flow]),
        )
        event, words = self.random.choice(kinds)
        self.flow += event == RECEIVE
        slots = record(self.time, event, words)
        if self.random.random() < 0.15:
            swapped = slots[:1] + slots[:0:-1]
            damage = self.random.choice((slots[1:], slots[:-1], [(slots[0][0] | 4 << 56, 0)], slots[::-1], swapped))
            slots = damage or slots
        self.slots += slots
        self.time += self.random.choice((1, 100, 3_000))

    def rings(self) -> list[tuple[int, int, list[tuple[int, int]]]]:
        """Returns the slots in chunks. Slots are lost between some chunks, and some records continue in the next chunk."""
        first_sync = self.random.random() < 0.8
        for number in range(self.random.randint(1, 60)):
            kind = self.sync if number == 0 and first_sync else self.random.choice((self.sync, self.exit, self.exit, self.other))
            kind()
        rings, at, ended = [], 0, 0
        while at < len(self.slots):
            lost = self.random.choice((0, 0, 0, 1, 5)) if at else self.random.choice((0, 3))
            count = self.random.randint(1, 40)
            own = self.slots[at + (lost if at else 0) : at + lost + count]
            rings.append((ended + lost, lost, own))
            ended, at = ended + lost + len(own), at + lost + count
        self.slots = rings[-1][2]
        if self.begin >= 2**47:  # a reader cannot know the upper bits of these times without a SYNC record
            self.add_sync(20)
        return rings


class Reader(Case):
    def test_the_reader_is_short_and_imports_nothing_of_this_project(self) -> None:
        lines = Path(read_dump.__file__).read_text(encoding="utf-8").splitlines()
        self.assertLessEqual(len(lines), LINES_MOST)
        imported = {line.split()[1].split(".")[0] for line in lines if line.startswith(("import ", "from "))}
        self.assertEqual(imported, {"bisect", "collections", "json", "struct", "sys", "typing"})

    def test_both_readers_agree_on_synthetic_dumps_of_all_kinds(self) -> None:
        for options in SYNTHETIC:
            with self.subTest(options=options):
                dump, _ = self.make("a.hst", "--slots=9000", *options.split())
                self.assertEqual(differences(dump), [])

    def test_both_readers_agree_on_records_in_any_order(self) -> None:
        dump = self.folder / "a.hst"
        for seed in range(50):
            with self.subTest(seed=seed):
                rings = Stream(seed).rings()
                read, lost = sum(len(slots) for _, _, slots in rings), sum(lost for _, lost, _ in rings)
                write_dump(dump, rings, (read + lost + 4, read, lost + 4), mode=seed % 2, more_events=EVENTS)
                self.assertEqual(differences(dump), [])

    def test_both_readers_agree_on_words_that_no_run_produces(self) -> None:
        source, _ = self.make("a.hst", "--slots=9000")
        values = random.Random(1)

        def change(event: int, words: list[int]) -> list[int]:
            """Replaces the words by random words, except that fields for worlds keep to the two worlds that exist."""
            no_world = 1 << 41 | 1 << 43 if event == EXIT else 0
            return words if event in (SYNC, LOST) else [values.getrandbits(64) & ~no_world for _ in words]

        dump = self.folder / "b.hst"
        dump.write_bytes(patched(source.read_bytes(), change))
        self.assertEqual(differences(dump), [])

    def test_a_damaged_dump_is_read_up_to_the_damage(self) -> None:
        whole, cut = self.make("a.hst", "--slots=12000")[0], self.folder / "cut.hst"
        data, ends = whole.read_bytes(), [16]
        while ends[-1] < len(data):
            ends.append(ends[-1] + 16 + (int.from_bytes(data[ends[-1] + 8 : ends[-1] + 12], "little") + 15) // 16 * 16)
        for end, after in list(zip(ends, ends[1:]))[2:]:
            cut.write_bytes(data[:end])
            self.assertEqual(differences(cut, salvage=True), [])
            wanted = read_dump.summary(read_dump.Dump(data[:end]))
            for damaged in (data[: after - 20], data[: end + 20] + bytes([data[end + 20] ^ 4]) + data[end + 21 :]):
                self.assertEqual(read_dump.summary(read_dump.Dump(damaged)), wanted)

    def test_an_old_dump_without_counts_of_sleep_is_read(self) -> None:
        dump, old = self.make("a.hst", "--slots=9000")[0], self.folder / "old.hst"
        contents = list(read_dump.chunks(dump.read_bytes()))[:-1]
        chunks = [(kind, of[:STATISTICS_OF_OLD_DUMPS] if kind == b"STAT" else of) for kind, of in contents]
        write_chunks(old, chunks, sum((len(of) - 32) // 16 for kind, of in chunks if kind == b"RING"))
        self.assertEqual(differences(old), [])

    def test_unknown_chunks_are_skipped_and_a_file_with_a_wrong_header_is_refused(self) -> None:
        dump = self.folder / "a.hst"
        write_dump(dump, [(0, 0, record(1000, MARK, [1, 2]))], (2, 2, 0), more_chunks=((b"NEWS", b"x"),))
        self.assertEqual(differences(dump), [])
        data = dump.read_bytes()
        with self.assertRaisesRegex(AssertionError, "not a dump"):
            read_dump.Dump(b"x" + data[1:])

    def test_both_readers_agree_on_a_merged_dump(self) -> None:
        dumps = [self.make(f"{name}.hst", "--slots=9000", *options)[0] for name, options in
                 (("a", ["--start-ns=900000000"]), ("b", ["--harts=3", "--seed=3", "--loss=100"]))]
        self.run_tool("merge", "--align=start", *dumps, "-o", self.folder / "c.hst")
        self.assertEqual(differences(self.folder / "c.hst"), [])

    def test_both_readers_agree_on_a_dump_without_the_rate_of_mtime(self) -> None:
        dump, source = self.folder / "b.hst", self.make("a.hst", "--slots=3000")[0]
        chunks = list(read_dump.chunks(source.read_bytes()))[:-1]
        chunks[0] = (b"MACH", struct.pack("<Q", 0) + chunks[0][1][8:])
        write_chunks(dump, chunks, sum((len(of) - 32) // 16 for kind, of in chunks if kind == b"RING"))
        self.assertEqual(differences(dump), [])


if __name__ == "__main__":
    unittest.main()
