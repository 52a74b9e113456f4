"""Tests the limits, and the table that compares measured figures with them."""

import re
import unittest

from benchmarks.cost import limits, table

KINDS = {"qemu_virt": "plain", "qemu_virt_counters": "counted", "qemu_virt_trace": "traced"}


def last_row(values: table.Values, kinds: dict[str, str]) -> list[str]:
    """Returns the cells of the table's last row."""
    return table.side_by_side(values, kinds).splitlines()[-1].split()


class Limits(unittest.TestCase):
    def test_a_csr_that_is_only_kept_in_memory_has_a_lower_limit_than_others(self) -> None:
        self.assertEqual(limits.limit("csr_read_mepc").most, 103)
        self.assertEqual(limits.limit("csr_read_mie").most, 182)
        self.assertEqual(limits.limit("csr_read_stvec").most, 182)

    def test_every_form_of_a_csr_write_has_a_limit(self) -> None:
        for name in ("csr_write_satp", "csr_swap_mie", "csr_set_mip", "csr_clear_stvec", "csrrsi_mstatus", "csr_write_mtvec_changed"):
            self.assertEqual(limits.limit(name).most, 195, name)

    def test_counting_may_add_34_instructions_to_an_exit_and_tracing_64(self) -> None:
        self.assertEqual(limits.most("csr_read_mie", "plain", None), 182)
        self.assertEqual(limits.most("csr_read_mie", "counted", 100), 134)
        self.assertEqual(limits.most("csr_read_mie", "traced", 100), 164)

    def test_an_operation_with_several_exits_may_cost_more_for_each_of_them(self) -> None:
        self.assertEqual(limits.most("virtual_trap", "counted", 400), 400 + 4 * 34)
        self.assertEqual(limits.most("virtual_trap", "traced", 400), 400 + 4 * 64)
        self.assertEqual(limits.most("roundtrip_ecall", "traced", 400), 400 + 4 * 64 + 4 * 10 + 16)

    def test_tracing_may_add_two_more_slots_to_an_exit_that_writes_a_pmp_record(self) -> None:
        self.assertEqual(limits.most("pmpaddr_write", "traced", 160), 160 + 64 + 20)

    def test_an_exempt_operation_has_no_limit_in_a_traced_configuration_either(self) -> None:
        self.assertIsNone(limits.most("clint_msip_other", "traced", 500))

    def test_a_traced_figure_has_no_limit_if_the_plain_one_was_not_measured(self) -> None:
        self.assertIsNone(limits.most("csr_read_mie", "traced", None))

    def test_boots_and_sizes_have_separate_limits_for_traced_configurations(self) -> None:
        self.assertEqual(limits.most("boot_hv_instructions_1", "traced", 1), 750_000)
        self.assertEqual(limits.most("image_bytes", "counted", 36_000), 40_096)
        self.assertEqual(limits.most("image_bytes", "traced", 36_000), 48_288)

    def test_observing_may_add_nothing_to_an_operation_that_does_not_trap(self) -> None:
        self.assertEqual(limits.most("rdtime", "traced", 1), 1)

    def test_both_modules_and_the_counters_have_limits_of_their_own(self) -> None:
        self.assertEqual(limits.most("set_timer", "both", None), 80 + 34 + 16)
        self.assertEqual(limits.most("ipi_remote", "both", 8000), 500)
        self.assertEqual(limits.most("csr_write", "both", 105), 120)
        self.assertEqual(limits.most("image_bytes", "both", 40_000), 40_000 + 4096 + 4096 + 10_240)
        self.assertIsNone(limits.most("image_bytes", "both", None))
        self.assertIsNone(limits.most("csr_read", "both", 94))

    def test_no_plain_name_in_the_list_is_hidden_by_an_earlier_expression(self) -> None:
        for each in limits.LIMITS:
            if re.fullmatch(r"\w+", each.name):
                self.assertEqual(limits.limit(each.name), each)


class Table(unittest.TestCase):
    def test_a_figure_at_its_limit_is_ok(self) -> None:
        self.assertEqual(last_row({"qemu_virt": {"fence": 140}}, {"qemu_virt": "plain"}), ["fence", "140", "140", "280", "ok"])

    def test_the_row_of_a_figure_over_its_limit_shows_the_excess_in_each_configuration(self) -> None:
        values: table.Values = {"qemu_virt": {"fence": 141}, "qemu_virt_counters": {"fence": 175}, "qemu_virt_trace": {"fence": 206}}
        row = " ".join(last_row(values, KINDS))
        self.assertEqual(row, "fence 141 175 206 140 280 over: qemu_virt by 1, qemu_virt_trace by 1")

    def test_a_figure_without_a_limit_has_no_verdict(self) -> None:
        self.assertEqual(last_row({"qemu_virt": {"something": 1.5}}, {"qemu_virt": "plain"}), ["something", "1.500", "-", "-"])

    def test_the_bare_machine_has_no_limits(self) -> None:
        self.assertEqual(last_row({"bare": {"fence": 1}}, {"bare": "other"}), ["fence", "1", "140", "280"])

    def test_the_row_of_an_exempt_figure_shows_the_reason(self) -> None:
        row = " ".join(last_row({"qemu_virt": {"clint_sd_mtimecmp_due": 9}}, {"qemu_virt": "plain"}))
        self.assertTrue(row.endswith("no limit: makes an interrupt pending"), row)

    def test_a_single_configuration_is_shown_beside_its_last_run(self) -> None:
        text = table.was_and_is({"fence": 130.0}, {"fence": 324.0}, "qemu_virt", "plain")
        self.assertEqual(text.splitlines()[-1].split(), ["fence", "324", "130", "140", "280", "ok"])


if __name__ == "__main__":
    unittest.main()
