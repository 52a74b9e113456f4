"""Tests the verdicts of the gate: which changes are red, which are yellow, and which do not matter."""

import unittest
import xml.etree.ElementTree

from benchmarks.gating import compare, report, why
from benchmarks.gating.baseline import Baseline, Exits, Key, Measured
from benchmarks.gating.compare import Colour, Row, Verdict

VERSIONS = {"qemu": "10.0.2", "compiler": "gcc 12.2.0", "kernel": "6.12.107-1", "opensbi": "1.5.1", "busybox": "1.37"}
KINDS = {"qemu_virt": "plain", "qemu_virt_counters": "counted", "qemu_virt_trace": "traced"}

READ, WRITE, FENCE = ("qemu_virt", "csr_read_mie"), ("qemu_virt", "csr_write_mie"), ("qemu_virt", "fence")
SIZE, BOOT, BARE = ("qemu_virt", "image_bytes"), ("qemu_virt", "boot_hv_instructions_1"), ("bare", "fence")
TWO_HARTS = ("qemu_virt", "boot_hv_instructions")
VALUES: dict[Key, float] = {READ: 120, WRITE: 150, FENCE: 130, SIZE: 36_000, BOOT: 400_000, BARE: 1}
EXITS: Exits = {"illegal_instruction": (2000, 240_000), "boot": (0, 100_000)}


def baseline(**changes: dict[Key, float]) -> Baseline:
    """Returns a baseline with figures of each kind."""
    return Baseline(dict(VERSIONS), {**VALUES, **changes.get("values", {})}, {BOOT: EXITS, TWO_HARTS: EXITS})


def measured(values: dict[Key, float] | None = None, exits: dict[Key, Exits] | None = None, **versions: str) -> Measured:
    """Returns a run that measured the same figures, with these changes."""
    return Measured({**VERSIONS, **versions}, {**VALUES, **(values or {})}, {BOOT: EXITS, **(exits or {})})


def judge(now: Measured, before: Baseline | None = None) -> tuple[dict[Key, Row], Colour]:
    """Compares a run with a baseline. Returns the rows by figure, and the colour."""
    before = before or baseline()
    found = compare.rows(before, now, list(before.values), KINDS)
    return {row.key: row for row in found}, compare.colour(found)


class Judgement(unittest.TestCase):
    def test_unchanged_figures_are_green(self) -> None:
        rows, colour = judge(measured())
        self.assertEqual({row.verdict for row in rows.values()}, {Verdict.SAME})
        self.assertIs(colour, Colour.GREEN)

    def test_two_more_instructions_are_green_and_three_are_red(self) -> None:
        self.assertIs(judge(measured({READ: 122}))[1], Colour.GREEN)
        rows, colour = judge(measured({READ: 123}))
        self.assertIs(rows[READ].verdict, Verdict.WORSE)
        self.assertIs(colour, Colour.RED)

    def test_a_large_figure_may_grow_by_one_per_cent(self) -> None:
        self.assertIs(judge(measured({BOOT: 404_000}))[1], Colour.GREEN)
        self.assertIs(judge(measured({BOOT: 404_001}))[1], Colour.RED)

    def test_an_improvement_is_green_and_shown_as_better(self) -> None:
        rows, colour = judge(measured({FENCE: 90}))
        self.assertIs(rows[FENCE].verdict, Verdict.BETTER)
        self.assertIs(colour, Colour.GREEN)

    def test_a_missing_figure_is_red(self) -> None:
        now = measured()
        del now.values[FENCE]
        rows, colour = judge(now)
        self.assertIs(rows[FENCE].verdict, Verdict.MISSING)
        self.assertIs(colour, Colour.RED)

    def test_a_new_figure_is_green_and_shown_as_new(self) -> None:
        key = ("qemu_virt", "csr_read_new")
        rows, colour = judge(measured({key: 100}))
        self.assertIs(rows[key].verdict, Verdict.NEW)
        self.assertIs(colour, Colour.GREEN)

    def test_a_figure_in_seconds_is_green_whatever_its_value(self) -> None:
        key = ("qemu_virt", "boot_seconds")
        now = measured({key: 99.0})
        now.timed.add(key)
        rows, colour = judge(now, baseline(values={key: 2.0}))
        self.assertIs(rows[key].verdict, Verdict.TIMED)
        self.assertIs(colour, Colour.GREEN)


