"""Tests what the user sees of a nested build. This is the progress and, after a failure, the lines that help the
user."""

from __future__ import annotations

import io
import tempfile
import unittest
from pathlib import Path

from cli.failure import Failure
from machines import build

# The output of Bazel for a configuration with errors.
FAILED = """\
INFO: Analyzed target //configs:user_image (1 packages loaded, 119 targets configured).
[0 / 28] [Prepa] Symlinking virtual headers for //hv/arch:riscv_headers
[13 / 66] Reading configuration /somewhere/mine.toml; 1s remote-cache, linux-sandbox ... (4 actions running)
ERROR: /tree/hv/config/BUILD:83:13: Reading configuration /somewhere/mine.toml failed: (Exit 1): generate failed: error executing

Use --sandbox_debug to see verbose messages from the sandbox
/somewhere/mine.toml:4: [vcpu] pmp_limt: unknown key (did you mean pmp_limit?)
/somewhere/mine.toml:2: [modules] modules: unknown module "x" (known: trace)
Target //configs:user_image failed to build
Use --verbose_failures to see the command lines of failed build steps.
INFO: Elapsed time: 9.839s, Critical Path: 5.13s
FAILED: Build did NOT complete successfully
"""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Output(unittest.TestCase):
    def test_only_the_errors_of_a_configuration_are_shown(self) -> None:
        self.assertEqual(
            build.complaint(FAILED),
            "/somewhere/mine.toml:4: [vcpu] pmp_limt: unknown key (did you mean pmp_limit?)\n"
            '/somewhere/mine.toml:2: [modules] modules: unknown module "x" (known: trace)',
        )

    def test_an_error_that_bazel_prints_several_times_is_shown_once(self) -> None:
        self.assertEqual(build.complaint("a.toml:1: x\n" * 3), "a.toml:1: x")

    def test_all_lines_about_another_failure_are_shown(self) -> None:
        output = FAILED.replace(".toml", ".c").replace("/somewhere/mine.c:", "hv/core/exit.c:")
        self.assertEqual(
            build.complaint(output).splitlines(),
            [line for line in output.splitlines() if line.startswith(("ERROR", "hv/core/exit.c"))],
        )

    def test_the_progress_is_shown_without_bazels_details(self) -> None:
        found = [text for line in FAILED.splitlines() if (text := build.step(line))]
        self.assertEqual(
            found,
            ["0 of 28: Symlinking virtual headers for //hv/arch:riscv_headers", "13 of 66: Reading configuration /somewhere/mine.toml"],
        )


class Running(unittest.TestCase):
    def build(self, script: str, stream: io.StringIO) -> None:
        """Runs a build in a workspace in which the shell script @p script replaces bazelw."""
        with tempfile.TemporaryDirectory() as directory:
            program = Path(directory, "bazelw")
            program.write_text(f"#!/bin/sh\n{script}")
            program.chmod(0o755)
            build.run(["//configs:mine"], Path(directory), "hv (mine)", stream)

    def test_a_terminal_shows_one_line_that_is_removed_at_the_end(self) -> None:
        terminal = Terminal()
        self.build("echo '[1 / 9] Compiling a.c; 1s'; echo '[8 / 9] Linking hv'", terminal)
        self.assertEqual(
            terminal.getvalue().split("\r\033[K"),
            ["", "building hv (mine)", "building hv (mine): 1 of 9: Compiling a.c", "building hv (mine): 8 of 9: Linking hv", ""],
        )

    def test_a_file_gets_only_a_few_lines_of_progress(self) -> None:
        file = io.StringIO()
        self.build("for i in 1 2 3 4 5 6; do echo \"[$i / 9] Compiling a.c\"; done", file)
        self.assertEqual(file.getvalue(), "building hv (mine)\n")

    def test_the_error_names_what_could_not_be_built_and_why(self) -> None:
        with self.assertRaises(Failure) as caught:
            self.build(f"cat <<'END'\n{FAILED}END\nexit 1", io.StringIO())
        self.assertEqual(str(caught.exception).splitlines()[0], "hv (mine) cannot be built:")
        self.assertTrue(str(caught.exception).splitlines()[1].startswith("/somewhere/mine.toml:4: "))

    def test_the_error_has_the_exit_code_if_bazel_printed_nothing(self) -> None:
        with self.assertRaisesRegex(Failure, "bazel ended with 37"):
            self.build("exit 37", io.StringIO())


if __name__ == "__main__":
    unittest.main()
