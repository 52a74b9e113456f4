"""Tests the table, the list of survivors, the check of that list, and the stored results, with results that are made up here."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from hv.mutations import accepted, coverage, report
from hv.mutations.accepted import Entry
from hv.mutations.coverage import Gap
from hv.mutations.judge import BY_PROOF, BY_TEST, NOT_COMPILED, SAME_CODE, SURVIVED, Store, Verdict
from hv.mutations.mutator import Mutant, mutants
from hv.mutations.room import Room

TEXT = "int f(int a)\n{\n\treturn a < 1 && a + 2;\n}\n"
ALL = mutants("f.c", TEXT)  # < to <= and >=, 1 to 0 and 2, && to ||, + to -, 2 to 1 and 3
ORDER = [BY_TEST, BY_TEST, NOT_COMPILED, SAME_CODE, BY_PROOF, BY_TEST, SURVIVED, BY_TEST]
RESULTS = [(mutant, Verdict(what, "f_test" if what == BY_TEST else "")) for mutant, what in zip(ALL, ORDER)]


def entry(mutant: Mutant) -> Entry:
    """Returns an entry of the list for a mutant."""
    return Entry(*mutant.key, "a reason", False)


class Report(unittest.TestCase):
    """Checks the numbers."""

    def test_the_score_leaves_out_what_does_not_compile_or_has_the_same_code(self) -> None:
        self.assertEqual(report.counts(RESULTS), [8, 1, 1, 0, 4, 1, 1])
        self.assertAlmostEqual(report.score(report.counts(RESULTS)) or 0, 100 * 5 / 6)

    def test_the_score_is_rounded_down(self) -> None:
        self.assertEqual(report.as_text(99.99), "99.9 %")
        self.assertEqual(report.as_text(report.score([2, 1, 1, 0, 0, 0, 0])), "-")

    def test_the_table_has_a_row_for_each_file_and_one_for_all(self) -> None:
        other = [(mutant._replace(file="g.c"), verdict) for mutant, verdict in RESULTS]
        rows = report.table([*RESULTS, *other]).split("\n")[3:]
        self.assertEqual([row.split()[0] for row in rows], ["f.c", "g.c", "all"])
        self.assertEqual([row.split()[-2] for row in rows], ["83.3"] * 3)

    def test_a_survivor_is_listed_with_its_lines(self) -> None:
        text = report.survivors(RESULTS)
        self.assertIn("f.c:3:22: 2 -> 1  in f\n  - return a < 1 && a + 2;\n  + return a < 1 && a + 1;", text)
        self.assertEqual(text.count("f.c:"), 1)


class Accepted(unittest.TestCase):
    """Checks how the list of survivors and the results are compared."""

    def test_a_group_of_the_list_is_one_entry_for_each_change(self) -> None:
        text = '[[group]]\nfile = "f.c"\nfunction = "f"\nequivalent = true\nreason = "why"\nchanges = [["a", "b", "c"], ["d", "e"]]\n'
        wanted = [Entry("f.c", "f", was, now, "why", True) for was, now in (("a", "b"), ("a", "c"), ("d", "e"))]
        self.assertEqual(accepted.entries(text), wanted)

    def test_a_reason_must_not_be_empty(self) -> None:
        with self.assertRaises(ValueError):
            accepted.entries('[[group]]\nfile = "f.c"\nfunction = "f"\nreason = " "\nchanges = []\n')

    def test_a_survivor_that_is_not_listed_is_reported(self) -> None:
        self.assertIn("f.c:3:22: 2 -> 1", "\n".join(accepted.problems(RESULTS, ALL, [])))

    def test_a_listed_survivor_is_not_reported(self) -> None:
        self.assertEqual(accepted.problems(RESULTS, ALL, [entry(ALL[6])]), ["f.c: 83.3 %, less than 90 %"])

    def test_an_equivalent_survivor_does_not_lower_the_score(self) -> None:
        equivalent = [entry(mutant)._replace(equivalent=True) for mutant in ALL]
        self.assertEqual(report.counts(accepted.with_equivalent(RESULTS, equivalent)), [8, 1, 1, 1, 4, 1, 0])
        self.assertEqual(accepted.low_scores(RESULTS, equivalent), [])

    def test_a_listed_mutant_that_a_test_kills_is_reported(self) -> None:
        wrong = accepted.stale(RESULTS, ALL, [entry(ALL[6]), entry(ALL[0])])
        self.assertEqual(len(wrong), 1)
        self.assertIn("did not survive: killed by a unit test, f_test", wrong[0])

    def test_a_listed_mutant_that_does_not_exist_is_reported(self) -> None:
        wrong = accepted.stale(RESULTS, ALL, [entry(ALL[6])._replace(now="return 7;")])
        self.assertIn("no such mutant", wrong[0])

    def test_a_listed_mutant_that_this_run_has_not_judged_is_not_reported(self) -> None:
        self.assertEqual(accepted.stale(RESULTS[:3], ALL, [entry(ALL[6])]), [])

    def test_the_list_of_this_tree_can_be_read(self) -> None:
        accepted.load()


class Stored(unittest.TestCase):
    """Checks which results a later run uses again."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.tree = Path(folder.name) / "tree"
        self.tree.mkdir()
        self.results = Path(folder.name) / "results.jsonl"
        self.write("int f(void) { return 1 + 2; }\n")

    def write(self, text: str) -> None:
        (self.tree / "f.c").write_text(text)
        self.mutants = mutants("f.c", text)

    def store(self) -> Store:
        room = SimpleNamespace(tree=self.tree, flags=[], tests=[], text=lambda name: (self.tree / name).read_text())
        return Store(self.results, cast(Room, room), "")

    def test_a_result_is_used_again_until_the_source_changes(self) -> None:
        self.store().add(self.mutants[0], Verdict(SURVIVED))
        self.assertEqual(self.store().find(self.mutants[0]), Verdict(SURVIVED))
        self.assertIsNone(self.store().find(self.mutants[1]))
        self.write("int f(void) { return 1 + 3; }\n")
        self.assertIsNone(self.store().find(self.mutants[0]))

    def test_after_a_run_that_was_killed_while_it_wrote_the_other_results_are_used(self) -> None:
        for mutant in self.mutants[:2]:
            self.store().add(mutant, Verdict(SURVIVED))
        self.results.write_text(self.results.read_text()[:-5])
        self.assertEqual(self.store().find(self.mutants[0]), Verdict(SURVIVED))
        self.assertIsNone(self.store().find(self.mutants[1]))
        self.store().add(self.mutants[1], Verdict(SURVIVED))
        self.assertEqual(self.store().find(self.mutants[1]), Verdict(SURVIVED))


