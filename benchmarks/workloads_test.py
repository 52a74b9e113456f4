"""Runs all Linux workloads once in real guests, and tests what happens if one of them fails."""

import io
import json
import subprocess
import sys
import unittest
from contextlib import redirect_stderr
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from benchmarks import workloads_qemu
from benchmarks.workloads import workloads
from benchmarks.workloads.workloads import WORKLOADS, Workload
from cli.failure import EXIT_GUEST_FAILED, EXIT_SUCCESS, EXIT_USAGE
from cli.workspace import workspace_file

PROGRAM = sys.argv[1]

FIGURES = {
    "hackbench", "cyclictest_average", "cyclictest_maximum", "stress_ng_switch", "stress_ng_hrtimers", "stress_ng_fork",
    "stress_ng_tlb_shootdown", "redis_set", "redis_get", "dd", "build",
}  # fmt: skip


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Runs the program."""
    return subprocess.run([PROGRAM, *words], capture_output=True, text=True)


class Guests(unittest.TestCase):
    def test_all_workloads_print_all_their_figures_under_hv(self) -> None:
        with TemporaryDirectory() as folder:
            done = run("--modes=hv+offload", "--repeat=1", f"--out={folder}", "--json")
            self.assertEqual(done.returncode, EXIT_SUCCESS, done.stderr)
            (described,) = json.loads(done.stdout)
            self.assertEqual(json.loads(Path(folder, "hv+offload_2/result.json").read_text()), described)
        self.assertEqual({figure["name"] for figure in described["figures"]}, FIGURES)
        self.assertTrue(all(figure["samples"][0] > 0 for figure in described["figures"]), described["figures"])
        self.assertEqual(described["mode"], "hv+offload")

    def test_two_modes_are_compared_and_a_rate_is_better_if_it_is_greater(self) -> None:
        with TemporaryDirectory() as folder:
            done = run("--modes=bare,hv", "--workload=hackbench", "--repeat=2", f"--out={folder}")
            self.assertEqual(done.returncode, EXIT_SUCCESS, done.stderr)
            found = {mode: json.loads(Path(folder, f"{mode}_2", "result.json").read_text()) for mode in ("bare", "hv")}
        self.assertRegex(done.stdout, r"hackbench +seconds +[0-9.]+ +[0-9.]+ \([0-9.]+–[0-9.]+\) no evidence")
        self.assertIn("[4/4] hv, 2 harts, run 2", done.stderr)
        for described in found.values():
            ((name, better, samples),) = [(each["name"], each["better"], each["samples"]) for each in described["figures"]]
            self.assertEqual((name, better, len(samples)), ("hackbench", "lower", 2))

    def test_a_workload_that_fails_does_not_lose_the_others(self) -> None:
        archive = workloads.archive(workloads.chosen(["dd"]))
        chosen = [Workload("absent", ""), *workloads.chosen(["dd"])]
        errors = io.StringIO()
        with (
            TemporaryDirectory() as folder,
            mock.patch.object(workloads, "archive", lambda _: archive),
            mock.patch.object(workloads, "chosen", lambda _: chosen),
            redirect_stderr(errors),
        ):
            code = workloads_qemu.benchmark(["--modes=bare", "--repeat=1", f"--out={folder}"])
            described = json.loads(Path(folder, "bare_2/result.json").read_text())
        self.assertEqual(code, EXIT_GUEST_FAILED)
        self.assertIn("FAILED: absent in mode bare with 2 harts", errors.getvalue())
        self.assertEqual((described["status"], [each["name"] for each in described["figures"]]), ("failed", ["dd"]))


class Words(unittest.TestCase):
    def test_the_list_explains_each_workload(self) -> None:
        done = run("--list")
        self.assertEqual([line.split()[0] for line in done.stdout.splitlines()], [each.name for each in WORKLOADS])

    def test_a_name_that_does_not_exist_gets_an_error_with_the_names_that_do(self) -> None:
        done = run("--workload=none")
        self.assertEqual(done.returncode, EXIT_USAGE)
        self.assertIn("no workload is called none: the workloads are hackbench, ", done.stderr)

    def test_each_script_in_the_folder_belongs_to_a_workload(self) -> None:
        folder = workspace_file(workloads.FOLDER)
        scripts = {path.name for path in folder.glob("*.sh")} - {"common.sh"}
        self.assertEqual(scripts, {each.script for each in WORKLOADS})


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
