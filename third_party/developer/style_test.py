"""Tests each check of style.py. A check must find its kind of problem, and must report nothing in good code."""

import unittest
from pathlib import Path

from third_party.developer import style


class Style(unittest.TestCase):
    def test_good_code_has_no_problem(self) -> None:
        self.assertEqual(style.problems(Path("a.c"), "int f(void)\n{\n\treturn 0;\n}\n"), [])

    def test_a_c_function_of_61_lines_is_too_long(self) -> None:
        self.assertEqual(style.problems(Path("a.c"), "void f(void)\n{\n" + "\tg();\n" * 60 + "}\n"), [])
        found = style.problems(Path("a.c"), "void f(void)\n{\n" + "\tg();\n" * 61 + "}\n")
        self.assertEqual(found, ["a.c:2: the function has 61 lines; at most 60 are allowed"])

    def test_a_python_function_of_40_lines_is_too_long(self) -> None:
        self.assertEqual(style.problems(Path("a.py"), "def f():\n" + "    g()\n" * 38), [])
        self.assertEqual(len(style.problems(Path("a.py"), "def f():\n" + "    g()\n" * 39)), 1)

    def test_a_file_of_501_lines_is_too_long(self) -> None:
        self.assertEqual(len(style.problems(Path("a.S"), "\tnop\n" * 501)), 1)

    def test_a_header_without_a_comment_at_its_start_is_found(self) -> None:
        self.assertEqual(len(style.problems(Path("a.h"), "#pragma once\n")), 1)
        self.assertEqual(style.problems(Path("a.h"), "/* What.\n * Who. Not what. */\n"), [])

    def test_a_prototype_that_returns_an_error_without_must_check_is_found(self) -> None:
        top = "/* What.\n * Who. Not what. */\n"
        good = "enum error f(int a,\n\t     int b) MUST_CHECK;\nenum error g(void) MUST_CHECK;\nvoid h(enum error error);\ntypedef enum error visit(int a);\n"
        self.assertEqual(style.problems(Path("a.h"), top + good), [])
        found = style.problems(Path("a.h"), top + good + "enum error i(int a,\n\t     int b);\n")
        self.assertEqual(found, ["a.h:8: i returns an enum error, but its prototype lacks MUST_CHECK"])

    def test_a_note_of_unfinished_work_is_found(self) -> None:
        self.assertEqual(len(style.problems(Path("a.c"), "/* TO" "DO: more */\n")), 1)


if __name__ == "__main__":
    unittest.main()