class Limits(unittest.TestCase):
    def test_an_unchanged_figure_over_its_limit_is_red(self) -> None:
        rows, colour = judge(measured({FENCE: 324}), baseline(values={FENCE: 324}))
        self.assertIs(rows[FENCE].verdict, Verdict.OVER)
        self.assertEqual(rows[FENCE].note, "limit 140, over by 184")
        self.assertIs(colour, Colour.RED)

    def test_a_figure_over_its_limit_is_green_if_the_baseline_gives_a_reason(self) -> None:
        before = baseline(values={FENCE: 324})
        before.over_limit[FENCE] = "it takes the second tier"
        rows, colour = judge(measured({FENCE: 324}), before)
        self.assertIs(colour, Colour.GREEN)
        self.assertEqual(rows[FENCE].note, "limit 140, over by 184; known: it takes the second tier")
        self.assertIn("1 over their limit, with a reason", report.summary(list(rows.values()), colour))

    def test_a_reason_for_being_over_the_limit_does_not_allow_further_growth(self) -> None:
        before = baseline(values={FENCE: 324})
        before.over_limit[FENCE] = "it takes the second tier"
        self.assertIs(judge(measured({FENCE: 340}), before)[1], Colour.RED)

    def test_the_limit_of_a_counted_figure_is_relative_to_the_plain_figure_of_the_same_run(self) -> None:
        counted = ("qemu_virt_counters", "fence")
        rows, _ = judge(measured({counted: 164}), baseline(values={counted: 164}))
        self.assertIs(rows[counted].verdict, Verdict.SAME)
        rows, _ = judge(measured({counted: 165}), baseline(values={counted: 165}))
        self.assertEqual(rows[counted].note, "limit 164, over by 1")


