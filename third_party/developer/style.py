"""Checks the rules of style that a program can check. Each check yields a line `FILE:LINE: MESSAGE` for each
problem."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

FILE_LINES = 500
C_FUNCTION_LINES = 60
PYTHON_FUNCTION_LINES = 40
# Matches a function that returns an enum error: the words before the name, the parameters, and the text after the
# parameters up to the semicolon or the body. A typedef of a function cannot have the mark.
ERROR_FUNCTION = re.compile(
    r"^(?!typedef)(?P<front>[\w\t ]*\benum error) (?P<name>[\w#]+)\s*\((?P<parameters>[^;{}]*?)\)(?P<behind>[\w\s]*)(?P<end>[;{])", re.MULTILINE
)
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")


def long_file(file: Path, text: str) -> Iterator[str]:
    """Finds files that are too long, because a file should be about one idea."""
    lines = text.count("\n")
    if lines > FILE_LINES:
        yield f"{file}:{lines}: the file has {lines} lines; at most {FILE_LINES} are allowed"


def unfinished(file: Path, text: str) -> Iterator[str]:
    """Finds notes of unfinished work. If something is missing, the note belongs in an issue or under docs, not in the code."""
    for number, line in enumerate(text.split("\n"), 1):
        if UNFINISHED.search(line):
            yield f"{file}:{number}: a note of unfinished work"


def long_c_function(file: Path, text: str) -> Iterator[str]:
    """Finds C functions that are too long. After clang-format, the braces of a function's body stand alone in the first column."""
    start = 0
    for number, line in enumerate(text.split("\n"), 1):
        if line == "{":
            start = number
        elif line == "}" and start:
            if number - start - 1 > C_FUNCTION_LINES:
                yield f"{file}:{start}: the function has {number - start - 1} lines; at most {C_FUNCTION_LINES} are allowed"
            start = 0


def header_without_purpose(file: Path, text: str) -> Iterator[str]:
    """Finds headers without the required comment at the start. The comment says what the header is, who calls the
    functions in it, and what the header must not know."""
    first = re.match(r"/\*.*?\*/", text, re.DOTALL)
    if not first or first[0].count("\n") < 1:
        yield f"{file}:1: the header has to begin with a comment on what it is, who calls it, and what it must not know"


def unmarked(text: str) -> Iterator[re.Match[str]]:
    """Yields the matches of ERROR_FUNCTION without the mark MUST_CHECK."""
    return (match for match in ERROR_FUNCTION.finditer(text) if "MUST_CHECK" not in match[0])


def unchecked_error(file: Path, text: str) -> Iterator[str]:
    """Finds functions that return an enum error and are not marked MUST_CHECK. Without this mark, the compiler does not
    warn if a caller ignores the error."""
    for match in unmarked(text):
        line = text.count("\n", 0, match.start()) + 1
        yield f"{file}:{line}: {match['name']} returns an enum error, but its prototype lacks MUST_CHECK"


def long_python_function(file: Path, text: str) -> Iterator[str]:
    """Finds Python functions that are too long. Decorators do not count."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines >= PYTHON_FUNCTION_LINES:
                yield f"{file}:{node.lineno}: {node.name} has {lines} lines; fewer than {PYTHON_FUNCTION_LINES} are allowed"


CHECKS = {
    ".S": [long_file, unfinished],
    ".c": [long_file, unfinished, long_c_function],
    ".h": [long_file, unfinished, long_c_function, header_without_purpose, unchecked_error],
    ".def": [long_file, unfinished],
    ".py": [long_file, unfinished, long_python_function],
    ".bzl": [long_file, unfinished],
    ".sh": [long_file, unfinished],
}


def problems(file: Path, text: str) -> list[str]:
    """Returns the messages about all problems of one file."""
    return [line for check in CHECKS.get(file.suffix, []) for line in check(file, text)]
