"""Tests of the program that runs all benchmarks, with real boots of one hart."""

import io
import json
import subprocess
import sys
import unittest
from contextlib import redirect_stderr
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import matrix
from benchmarks.matrix import Done, Job
from cli.failure import EXIT_GUEST_FAILED, EXIT_SUCCESS, EXIT_USAGE
from machines.images import MODES

PROGRAM = sys.argv[1]

JOBS = [Job(name, "boot_qemu", (), minutes) for name, minutes in (("quick", 1), ("slow", 3), ("last", 1))]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Runs the program."""
    return subprocess.run([PROGRAM, *words], capture_output=True, text=True)


def parsed(*words: str) -> list[str]:
    """Returns the names of the jobs for these options."""
    return [job.name for job in matrix.jobs(matrix.parse(list(words)))]


class Jobs(unittest.TestCase):
    def test_each_mode_boots_with_each_number_of_harts(self) -> None:
        names = parsed("--harts=1,8")
        self.assertEqual({name for name in names if name.startswith("boot")}, {f"boot_{mode}_{harts}" for mode in MODES for harts in (1, 8)})
        self.assertLessEqual({"micro", "micro_bare", "multi_hart", "workloads_1", "workloads_8"}, set(names))

    def test_only_the_chosen_modes_and_names_run(self) -> None:
        self.assertEqual(parsed("--modes=bare", "--harts=2", "--only=(boot|micro).*"), ["boot_bare_2", "micro_bare"])

    def test_the_shards_together_run_each_job_once(self) -> None:
        shards = [matrix.shard_of(JOBS, {matrix.SHARD: str(i), matrix.SHARDS: "2"}) for i in range(2)]
        self.assertEqual(sorted(job.name for shard in shards for job in shard), sorted(job.name for job in JOBS))
        self.assertEqual(matrix.shard_of(JOBS, {}), JOBS)


class Order(unittest.TestCase):
    def test_a_job_that_fails_does_not_stop_the_others_and_stderr_says_what_is_left(self) -> None:
        state: dict[str, Done] = {}
        recorded: list[int] = []
        errors = io.StringIO()
        with redirect_stderr(errors):
            ended = list(matrix.run_all(JOBS, state, "key", lambda job: 7 if job.name == "slow" else 0, lambda: recorded.append(len(state))))
        self.assertEqual([(job.name, done.code) for job, done in ended], [("quick", 0), ("slow", 7), ("last", 0)])
        self.assertEqual(recorded, [1, 2, 3], "written after each job")
        self.assertEqual(errors.getvalue().splitlines()[0], "[1/3] quick; about 5 min left")

    def test_a_result_counts_only_if_the_job_ended_well_with_the_same_arguments_and_images(self) -> None:
        (job,) = matrix.jobs(matrix.parse(["--only=boot_hv_1"]))
        for code, arguments, key, counts in (
            (0, list(job.arguments), "new", True),
            (1, list(job.arguments), "new", False),
            (0, ["--harts=1"], "new", False),
            (0, list(job.arguments), "old", False),
        ):
            self.assertEqual(matrix.is_done(job, {job.name: Done(code, 1.0, arguments, key)}, "new"), counts)
        self.assertFalse(matrix.is_done(job, {}, "new"))

    def test_a_damaged_file_counts_as_no_earlier_run(self) -> None:
        for text in ("", "{", "[]", '{"a": 1}', '{"a": {"code": 0}}'):
            with TemporaryDirectory() as folder:
                Path(folder, matrix.STATE).write_text(text)
                self.assertEqual(matrix.read_state(Path(folder)), {}, text)


class Program(unittest.TestCase):
    def test_results_are_kept_and_only_what_failed_runs_again(self) -> None:
        words = ("--modes=bare,hv", "--harts=1", "--only=boot.*")
        with TemporaryDirectory() as folder:
            out = f"--out={folder}"
            done = run(*words, "--timeout=1", out)
            self.assertEqual(done.returncode, EXIT_GUEST_FAILED, "no boot ends in a second")
            self.assertIn("FAILED: boot_bare_1 ended with exit code 124", done.stderr)
            self.assertIn("FAILED: boot_hv_1", done.stderr)
            done = run(*words, out)
            self.assertEqual(done.returncode, EXIT_SUCCESS, done.stderr)
            for name, mode in (("boot_bare_1", "bare"), ("boot_hv_1", "hv")):
                self.assertRegex(done.stdout, rf"{name} +ok")
                self.assertEqual(json.loads(Path(folder, name, "result.json").read_text())["mode"], mode)
                self.assertIn("phase init", Path(folder, name, matrix.LOG).read_text())
            done = run(*words, out)
            self.assertIn("2 of 2 have results already", done.stderr)
            self.assertNotIn("[1/", done.stderr)
            self.assertRegex(run(*words, out, "--list").stdout, r"boot_hv_1 +done")

    def test_words_that_make_no_sense_are_refused(self) -> None:
        with TemporaryDirectory() as folder:
            for words, said in ((["--only=none"], "no benchmark has such a name"), (["--only=("], "not a regular expression"), (["--harts="], "not a number")):
                done = run(*words, f"--out={folder}")
                self.assertEqual(done.returncode, EXIT_USAGE, words)
                self.assertIn(said, done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