class Versions(unittest.TestCase):
    def test_another_kernel_version_is_yellow_and_the_note_names_both_versions(self) -> None:
        rows, colour = judge(measured({BOOT: 450_000}, kernel="6.13.1-1"))
        self.assertIs(rows[BOOT].verdict, Verdict.NOT_COMPARABLE)
        self.assertEqual(rows[BOOT].note, "kernel 6.12.107-1 → 6.13.1-1")
        self.assertIs(rows[READ].verdict, Verdict.SAME)
        self.assertIs(colour, Colour.YELLOW)

    def test_an_exit_that_costs_more_is_red_even_with_another_kernel(self) -> None:
        self.assertIs(judge(measured({READ: 140}, kernel="6.13.1-1"))[1], Colour.RED)

    def test_another_qemu_is_yellow_because_the_size_can_still_be_compared(self) -> None:
        self.assertIs(judge(measured(qemu="10.1.0"))[1], Colour.YELLOW)
        self.assertIs(judge(measured({SIZE: 40_000}, qemu="10.1.0"))[1], Colour.RED)

    def test_another_compiler_is_yellow_because_the_bare_machine_can_still_be_compared(self) -> None:
        rows, colour = judge(measured(compiler="gcc 13.1.0"))
        self.assertIs(rows[BARE].verdict, Verdict.SAME)
        self.assertIs(rows[READ].verdict, Verdict.NOT_COMPARABLE)
        self.assertIs(colour, Colour.YELLOW)

    def test_a_run_in_which_nothing_can_be_compared_is_red(self) -> None:
        rows, colour = judge(measured(qemu="10.1.0", compiler="gcc 13.1.0"))
        self.assertEqual({row.verdict for row in rows.values()}, {Verdict.NOT_COMPARABLE})
        self.assertIs(colour, Colour.RED)

    def test_a_run_in_which_nothing_can_be_compared_is_yellow_with_a_warning_if_that_is_allowed(self) -> None:
        before, now = baseline(), measured(qemu="10.1.0", compiler="gcc 13.1.0")
        found = compare.rows(before, now, list(before.values), KINDS)
        colour = compare.colour(found, must_compare=False)
        self.assertIs(colour, Colour.YELLOW)
        self.assertIn(f"warning: {report.NOTHING_COMPARED}, because versions differ", report.terminal(found, colour, []))

    def test_a_missing_figure_is_red_even_if_versions_differ(self) -> None:
        before, now = baseline(), measured(qemu="10.1.0", compiler="gcc 13.1.0")
        del now.values[FENCE]
        found = compare.rows(before, now, list(before.values), KINDS)
        self.assertIs(compare.colour(found, must_compare=False), Colour.RED)

    def test_limits_apply_only_to_images_of_the_baselines_compiler(self) -> None:
        key = ("qemu_virt", "csr_read")
        before = baseline(values={key: 103})
        rows, colour = judge(measured({key: 104}, compiler="gcc 13.1.0"), before)
        self.assertIs(rows[key].verdict, Verdict.NOT_COMPARABLE)
        self.assertEqual(rows[key].note, "compiler gcc 12.2.0 → gcc 13.1.0; limit 103, over by 1")
        self.assertIs(colour, Colour.YELLOW)
        rows, colour = judge(measured({key: 104}, qemu="10.1.0"), before)
        self.assertIs(rows[key].verdict, Verdict.OVER)
        self.assertIs(colour, Colour.RED)

    def test_the_limit_of_a_new_figure_applies_only_to_an_image_of_the_baselines_compiler(self) -> None:
        key = ("qemu_virt", "csr_read")
        rows, colour = judge(measured({key: 104}, compiler="gcc 13.1.0"))
        self.assertIs(rows[key].verdict, Verdict.NEW)
        self.assertIn("limit 103, over by 1", rows[key].note)
        self.assertIs(colour, Colour.YELLOW)
        self.assertIs(judge(measured({key: 104}))[0][key].verdict, Verdict.OVER)
        self.assertIs(judge(measured({key: 104}), Baseline())[0][key].verdict, Verdict.OVER)

    def test_an_empty_baseline_is_red(self) -> None:
        self.assertIs(compare.colour(compare.rows(Baseline(dict(VERSIONS)), measured(), [], KINDS), must_compare=False), Colour.RED)
        self.assertIs(judge(measured(), Baseline(dict(VERSIONS)))[1], Colour.RED)

    def test_the_opensbi_version_of_another_suite_affects_only_the_boots_with_it(self) -> None:
        key = ("qemu_virt", "boot_hv_instructions_1_opensbi_sid")
        before = baseline(values={key: 400_000})
        before.versions["opensbi_sid"] = "1.9-1"
        rows, _ = judge(measured({key: 400_000}, opensbi_sid="1.10-1"), before)
        self.assertIs(rows[key].verdict, Verdict.NOT_COMPARABLE)
        self.assertIs(rows[BOOT].verdict, Verdict.SAME)


