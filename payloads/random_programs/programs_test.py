"""Tests how the host packs programs, reads logs, and shrinks programs. No machine runs."""

from __future__ import annotations

import tempfile
import unittest
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cli.failure import Failure
from payloads.random_programs import compare, found, programs, shrink
from payloads.random_programs.programs import Choice, Program

CSRS = len(programs.csr_names())
WORDS = [7, *range(32), *range(1, CSRS + 1), *range(8), 1, 2, 4, *range(25)]
PROGRAM = Program.of(WORDS)


@dataclass(frozen=True)
class Made:
    """A model that prints what the test says. A program of a seed in `stops` does not end."""

    name: str
    hashes: dict[int, int]
    stops: tuple[int, ...] = ()

    def run(self, guest: bytes, choice: Choice) -> list[str]:
        lines = ["guest begins"]
        for seed in range(choice.first, choice.first + choice.count):
            if seed in self.stops:
                return lines
            lines.append(f"seed {seed} hash {self.hashes.get(seed, 0):#x}")
        return [*lines, "PASS"]


def parts(one: Made, other: Made, first: int, count: int) -> compare.Part:
    pair = compare.Pair(b"", one, other, frozenset())
    found_parts = list(compare.compare_seeds(pair, first, count, 2))
    return compare.Part(
        sum(part.compared for part in found_parts),
        tuple(seed for part in found_parts for seed in part.different),
        tuple(each for part in found_parts for each in part.stopped),
    )


class Comparison(unittest.TestCase):
    def test_the_seeds_of_programs_that_differ_are_returned(self) -> None:
        part = parts(Made("one", {5: 1, 300: 2}), Made("other", {5: 1, 300: 3}), 0, 600)
        self.assertEqual((part.compared, part.different, part.stopped), (600, (300,), ()))

    def test_after_a_program_that_does_not_end_the_next_one_runs(self) -> None:
        part = parts(Made("one", {}, (3,)), Made("other", {9: 1}, (3, 5)), 0, 10)
        self.assertEqual((part.compared, part.different), (8, (9,)))
        self.assertEqual(part.stopped, ((3, ("one", "other")), (5, ("other",))))

    def test_a_chunk_ends_where_programs_may_lock_entries(self) -> None:
        self.assertEqual(list(programs.chunks(240, 300)), [(240, 10), (250, 250), (500, 40)])


class Programs(unittest.TestCase):
    def test_a_program_stays_the_same_in_the_guest_and_in_a_file(self) -> None:
        entry = found.Found("name", "fault", PROGRAM)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "found.toml"
            path.write_text(found.text_of(entry) + "\n" + found.text_of(entry))
            self.assertEqual(found.read(path), [entry, entry])

    def test_a_program_of_another_length_is_refused(self) -> None:
        with self.assertRaisesRegex(Failure, "another version"):
            Program.of([*WORDS, 0])

    def test_a_file_without_programs_is_refused(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "found.toml"
            path.write_text("[[program]]\nname = 1\n")
            with self.assertRaisesRegex(Failure, "no list of programs"):
                found.read(path)

    def test_a_log_belongs_to_the_program_that_was_printed_before_it(self) -> None:
        words = " ".join(f"{word:#x}" for word in WORDS)
        console = ["guest begins", f"program {words}", "trap mepc=0x1", "end pte=0x2", "seed 7 hash 0x9", "PASS"]
        [log] = programs.logs(console)
        self.assertEqual((log.seed, log.hash, log.program), (7, 9, PROGRAM))
        self.assertEqual(log.lines, ["trap mepc=0x1", "end pte=0x2"])

    def test_each_difference_has_a_name_and_a_chapter(self) -> None:
        names = [each.name for each in programs.differences()]
        self.assertEqual(len(set(names)), len(names))
        text = (Path("payloads/random_programs") / "differences.def").read_text(encoding="utf-8")
        self.assertEqual(len(names), text.count("\nDIFFERENCE("))
        for each in programs.differences():
            self.assertRegex(each.chapter, r"^(hv|\d+(\.\d+)*)$")
            self.assertIn(each.where, ("qemu", "old", "others"))


class Shrinking(unittest.TestCase):
    def test_only_what_shows_the_difference_remains(self) -> None:
        program = replace(PROGRAM, code=tuple(range(100, 150)))
        satp = programs.csr_names().index("satp")

        def shows(candidates: Sequence[Program]) -> list[bool]:
            return [each.code[3] == 103 and each.code[40] == 140 and each.csrs[satp] != 0 for each in candidates]

        small = shrink.shrink(program, shows)
        self.assertEqual(small.kept, [3, 40])
        needed = {"satp", *shrink.NEEDED}
        self.assertEqual({name for name, value in zip(programs.csr_names(), small.csrs) if value}, needed)


if __name__ == "__main__":
    unittest.main()
