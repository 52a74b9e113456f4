"""Tests that every line of the lists of causes is read, and that each earlier name maps to exactly one present name."""

from __future__ import annotations

import unittest

from trace.format import causes


class Lists(unittest.TestCase):
    def test_every_line_of_the_lists_is_read(self) -> None:
        """Every line is an entry, except comments, directives of the preprocessor and empty lines."""
        for path, read in ((causes.LIST, causes.NAMES), (causes.OLD_LIST, causes.PRESENT)):
            with self.subTest(path=path.name):
                lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith((" *", "/*", "#"))]
                self.assertEqual(len(read), len(list(filter(None, lines))))

    def test_only_causes_that_exits_can_have_are_shown(self) -> None:
        hidden = {causes.NAMES[code] for code in set(causes.NAMES) - set(causes.SHOWN)}
        self.assertEqual(len(hidden), causes.LIST.read_text(encoding="utf-8").count("\nCAUSE_HIDDEN("))
        self.assertLessEqual({"environment_call_from_m_mode", "counter_overflow_interrupt"}, hidden)

    def test_no_present_name_is_also_an_earlier_one(self) -> None:
        self.assertEqual(set(causes.PRESENT) & set(causes.NAMES.values()), set())
        self.assertEqual(len(set(causes.NAMES.values())), len(causes.NAMES))

    def test_an_earlier_name_leads_to_the_manuals_name(self) -> None:
        self.assertEqual(causes.PRESENT["ecall_from_s"], "environment_call_from_s_mode")
        self.assertEqual(causes.PRESENT["store_access_fault"], "store_amo_access_fault")
        self.assertEqual(causes.PRESENT["machine_timer"], "machine_timer_interrupt")

    def test_a_cause_without_a_name_is_called_by_its_number(self) -> None:
        self.assertEqual(causes.cause_name(causes.CAUSE_COUNT + 7), "machine_timer_interrupt")
        self.assertEqual(causes.cause_name(24), "exception_24")
        self.assertEqual(causes.cause_name(63), "interrupt_31")


if __name__ == "__main__":
    unittest.main()
