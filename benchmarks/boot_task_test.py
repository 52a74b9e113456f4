"""Tests how boot_qemu's options become a task, how the task is passed to the guest, and how the console of the guest is
judged. No machine runs."""

import contextlib
import io
import unittest

from benchmarks import boot_qemu
from benchmarks.boot_task import STOP_WORD, WORKLOAD_SHA256, CommandOutput, Task, task_of, unmet
from cli.failure import Failure
from machines.console import Console
from machines.run import Run

BOOTED = "hartscope: phase init\nhartscope: harts 2\n"
HASHED = f"hartscope: sha256 {WORKLOAD_SHA256}\n"
DOWN = "hartscope: phase shutdown\n"


def parsed(*arguments: str) -> Task:
    return task_of(boot_qemu.parse(list(arguments)))


class Asking(unittest.TestCase):
    def test_a_boot_runs_the_workload_by_default(self) -> None:
        self.assertEqual(parsed(), Task())
        self.assertEqual((Task().words, Task().archive), ([], b""))

    def test_a_command_is_passed_to_the_guest_unchanged_in_a_file(self) -> None:
        task = parsed("--command=echo \"a b\" 'c' $((1 + 2)) > /tmp/x; exit 3")
        self.assertIn(b"\0echo \"a b\" 'c' $((1 + 2)) > /tmp/x; exit 3\n", task.archive)
        self.assertEqual((task.archive[:6], task.words), (b"070701", []))

    def test_shell_and_record_add_words_to_the_kernels_command_line(self) -> None:
        self.assertEqual(parsed("--shell", "--record").words, ["hartscope_shell=1", "hartscope_record=exit,interrupt,pmp,ipi_send,ipi_recv,wfi_enter,wfi_leave,ecall,module,mark,counter"])

    def test_ftrace_adds_its_words_and_its_program(self) -> None:
        task = parsed("--ftrace=sched:*,irq:*")
        self.assertEqual(task.words[0], "hartscope_ftrace=1")
        self.assertEqual(task.words[-1], "trace_event=sched:*,irq:*,riscv:sbi_call,riscv:sbi_return")
        self.assertIn(b"\0\x7fELF", task.archive)
        self.assertIn("trace_event=sched:sched_switch,", parsed("--ftrace").words[-1])

    def test_options_that_contradict_each_other_are_refused_and_the_message_names_them(self) -> None:
        stop = f"--append=quiet {STOP_WORD}"
        for arguments, named in (
            (["--command=true", "--shell"], "--command and --shell"),
            ([stop, "--command=true"], "ends the run before --command"),
            ([stop, "--shell"], "ends the run before --shell"),
            ([stop, "--record"], "ends the run before --record"),
            ([stop, "--ftrace"], "ends the run before --ftrace"),
            (["--shell", "--json"], "--shell .* --json"),
        ):
            with self.subTest(arguments=arguments), self.assertRaisesRegex(Failure, named):
                parsed(*arguments)


class Judging(unittest.TestCase):
    def judge(self, console: str, task: Task, is_own_initrd: bool = False) -> str | None:
        run = Run(Console())
        run.console.feed(console.encode())
        return unmet(run, task, 2, is_own_initrd)

    def test_a_workload_must_run_to_its_end_and_print_the_right_hash(self) -> None:
        self.assertIsNone(self.judge(BOOTED + HASHED + DOWN, Task()))
        self.assertEqual(self.judge(BOOTED + DOWN, Task()), "the guest computed a wrong SHA-256")
        self.assertIn("before shutdown", self.judge(BOOTED + HASHED, Task()) or "")

    def test_a_hart_that_did_not_come_online_fails_every_task(self) -> None:
        alone = BOOTED.replace("harts 2", "harts 1")
        for task in (Task(stops=True), Task(command="true"), Task()):
            self.assertEqual(self.judge(alone + HASHED + DOWN, task), "1 of 2 harts came online")

    def test_a_command_must_end_with_exit_code_0(self) -> None:
        task = Task(command="x")
        self.assertIsNone(self.judge(f"{BOOTED}hartscope: command ended with 0\n{DOWN}", task))
        self.assertEqual(self.judge(f"{BOOTED}hartscope: command ended with 3\n{DOWN}", task), "the command ended with exit code 3")
        self.assertEqual(self.judge(BOOTED + DOWN, task), "the command did not end")
        self.assertIn("before shutdown", self.judge(BOOTED, task) or "")

    def test_a_shell_succeeds_even_if_qemu_is_ended_from_outside(self) -> None:
        self.assertIsNone(self.judge(f"{BOOTED}hartscope: phase shell\n", Task(shell=True)))
        self.assertIn("before shell", self.judge(BOOTED, Task(shell=True)) or "")

    def test_the_users_initrd_succeeds_without_phases_unless_a_task_needs_our_init(self) -> None:
        self.assertIsNone(self.judge("hello\n", Task(), is_own_initrd=True))
        for task, option in ((Task(command="x"), "--command"), (Task(shell=True), "--shell"), (Task(record=True), "--record")):
            self.assertIn(f"{option} needs the init of payloads/linux", self.judge("hello\n", task, is_own_initrd=True) or "")
        self.assertEqual(self.judge(BOOTED + DOWN, Task(), is_own_initrd=True), "the guest computed a wrong SHA-256")


class Showing(unittest.TestCase):
    CONSOLE = b"noise\r\nhartscope: phase command\r\n  one\r\n\r\nhalfhartscope: command ended with 0\r\nlater\r\n"

    def show(self, pieces: list[bytes]) -> str:
        shown = io.StringIO()
        observer = CommandOutput(shown)
        for piece in pieces:
            observer.on_console(piece)
        return shown.getvalue()

    def test_only_the_output_of_the_command_is_shown(self) -> None:
        self.assertEqual(self.show([self.CONSOLE]), "  one\n\nhalf\n")

    def test_output_that_arrives_byte_by_byte_is_shown_in_the_same_way(self) -> None:
        self.assertEqual(self.show([bytes([byte]) for byte in self.CONSOLE]), "  one\n\nhalf\n")


class Parts(unittest.TestCase):
    """Checks the options that name the user's files."""

    def refused(self, *arguments: str) -> str:
        with contextlib.redirect_stderr(io.StringIO()), self.assertRaises(Failure) as caught:
            boot_qemu.make_guest(boot_qemu.parse(["--bare", *arguments]))
        return str(caught.exception)

    def test_the_message_about_a_missing_file_names_the_file_and_its_option(self) -> None:
        for option in ("--firmware", "--kernel", "--initrd"):
            self.assertRegex(self.refused(f"{option}=nowhere"), f"{option}: no file .*nowhere")


if __name__ == "__main__":
    unittest.main()
