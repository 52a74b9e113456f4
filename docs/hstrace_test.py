"""Checks that docs/hstrace.md lists exactly the options of hstrace."""

from __future__ import annotations

import re
import subprocess
import unittest

from docs.tables import table

HSTRACE = "trace/hstrace/hstrace"
PAGE = "docs/hstrace.md"
OPTION = re.compile(r"^ {2,6}(?:-\w, )?(--\w+)", re.MULTILINE)
COMMAND = re.compile(r"^  (\w+) ", re.MULTILINE)


def shown(*arguments: str) -> str:
    """Runs hstrace with @p arguments. Returns the output."""
    return subprocess.run([HSTRACE, *arguments], check=True, stdout=subprocess.PIPE, text=True, timeout=60).stdout


class Page(unittest.TestCase):
    """Checks the table of options."""

    def test_the_table_lists_exactly_the_options_of_each_command(self) -> None:
        commands = set(COMMAND.findall(shown("--help")))
        described: dict[str, set[str]] = {command: set() for command in commands}
        for text, of, *_ in table(PAGE, "options"):
            named = commands & set(re.findall(r"\w+", of))
            for command in commands - named if of.startswith("all") else named:
                described[command].update(re.findall(r"--\w+", text))
        for command in commands:
            options = OPTION.findall(shown(command, "--help"))
            self.assertEqual(described[command], set(options) - {"--help", "--usage"}, command)


if __name__ == "__main__":
    unittest.main()