class Course(unittest.TestCase):
    """Tests boots in which the number of exits depends on timing."""

    def judge(self, exits: int, each: float) -> Row:
        now: Exits = {"illegal_instruction": (exits, round(exits * each)), "boot": (0, 100_000)}
        total = sum(instructions for _, instructions in now.values())
        rows, _ = judge(measured({TWO_HARTS: total}, {TWO_HARTS: now}), baseline(values={TWO_HARTS: 340_000}))
        return rows[TWO_HARTS]

    def test_more_exits_are_green_if_each_costs_the_same(self) -> None:
        row = self.judge(2200, 120)
        self.assertIs(row.verdict, Verdict.SAME)
        self.assertEqual(row.note, "+10.0% exits, +0.0% for each")

    def test_exits_that_cost_more_are_red_even_if_there_are_fewer(self) -> None:
        row = self.judge(1800, 130)
        self.assertIs(row.verdict, Verdict.WORSE)
        self.assertEqual(row.note, "+5.7% for the same exits")

    def test_over_50_per_cent_more_exits_are_red_even_if_each_costs_less(self) -> None:
        self.assertIs(self.judge(3100, 80).verdict, Verdict.WORSE)

    def test_a_boot_with_one_hart_and_sstc_is_compared_exactly(self) -> None:
        self.assertTrue(compare.depends_on_course("boot_hv_instructions_no_sstc"))
        self.assertTrue(compare.depends_on_course("boot_hv_instructions_1_no_sstc"))
        self.assertTrue(compare.depends_on_course("boot_hv_instructions_opensbi_sid"))
        self.assertFalse(compare.depends_on_course("boot_hv_instructions_1"))
        self.assertFalse(compare.depends_on_course("boot_hv_instructions_1_opensbi_sid"))


class Report(unittest.TestCase):
    def report(self, now: Measured) -> tuple[list[Row], Colour, list[str]]:
        before = baseline()
        rows = compare.rows(before, now, list(before.values), KINDS)
        return rows, compare.colour(rows), why.explain(rows, before, now)

    def test_the_report_names_the_exits_and_the_operations_that_cost_more(self) -> None:
        grown: Exits = {"illegal_instruction": (2000, 260_000), "boot": (0, 100_000)}
        _, _, reasons = self.report(measured({WRITE: 160, BOOT: 420_000}, {BOOT: grown}))
        self.assertEqual(
            reasons,
            [
                "qemu_virt: illegal_instruction costs more: csr_write_mie 150 → 160",
                "qemu_virt/boot_hv_instructions_1: illegal_instruction: 2,000 → 2,000 exits, 120.0 → 130.0 instructions each, "
                "+20,000 in all (csr_write_mie 150 → 160)",
            ],
        )

    def test_junit_has_a_failure_for_a_red_figure_and_skips_figures_that_cannot_be_compared(self) -> None:
        now = measured({WRITE: 160}, kernel="6.13.1-1")
        root = xml.etree.ElementTree.fromstring(report.junit(*self.report(now)))
        failed = [case.get("name") for case in root.iter("testcase") if case.find("failure") is not None]
        skipped = [case.get("name") for case in root.iter("testcase") if case.find("skipped") is not None]
        self.assertEqual((failed, skipped), (["csr_write_mie"], ["boot_hv_instructions_1"]))
        self.assertEqual(root[0].get("failures"), "1")

    def test_junit_has_a_failure_if_nothing_could_be_compared(self) -> None:
        root = xml.etree.ElementTree.fromstring(report.junit(*self.report(measured(qemu="11", compiler="gcc 13"))))
        self.assertEqual([case.get("name") for case in root.iter("testcase") if case.find("failure") is not None], ["whole"])

    def test_markdown_shows_changed_figures_first_and_folds_the_others(self) -> None:
        text = report.markdown(*self.report(measured({WRITE: 160})))
        self.assertTrue(text.startswith("## ❌ hartscope gate: red"), text)
        self.assertIn("| `qemu_virt/csr_write_mie` | 150 | 160 | +10 (+6.7%) | WORSE |", text.partition("<details>")[0])
        self.assertIn("| `qemu_virt/fence` | 130 | 130 | 0 | ok |", text.partition("<details>")[2])

    def test_markdown_fits_into_a_comment_even_if_thousands_of_figures_are_red(self) -> None:
        many: dict[Key, float] = {("qemu_virt", f"csr_read_{number}"): 500.0 for number in range(3000)}
        text = report.markdown(*self.report(measured(many)))
        self.assertLess(len(text), 65_536)
        self.assertIn("… and 2,940 more: OVER ITS LIMIT", text)


if __name__ == "__main__":
    unittest.main()
