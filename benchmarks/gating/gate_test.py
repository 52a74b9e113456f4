"""Tests gate.py: which figures of the baseline of a firmware must be measured by a run, which figures an update may
select, the colour of a run that can compare nothing, and which reasons for being over a limit remain in the baseline."""

import argparse
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from benchmarks.gating import compare, gate, measure
from benchmarks.gating.baseline import Baseline, Key, Measured
from benchmarks.gating.compare import Colour
from cli.failure import Failure

ONE, TWO = ("mine", "firmware_exits"), ("mine", "firmware_exits_2")
SIZE, OTHER = ("mine", "image_bytes"), ("qemu_virt", "firmware_exits")


class Wanted(unittest.TestCase):
    def wanted(self, harts: int) -> list[Key]:
        """Returns the figures that a run of configuration `mine` must measure."""
        parsed = argparse.Namespace(firmware="fw.bin", harts=harts, long=False)
        baseline = Baseline(values=dict.fromkeys((ONE, TWO, SIZE, OTHER), 1.0))
        return gate.wanted(baseline, Measured({}, {SIZE: 1.0}), parsed)

    def test_a_run_must_measure_only_figures_of_its_configuration_and_number_of_harts(self) -> None:
        self.assertEqual(self.wanted(1), [ONE, SIZE])
        self.assertEqual(self.wanted(2), [TWO, SIZE])
        self.assertEqual(self.wanted(4), [SIZE])


class Selection(unittest.TestCase):
    """Tests which figures an update may select. The baseline has a figure of the short set and one of the long set."""

    def check(self, *arguments: str) -> None:
        boots = ("qemu_virt", "boot_hv_instructions"), ("qemu_virt", "boot_hv_instructions_no_sstc")
        parsed = gate.parse([*arguments, "--because=why"])
        gate.check_selection(Baseline(values=dict.fromkeys(boots, 1.0)), parsed)

    def test_a_short_run_cannot_update_a_selection_that_contains_figures_of_the_long_set(self) -> None:
        for pattern in ("all", "boot_*", "qemu_virt/*"):
            with self.subTest(pattern), self.assertRaisesRegex(Failure, "1 figures .*qemu_virt/boot_hv_instructions_no_sstc.*gate_long"):
                self.check("--update", pattern)

    def test_a_long_run_can_update_everything(self) -> None:
        self.check("--update", "all", "--long")

    def test_a_short_run_can_update_figures_of_the_short_set(self) -> None:
        self.check("--update", "boot_hv_instructions")
        self.check("--over-limit", "boot_*")

    def test_the_long_set_does_not_matter_to_the_users_firmware(self) -> None:
        self.check("--update", "all", "--firmware=fw.bin")


class Colours(unittest.TestCase):
    """Tests the colour of a run that can compare nothing, because it used another QEMU and another compiler."""

    def colour(self, system: str, firmware: str | None = None, recorded: dict[str, str] = {"system": "Debian 12"}) -> Colour:
        baseline = Baseline({"qemu": "10.0.2", "compiler": "gcc 12.2.0", **recorded}, {ONE: 1.0})
        measured = Measured({"qemu": "10.1.0", "compiler": "gcc 14.2.0", "system": system}, {ONE: 1.0})
        rows = compare.rows(baseline, measured, [ONE], {})
        return gate.colour_of(rows, baseline, measured, argparse.Namespace(firmware=firmware))

    def test_a_run_on_another_system_is_yellow(self) -> None:
        self.assertIs(self.colour("Debian 13"), Colour.YELLOW)
        self.assertIs(self.colour("Debian 12", recorded={}), Colour.YELLOW)

    def test_a_run_on_the_system_of_the_baseline_is_red(self) -> None:
        self.assertIs(self.colour("Debian 12"), Colour.RED)

    def test_a_run_of_a_users_firmware_is_red(self) -> None:
        self.assertIs(self.colour("Debian 13", firmware="fw.bin"), Colour.RED)

    def test_the_gate_knows_its_system(self) -> None:
        self.assertRegex(measure.system(), r"^\w+( \d+)?")


class Excuses(unittest.TestCase):
    def test_an_unneeded_reason_is_removed_unless_its_figure_depends_on_timing(self) -> None:
        boot, fence = ("qemu_virt", "boot_hv_instructions"), ("qemu_virt", "fence")
        values = {boot: 1e6, fence: 100.0}
        old = Baseline(values=dict(values), over_limit={boot: "it varies", fence: "too dear"})
        parsed = argparse.Namespace(firmware=None, long=False, update=["all"], over_limit=[], because="better")
        with tempfile.TemporaryDirectory() as directory:
            new = gate.record(Path(directory, "baseline.json"), old, Measured({}, values), parsed, [])
        self.assertEqual(new.over_limit, {boot: "it varies"})


class System(unittest.TestCase):
    """Tests the text that stands for the host's system in the baseline."""

    def system(self, **release: str) -> str:
        with mock.patch("platform.freedesktop_os_release", return_value={"NAME": "Linux", **release}):
            return measure.system()

    def test_the_text_is_the_name_and_the_version_of_the_distribution(self) -> None:
        self.assertEqual(self.system(NAME="Debian GNU/Linux", VERSION_ID="12"), "Debian 12")
        self.assertEqual(self.system(NAME="Arch Linux"), "Arch")

    def test_a_host_without_os_release_has_the_name_of_its_kernel(self) -> None:
        with mock.patch("platform.freedesktop_os_release", side_effect=FileNotFoundError("os-release")):
            self.assertEqual(measure.system(), "Linux")


if __name__ == "__main__":
    unittest.main()