class Proofs(unittest.TestCase):
    """Checks the data of the program."""

    def test_the_program_has_the_description_of_each_proof_about_hv_virt(self) -> None:
        described = {path.stem for path in Path("hv/proofs").glob("*.json")}
        proofs = {path.stem.removesuffix("_proof") for path in Path("hv/proofs").glob("*_proof.c")}
        self.assertEqual(described, {name for name in proofs if not name.startswith("ring_")})


class Coverage(unittest.TestCase):
    """Checks how the list of gaps and the measurement are compared."""

    FILES = {"f.c": {1: [5, 5, 0], 2: [0, 0, 0], 3: [1]}}
    TEXTS = {"f.c": ["if (a)", "\tb = 1;", "return b;"]}
    GAPS = [Gap("f.c", "if (a)", 1), Gap("f.c", "b = 1;", 0)]

    def test_a_gap_is_a_line_that_is_not_executed_or_branches_that_are_not_taken(self) -> None:
        self.assertEqual(coverage.gaps(self.FILES, self.TEXTS), {self.GAPS[0]: [1], self.GAPS[1]: [2]})

    def test_the_row_counts_lines_and_branches(self) -> None:
        self.assertEqual(coverage.row("f.c", self.FILES), ["f.c", 3, 2, "66.6 %", 4, 1, "25.0 %"])

    def test_the_list_gives_lines_and_numbers_of_branches(self) -> None:
        text = '[[group]]\nfile = "f.c"\nreason = "why"\nlines = ["b = 1;"]\nbranches = { "if (a)" = 1 }\n'
        self.assertEqual(sorted(coverage.listed(text)), sorted(self.GAPS))

    def test_a_gap_without_a_reason_and_a_reason_without_a_gap_are_reported(self) -> None:
        found = coverage.gaps(self.FILES, self.TEXTS)
        self.assertEqual(coverage.problems(found, self.GAPS), [])
        self.assertIn("not executed: b = 1; (line 2)", "\n".join(coverage.problems(found, self.GAPS[:1])))
        self.assertIn("there is no such gap", "\n".join(coverage.problems(found, [*self.GAPS, Gap("f.c", "if (a)", 2)])))

    def test_without_branches_only_lines_are_left(self) -> None:
        self.assertEqual(coverage.lines_only(coverage.gaps(self.FILES, self.TEXTS)), {self.GAPS[1]: [2]})


if __name__ == "__main__":
    unittest.main()
