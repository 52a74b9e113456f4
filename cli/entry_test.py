"""Tests how entry.py ends a program if nobody reads the output, if the output cannot be written, and after a signal."""

import os
import signal
import subprocess
import sys
import unittest

START = "import os, signal, sys\nfrom cli import entry\nfrom cli.failure import Failure\n"
SOME = "print('word')"
MUCH = "print('word ' * 100_000)"


def program(body: str, **streams: object) -> subprocess.CompletedProcess[str]:
    """Runs a program with the body @p body as its main function, and captures stderr. Returns the exit code and the
    output."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    text = f"{START}def main(arguments):\n{lines}\n    return 7\nsys.exit(entry.run(main))"
    settings: dict[str, object] = {"stderr": subprocess.PIPE, "stdout": subprocess.PIPE, **streams}
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run([sys.executable, "-c", text], text=True, env=environment, timeout=60, **settings)  # type: ignore[call-overload,no-any-return]


def without_reader(body: str) -> subprocess.CompletedProcess[str]:
    """Runs a program. Its stdout is a pipe, and nobody reads from this pipe."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        return program(body, stdout=writer)
    finally:
        os.close(writer)


def on_full_disk(body: str) -> subprocess.CompletedProcess[str]:
    """Runs a program. Its stdout is a file on a full disk."""
    with open("/dev/full", "wb") as full:
        return program(body, stdout=full)


class Output(unittest.TestCase):
    def assert_ended(self, ended: subprocess.CompletedProcess[str], code: int, message: str) -> None:
        self.assertEqual((ended.returncode, ended.stderr), (code, f"error: {message}\n"))

    def test_a_program_with_a_reader_of_its_output_ends_with_its_own_code(self) -> None:
        ended = program(SOME)
        self.assertEqual((ended.returncode, ended.stdout, ended.stderr), (7, "word\n", ""))

    def test_a_closed_pipe_gives_exit_code_141_while_the_program_runs_and_at_its_end(self) -> None:
        for body in (SOME, MUCH, "sys.stdout.buffer.write(b'word')\nsys.stdout.flush()", f"{SOME}\nsys.exit(0)"):
            with self.subTest(body=body):
                self.assert_ended(without_reader(body), 141, "stdout: the reader has closed it; stopped")

    def test_stdout_on_a_full_disk_gives_one_error_line_and_exit_code_1(self) -> None:
        for body in (SOME, MUCH, "sys.stdout.buffer.write(b'word')\nsys.stdout.flush()", f"{SOME}\nsys.exit(0)"):
            with self.subTest(body=body):
                self.assert_ended(on_full_disk(body), 1, "stdout: cannot write: No space left on device")

    def test_a_program_with_a_closed_stdout_runs_as_usual(self) -> None:
        self.assertEqual(program(MUCH, stdout=None, preexec_fn=lambda: os.close(1)).returncode, 7)

    def test_the_error_names_a_file_that_cannot_be_opened(self) -> None:
        ended = program(f"{SOME}\nopen('/no/such/file')")
        self.assert_ended(ended, 1, "/no/such/file: No such file or directory")
        self.assertEqual(ended.stdout, "word\n")

    def test_stderr_on_a_full_disk_does_not_change_the_exit_code(self) -> None:
        with open("/dev/full", "wb") as full:
            self.assertEqual(program("raise Failure('word', 3)", stderr=full).returncode, 3)


class Endings(unittest.TestCase):
    def test_an_expected_failure_prints_one_line_and_gives_its_exit_code(self) -> None:
        ended = program("raise Failure('what to do', 3)")
        self.assertEqual((ended.returncode, ended.stderr), (3, "error: what to do\n"))

    def test_sys_exit_keeps_its_code_and_prints_its_text(self) -> None:
        for argument, code, text in (("2", 2, ""), ("", 0, ""), ("'word'", 1, "word\n")):
            ended = program(f"sys.exit({argument})")
            self.assertEqual((ended.returncode, ended.stderr), (code, text))

    def test_a_program_that_a_signal_ends_can_clean_up(self) -> None:
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)):
            ended = program(f"try:\n    os.kill(os.getpid(), {number.value})\nfinally:\n    print('cleaned up')")
            self.assertEqual((ended.returncode, ended.stdout, ended.stderr), (code, "cleaned up\n", ""))

    def test_a_program_under_nohup_ignores_sighup(self) -> None:
        ended = program("os.kill(os.getpid(), signal.SIGHUP)", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        self.assertEqual(ended.returncode, 7)


if __name__ == "__main__":
    unittest.main()
