"""Tests that diagnosis.py finds the right reason and the right exit code for a run."""

import unittest
from dataclasses import replace

from machines import diagnosis
from machines.console import Console
from machines.directory import Directory
from machines.run import Run, Stamp

DIRECTORY = Directory("00" * 20, 10_000_000, 1, 64, 0, 0, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0)


def run_with(output: bytes = b"", code: int = 0, state: int | None = None, **changes: object) -> Run:
    """Returns a run in which the guest printed `output`."""
    console = Console(signatures=diagnosis.SIGNATURE_TEXTS)
    console.feed(output)
    found = None if state is None else replace(DIRECTORY, state=state)
    return Run(console, code=code, directory=found, **changes)  # type: ignore[arg-type]


class Reasons(unittest.TestCase):
    def test_an_error_of_hv_is_reported_before_its_consequences(self) -> None:
        run = run_with(b"hartscope: hart 0 error hv_core: panic: bad\nKernel panic - not syncing: Attempted to kill init!\n", code=3)
        self.assertIn("hv has a defect", diagnosis.likely_reason(run))

    def test_the_reason_for_too_few_pmp_entries_contains_a_remedy(self) -> None:
        line = b"hartscope: hart 0 error hv_core: boot error: 4 PMP entries, 5 needed: hv 5, modules 0\r\n"
        self.assertIn("pmp_limit", diagnosis.likely_reason(run_with(line, code=3, state=3)))

    def test_a_firmware_that_needs_more_pmp_entries_is_recognised(self) -> None:
        line = b"hartscope: hart 0 error hv_core: the firmware's PMP does not let the payload execute at 0x80400000: 3 entries\r\n"
        self.assertIn("more PMP entries", diagnosis.likely_reason(run_with(line, code=124, timed_out=True)))

    def test_a_kernel_panic_is_recognised(self) -> None:
        run = run_with(b"[    1.234567] Kernel panic - not syncing: VFS: unknown\n", code=1)
        self.assertIn("kernel panicked", diagnosis.likely_reason(run))

    def test_the_boot_race_of_opensbi_is_recognised(self) -> None:
        self.assertIn("boot race", diagnosis.likely_reason(run_with(b"[    1.285751] CPU1: failed to come online\n")))

    def test_silence_until_the_time_out_has_another_reason_than_a_late_hang(self) -> None:
        silent = run_with(code=124, timed_out=True)
        late = run_with(b"Boot HART MEDELEG : 0\nhartscope: phase init\n", code=124, timed_out=True)
        late.stamps = [Stamp("init", 1.0, None)]
        self.assertIn("nothing was ever printed", diagnosis.likely_reason(silent))
        self.assertIn("phase init", diagnosis.likely_reason(late))

    def test_an_error_message_of_qemu_is_quoted(self) -> None:
        run = run_with(code=1, errors="qemu-system-riscv64: unable to find CPU model 'foo'\n")
        self.assertIn("CPU model 'foo'", diagnosis.likely_reason(run))

    def test_the_report_ends_with_the_last_lines_and_then_the_reason(self) -> None:
        text = diagnosis.report(run_with(b"first\n[    1.000000] Oops [#1]\n", code=1))
        self.assertIn("  | first\n  | [    1.000000] Oops [#1]\nlikely reason: the Linux kernel met a trap", text)

    def test_the_reason_for_a_time_out_contains_its_length(self) -> None:
        self.assertIn("after 300 s in phase none", diagnosis.likely_reason(run_with(b"x\n", code=124, timed_out=True, seconds=300.2)))


class Codes(unittest.TestCase):
    def test_a_code_from_the_test_finisher_is_passed_on(self) -> None:
        for code in (0, 1, 3, 4, 77, 124):
            self.assertEqual(diagnosis.exit_code(run_with(b"x\n", code=code)), code)

    def test_a_failure_of_hv_is_a_failure_even_if_qemu_ends_with_0(self) -> None:
        for state, code in ((3, 3), (4, 3), (5, 4), (2, 0)):
            self.assertEqual(diagnosis.exit_code(run_with(code=0, state=state)), code)

    def test_a_run_that_ends_well_after_a_kernel_fault_has_failed(self) -> None:
        run = run_with(b"[    1.000000] Oops [#1]\n[    1.000001] Call Trace:\n[    2.000000] reboot: Power down\n")
        self.assertEqual(diagnosis.exit_code(run), 1)
        self.assertEqual(
            diagnosis.fault(run), "the kernel's log shows a fault (and 1 more such lines): [    1.000000] Oops [#1]"
        )
        run.faults_are_ignored = True
        self.assertEqual(diagnosis.exit_code(run), 0)

    def test_a_kernel_fault_does_not_change_an_exit_code_other_than_0(self) -> None:
        for code in (3, 77, 124):
            self.assertEqual(diagnosis.exit_code(run_with(b"[    1.000000] Oops [#1]\n", code=code)), code)

    def test_a_qemu_that_does_not_start_gives_the_exit_code_for_wrong_usage(self) -> None:
        self.assertEqual(diagnosis.exit_code(run_with(code=1, errors="qemu-system-riscv64: bad option")), 2)

    def test_a_qemu_that_was_killed_gives_exit_code_1(self) -> None:
        self.assertEqual(diagnosis.exit_code(run_with(code=-9)), 1)


if __name__ == "__main__":
    unittest.main()
