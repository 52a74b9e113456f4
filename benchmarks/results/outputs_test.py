"""Tests outputs.py. Only one run at a time can use a directory, and the files of an earlier run are kept or
replaced."""

import contextlib
import io
import multiprocessing
import os
import tempfile
import time
import unittest
from multiprocessing.synchronize import Event
from pathlib import Path
from unittest import mock

from benchmarks.results import outputs
from cli.failure import EXIT_CANNOT_WRITE, Failure


def hold(directory: str, ready: Event, finish: Event) -> None:
    """Keeps a directory locked until `finish` is set."""
    with outputs.opened(directory, directory, "other"):
        ready.set()
        finish.wait()


class Directories(unittest.TestCase):
    def setUp(self) -> None:
        self.base = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(mock.patch.dict(os.environ, {"BUILD_WORKING_DIRECTORY": str(self.base)}))
        self.said = self.enterContext(contextlib.redirect_stderr(io.StringIO()))

    def run_once(self, out: str | None, text: str, names: tuple[str, ...] = ("result.json",)) -> outputs.Output:
        """Opens a directory like a runner, and writes `text` as the result."""
        with outputs.opened(out, "out/runner", "runner") as output:
            output.replace(names)
            (output.path / "result.json").write_text(text)
        return output


class Earlier(Directories):
    def test_each_earlier_run_in_the_default_directory_is_moved_to_a_new_name(self) -> None:
        for text in ("first", "second", "third"):
            self.run_once(None, text)
        kept = {name: (self.base / "out" / name / "result.json").read_text() for name in ("runner", "runner.1", "runner.2")}
        self.assertEqual(kept, {"runner": "third", "runner.1": "first", "runner.2": "second"})
        self.assertIn(f"the earlier run of {self.base}/out/runner is now in {self.base}/out/runner.2", self.said.getvalue())

    def test_the_next_name_has_a_higher_number_than_all_existing_ones(self) -> None:
        (self.base / "out/runner.7").mkdir(parents=True)
        self.run_once(None, "first")
        self.assertEqual(self.run_once(None, "second").earlier, self.base / "out/runner.8")

    def test_a_run_that_leaves_no_files_does_not_change_which_run_is_the_earlier_one(self) -> None:
        self.run_once(None, "first")
        for _ in range(2):
            with outputs.opened(None, "out/runner", "runner") as output:
                self.assertEqual(output.earlier, self.base / "out/runner.1")

    def test_a_run_replaces_the_files_in_the_users_directory_and_prints_a_message(self) -> None:
        self.run_once("mine", "first")
        self.assertEqual(self.said.getvalue(), "")
        (self.base / "mine/own").write_text("the user's")
        self.run_once("mine", "second")
        self.assertRegex(self.said.getvalue(), rf"^replacing the run of \d{{4}}-\S+ \S+ in {self.base}/mine\n$")
        self.assertEqual(sorted(path.name for path in (self.base / "mine").iterdir()), ["own", "result.json"])


class Locks(Directories):
    def test_a_second_run_is_refused_and_the_message_names_the_run_that_uses_the_directory(self) -> None:
        context = multiprocessing.get_context("fork")
        ready, finish = context.Event(), context.Event()
        other = context.Process(target=hold, args=("mine", ready, finish))
        other.start()
        self.assertTrue(ready.wait(60))
        with self.assertRaisesRegex(Failure, rf"mine is in use by other \(process {other.pid}, since \d\d:\d\d:\d\d\)"):
            self.run_once("mine", "text")
        finish.set()
        other.join(60)
        self.run_once("mine", "text")

    def test_a_killed_run_no_longer_locks_its_directory(self) -> None:
        context = multiprocessing.get_context("fork")
        ready = context.Event()
        other = context.Process(target=hold, args=("mine", ready, context.Event()))
        other.start()
        self.assertTrue(ready.wait(60))
        other.kill()
        other.join(60)
        self.assertTrue((self.base / "mine" / outputs.LOCK).exists())
        self.run_once("mine", "text")

    def test_the_lock_file_is_removed_after_the_run(self) -> None:
        self.run_once("mine", "text")
        self.assertEqual([path.name for path in (self.base / "mine").iterdir()], ["result.json"])

    def test_only_one_of_many_simultaneous_runs_uses_the_directory_at_a_time(self) -> None:
        context = multiprocessing.get_context("fork")
        workers = [context.Process(target=take_turns, args=(str(self.base / "mine"),)) for _ in range(8)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        self.assertEqual([worker.exitcode for worker in workers], [0] * 8)


def take_turns(directory: str) -> None:
    """Opens a directory several times, and fails if another process has it open at the same time."""
    turns = 0
    while turns < 20:
        with contextlib.suppress(Failure), outputs.opened(directory, directory, "turn"):
            mark = Path(directory, "mark")
            mark.touch(exist_ok=False)
            time.sleep(0.001)
            mark.unlink()
            turns += 1


class Problems(Directories):
    def test_the_message_about_an_unusable_directory_names_it_and_the_reason(self) -> None:
        (self.base / "file").write_text("")
        for place, reason in (("file", "file is not a directory"), ("file/below", "Not a directory"), ("/proc/here", "cannot make")):
            with self.subTest(place=place), self.assertRaisesRegex(Failure, f"--out: .*{reason}"):
                self.run_once(place, "text")
        with self.assertRaisesRegex(Failure, "--out: cannot write into /proc: "):
            self.run_once("/proc", "text")

    def test_a_stopped_run_lists_its_files_and_the_commands_that_convert_them(self) -> None:
        with self.assertRaises(KeyboardInterrupt), outputs.opened("my run", "", "runner") as output:
            (output.path / "console.log").write_bytes(bytes(2000))
            (output.path / "trace.hst").write_bytes(bytes(1_500_000))
            (output.path / "result.json").touch()
            raise KeyboardInterrupt
        place = f"{self.base}/my run"
        self.assertEqual(self.said.getvalue().splitlines(), [
            f"stopped; {place} has console.log (2.0 kB), trace.hst (1.5 MB)",
            f"the timeline: bazel run //trace:hstrace -- convert '{place}/trace.hst' -o '{place}/trace.pftrace'",
            f"the figures: bazel run //analysis:trace_figures -- '{place}/trace.hst'",
        ])

    def test_a_run_that_is_stopped_before_it_writes_a_file_prints_nothing(self) -> None:
        with self.assertRaises(KeyboardInterrupt), outputs.opened("mine", "", "runner"):
            raise KeyboardInterrupt
        self.assertEqual(self.said.getvalue(), "")

    def test_a_console_log_that_cannot_be_written_is_a_failure_that_names_the_file(self) -> None:
        log = outputs.ConsoleLog(Path("/dev/full"))
        with self.assertRaisesRegex(Failure, "/dev/full: cannot write: No space left on device") as caught:
            log.write(b"word")
        self.assertEqual(caught.exception.code, EXIT_CANNOT_WRITE)


if __name__ == "__main__":
    unittest.main()
