"""Checks that the programs, options and pictures that the pages name exist, and that the pictures are small."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import subprocess
import unittest
from functools import cache
from pathlib import Path

from analysis import trace_table

# The programs that the pages start. The key is the Bazel label of a program, and the value is the path of the
# executable.
PROGRAMS = {
    "//analysis:report": "analysis/report/report",
    "//benchmarks:all": "benchmarks/all",
    "//benchmarks:history": "benchmarks/history",
    "//benchmarks:results_page": "benchmarks/results_page",
    "//analysis:compare": "analysis/compare",
    "//analysis:trace_figures": "analysis/trace_figures",
    "//benchmarks:board": "benchmarks/board",
    "//benchmarks:boot_qemu": "benchmarks/boot_qemu",
    "//benchmarks:emulated_board": "benchmarks/emulated_board",
    "//benchmarks:gate": "benchmarks/gate",
    "//benchmarks:gate_long": "benchmarks/gate",  # the same program, with --long
    "//benchmarks:micro_qemu": "benchmarks/micro_qemu",
    "//benchmarks:offload_gain": "benchmarks/offload_gain",
    "//benchmarks:run_qemu": "benchmarks/run_qemu",
    "//benchmarks:workloads_qemu": "benchmarks/workloads_qemu",
    "//configs/fit": "configs/fit/fit",
    "//trace:ftrace": "trace/ftrace/from_hsctl",
    "//trace:hstrace": "trace/hstrace/hstrace",
    "//trace:query": "trace/query/query",
    "//trace:trace_cmd": "trace/ftrace/trace_cmd",
    "//trace:view": "trace/perfetto/view",
}
TABLE = "//analysis:trace_table"
NOT_IN_TUTORIAL = {
    "//analysis:compare",
    "//analysis:report",
    "//benchmarks:all",
    "//benchmarks:board",
    "//benchmarks:emulated_board",
    "//benchmarks:gate",
    "//benchmarks:gate_long",
    "//benchmarks:history",
    "//benchmarks:micro_qemu",
    "//benchmarks:offload_gain",
    "//benchmarks:results_page",
    "//benchmarks:run_qemu",
    "//benchmarks:workloads_qemu",
    "//configs/fit",
    "//trace:ftrace",
    "//trace:query",
    "//trace:trace_cmd",
}
PAGES = ("README.md", "docs/benchmarks.md", "docs/boards.md", "docs/ci.md", "docs/hsctl.md", "docs/hstrace.md", "docs/queries.md", "docs/quick-start.md", "docs/tutorial.md")
TUTORIAL = "docs/tutorial.md"
COMMAND = re.compile(r"^(?:\./)?bazel(?:w)? run (//\S+) -- (.*)$")
PICTURE = re.compile(r"!\[[^\]]+\]\((?P<file>[^)]+\.png)\)")
LARGEST = 150_000


def commands(page: str) -> list[tuple[str, list[str]]]:
    """Returns the programs that a page starts, and the arguments of each program. The arguments after a second -- are
    left out, because they are for QEMU."""
    found = []
    for block in re.findall(r"```sh\n(.*?)```", Path(page).read_text(encoding="utf-8"), re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            if match := COMMAND.match(line):
                words = shlex.split(match[2], comments=True)
                found.append((match[1], words[: words.index("--")] if "--" in words else words))
    return found


@cache
def help_of(program: str, subcommand: str) -> str:
    """Returns the help text of a program."""
    if program == TABLE:
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
            trace_table.parse(["--help"])
        return said.getvalue()
    words = [PROGRAMS[program], *([subcommand] if subcommand else []), "--help"]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


class Commands(unittest.TestCase):
    def test_every_option_of_a_command_exists(self) -> None:
        for page in PAGES:
            for program, words in commands(page):
                subcommand = words.pop(0) if program == "//trace:hstrace" and words else ""
                for option in (word.partition("=")[0] for word in words if word.startswith("-")):
                    with self.subTest(page=page, program=program, option=option):
                        self.assertRegex(help_of(program, subcommand), rf"(?<![\w-]){re.escape(option)}(?![\w-])")

    def test_the_tutorial_has_a_command_for_each_tool_that_it_explains(self) -> None:
        typed = commands(TUTORIAL)
        self.assertEqual({program for program, _ in typed}, set(PROGRAMS) - NOT_IN_TUTORIAL | {TABLE})
        subcommands = {words[0] for program, words in typed if program == "//trace:hstrace"}
        self.assertEqual(subcommands, {"stat", "diff", "check"})


class Pictures(unittest.TestCase):
    def test_every_picture_of_a_page_exists_and_is_small(self) -> None:
        seen = set()
        for page in (Path("README.md"), *Path("docs").glob("*.md")):
            for match in PICTURE.finditer(page.read_text(encoding="utf-8")):
                picture = page.parent / match["file"]
                seen.add(picture.name)
                with self.subTest(page=page, picture=picture):
                    self.assertLess(picture.stat().st_size, LARGEST)
        self.assertLessEqual({path.name for path in Path("docs").glob("*.png")}, seen)


if __name__ == "__main__":
    unittest.main()
