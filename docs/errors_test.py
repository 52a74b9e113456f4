"""Checks that functions of hv and of modules return enum error if they can fail, and that no caller ignores the error.

hv/arch/error.h states the rule. If a function is marked MUST_CHECK, the compiler warns when a caller ignores the error.
This test checks that all functions that return an error are marked.
"""

from __future__ import annotations

import re
import unittest
from pathlib import Path

from docs.c_header import without_comments
from docs.rooms_test import sources
from third_party.developer.style import ERROR_FUNCTION, unmarked

HEADER = Path("hv/arch/error.h")
TREE = Path("hv/arch/tree_error.def")


def code(path: Path) -> str:
    """Returns the text of a C file without comments. The lines of a macro are joined."""
    return without_comments(path.read_text(encoding="utf-8")).replace("\\\n", " ")


def unchecked(text: str, is_header: bool) -> set[str]:
    """Returns the functions in a C file that return an error but are not MUST_CHECK, so that a caller could ignore the
    error. In a header, checks all prototypes and functions. In a .c file, checks only static functions, because a
    header declares all other functions."""
    return {match["name"] for match in unmarked(text) if is_header or "static" in match["front"]}


def marked(text: str) -> list[str]:
    """Returns the declarations that are marked MUST_CHECK, each from its first line to its semicolon or body."""
    return [statement.strip() for statement in re.findall(r"^[^#;{}]*?\bMUST_CHECK\b[^;{]*", text, re.MULTILINE)]


class Errors(unittest.TestCase):
    """Checks the functions that return enum error, and the list of errors."""

    def test_every_function_that_can_fail_must_be_checked(self) -> None:
        count = 0
        for path in sources():
            text = code(path)
            count += len(ERROR_FUNCTION.findall(text))
            with self.subTest(path=str(path)):
                self.assertEqual(unchecked(text, path.suffix == ".h"), set())
        self.assertGreater(count, 100)

    def test_only_functions_that_return_an_error_are_marked_must_check(self) -> None:
        for path in sources():
            for statement in marked(code(path)):
                with self.subTest(path=str(path), statement=statement):
                    self.assertIn("enum error", statement)

    def test_functions_without_must_check_are_found(self) -> None:
        text = "enum error one(int a,\n\tint b);\nenum error two(void) MUST_CHECK;\nCOLD enum error three(void)\n{\n\tenum error error = f();\n}\n"
        self.assertEqual(unchecked(text, is_header=True), {"one", "three"})
        self.assertEqual(unchecked(text + "static MUST_CHECK enum error four(void)\n{\n}\nstatic enum error five(void)\n{\n}\n", is_header=False), {"five"})
        self.assertEqual(len(marked(text)), 1)

    def test_a_mark_belongs_only_to_its_own_declaration(self) -> None:
        text = "#define MUST_CHECK x\nenum error one(void);\nint two(int a,\n\tint b) MUST_CHECK;\nenum error three(void)\n{\n}\n"
        self.assertEqual(marked(text), ["int two(int a,\n\tint b) MUST_CHECK"])

    def test_every_error_is_reported_somewhere(self) -> None:
        names = re.findall(r"^\tERROR_(\w+),", code(HEADER), re.MULTILINE)
        names += [f"TREE_{name}" for name in re.findall(r"^TREE_ERROR\((\w+),", TREE.read_text(encoding="utf-8"), re.MULTILINE)]
        self.assertGreater(len(names), 20)
        used = {name for path in sources() if path != HEADER for name in re.findall(r"\bERROR_(\w+)", code(path))}
        self.assertEqual(set(names) - used, set())


if __name__ == "__main__":
    unittest.main()
