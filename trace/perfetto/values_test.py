"""Tests that Perfetto's own trace processor imports 64-bit values: each annotation has one type, and no value becomes negative."""

import unittest
from collections import Counter, defaultdict

from trace.perfetto import check, statement
from trace.perfetto.trace_processor import TraceProcessor
from trace.perfetto.values_case import WORDS, ValuesCase

ARGUMENTS = """select substr(key, 7) name, value_type type, string_value text, int_value number, count(*) times
    from slice join args using (arg_set_id) where key glob 'debug.*' group by 1, 2, 3, 4"""
COUNTERS = """select value, count(*) times from counter join track on track.id = track_id
    where track.name glob 'exits_*' or track.name glob 'count*' group by 1"""


class Values(ValuesCase):
    def test_each_value_is_shown_unchanged_and_each_annotation_has_one_type(self) -> None:
        shown: dict[str, Counter[int]] = defaultdict(Counter)
        types: dict[str, set[object]] = defaultdict(set)
        with TraceProcessor(self.trace) as processor:
            for row in processor.query(ARGUMENTS):
                name, text = str(row["name"]), row["text"]
                types[name].add(row["type"])
                if name in self.given or name == "large_value":
                    value = int(str(text).split(" ")[0], 0) if text is not None else int(str(row["number"])) % 2**64
                    shown[name][value] += int(str(row["times"]))
                if row["number"] is not None and name != "error":  # SBI's errors are negative numbers
                    self.assertGreaterEqual(int(str(row["number"])), 0, name)
            counters = {float(str(row["value"])): row["times"] for row in processor.query(COUNTERS)}
        self.assertEqual({name: len(kinds) for name, kinds in types.items()}, dict.fromkeys(types, 1))
        self.assertEqual({name: types[name] for name in ("mepc", "mtval", "a0", "a1")}, dict.fromkeys(("mepc", "mtval", "a0", "a1"), {"string"}))
        self.assertEqual(self.given.keys(), {name for words in WORDS.values() for name in words.values()})
        shown["value"].update(shown["large_value"])
        for name in self.given.keys() - {"counter"}:
            self.assertEqual(shown[name], self.given[name], name)
        self.assertEqual(counters, {float(value): times for value, times in merged(self.given["counter"]).items()})

    def test_the_check_finds_nothing_wrong(self) -> None:
        self.assertEqual(check.problems(self.trace, statement.load(self.trace.with_suffix(".json"))), [])


def merged(counts: Counter[int]) -> Counter[float]:
    """Returns the counts by value converted to double. Values that round to the same double are counted together."""
    found: Counter[float] = Counter()
    for value, times in counts.items():
        found[float(value)] += times
    return found


if __name__ == "__main__":
    unittest.main()
