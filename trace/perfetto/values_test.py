"""Values of all 64 bits, in Perfetto's own engine: each annotation has one type, and none becomes negative."""

import json
import re
import subprocess
import tempfile
import unittest
from collections import Counter, defaultdict
from itertools import cycle
from pathlib import Path

from trace.perfetto import check, statement
from trace.perfetto.trace_processor import TraceProcessor
from trace.testing.patched_dump import patched

HSTRACE, SYNTHETIC = "trace/hstrace/hstrace", "trace/testing/synthetic"
TUTORIAL = Path("docs/tutorial.md")
EXIT, PMP, WFI_ENTER, ECALL, MODULE, MARK, COUNTER = 1, 3, 6, 8, 9, 10, 11
ILLEGAL_INSTRUCTION = 2
VALUES = [1, 0x80001000, 2**63 - 1, 2**63, 0xFF20000000002D00, 2**64 - 1]

# Which words of which events are 64 bits of the guest's, and the annotation that has them.
WORDS = {
    EXIT: {1: "mepc", 2: "mtval"},
    PMP: {1: "address"},
    WFI_ENTER: {0: "mepc"},
    ECALL: {1: "a0", 2: "a1", 3: "error"},
    MODULE: {1: "value"},
    MARK: {1: "value"},
    COUNTER: {1: "counter"},
}
ARGUMENTS = """select substr(key, 7) name, value_type type, string_value text, int_value number, count(*) times
    from slice join args using (arg_set_id) where key glob 'debug.*' group by 1, 2, 3, 4"""
COUNTERS = """select value, count(*) times from counter join track on track.id = track_id
    where track.name glob 'exits_*' or track.name glob 'count*' group by 1"""


class Values(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dump, self.trace = Path(folder.name, "trace.hst"), Path(folder.name, "trace.pftrace")
        subprocess.run([SYNTHETIC, "--harts=1", "--slots=20000", self.dump], check=True, stdout=subprocess.DEVNULL)
        self.next = {event: {word: cycle(VALUES) for word in words} for event, words in WORDS.items()}
        self.given: dict[str, Counter[int]] = defaultdict(Counter)  # by annotation
        self.dump.write_bytes(patched(self.dump.read_bytes(), self.change))
        words: list[str | Path] = [HSTRACE, "convert", "--json", "-o", self.trace, self.dump]
        said = subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout
        self.trace.with_suffix(".json").write_bytes(said)
        self.exits = json.loads(said)["exits"]

    def change(self, event: int, words: list[int]) -> list[int]:
        """Gives each record the next of the values; counts them by annotation."""
        for word, name in WORDS.get(event, {}).items():
            instruction = event == EXIT and word == 2 and words[0] >> 32 & 0xFF == ILLEGAL_INSTRUCTION
            if word < len(words) and not instruction:
                words[word] = next(self.next[event][word])
                self.given[name][words[word]] += 1
        return words

    def test_each_value_is_shown_as_it_was_and_each_annotation_has_one_type(self) -> None:
        shown: dict[str, Counter[int]] = defaultdict(Counter)
        types: dict[str, set[object]] = defaultdict(set)
        with TraceProcessor(self.trace) as processor:
            for row in processor.query(ARGUMENTS):
                name, text = str(row["name"]), row["text"]
                types[name].add(row["type"])
                if name in self.given or name == "large_value":
                    value = int(str(text).split(" ")[0], 0) if text is not None else int(str(row["number"])) % 2**64
                    shown[name][value] += int(str(row["times"]))
                if row["number"] is not None and name != "error":  # what SBI calls an error is negative
                    self.assertGreaterEqual(int(str(row["number"])), 0, name)
            counters = {float(str(row["value"])): row["times"] for row in processor.query(COUNTERS)}
        self.assertEqual({name: len(kinds) for name, kinds in types.items()}, dict.fromkeys(types, 1))
        self.assertEqual({name: types[name] for name in ("mepc", "mtval", "a0", "a1")}, dict.fromkeys(("mepc", "mtval", "a0", "a1"), {"string"}))
        self.assertEqual(self.given.keys(), {name for words in WORDS.values() for name in words.values()})
        shown["value"].update(shown["large_value"])
        for name in self.given.keys() - {"counter"}:
            self.assertEqual(shown[name], self.given[name], name)
        self.assertEqual(counters, {float(value): times for value, times in merged(self.given["counter"]).items()})

    def test_the_engine_finds_nothing_wrong_with_them(self) -> None:
        self.assertEqual(check.problems(self.trace, statement.load(self.trace.with_suffix(".json"))), [])

    def test_the_tutorials_query_works_on_every_value(self) -> None:
        (query,) = re.findall(r"^    (select extract_arg.*?)\n\n", TUTORIAL.read_text(), re.MULTILINE | re.DOTALL)
        self.assertIn("name = 'store fault'", query)
        with TraceProcessor(self.trace) as processor:
            for name, condition in (("mtval", "name = 'load misaligned'"), ("mepc", "category = 'exit'"), ("a0", "name = 'set_timer'")):
                rows = processor.query(query.replace("debug.mtval", f"debug.{name}").replace("name = 'store fault'", condition))
                found = {int(str(row["address"]).split(" ")[0], 0): row["stores"] for row in rows}
                self.assertEqual(set(found), set(VALUES), name)
                self.assertEqual(len(found), len(rows), f"{name}: an address has one row")
                whole = processor.number(f"select count(*) from slice where {condition}")
                self.assertEqual(sum(int(str(row["stores"])) for row in rows), whole)


def merged(counts: Counter[int]) -> Counter[float]:
    """Counts by value as a double has it."""
    found: Counter[float] = Counter()
    for value, times in counts.items():
        found[float(value)] += times
    return found


if __name__ == "__main__":
    unittest.main()
