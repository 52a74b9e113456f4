"""Finds the lines of keys and list elements in a TOML file, for error messages. tomllib parses TOML, but does not
return line numbers.

This program understands only as much of TOML as it needs to find keys and list elements. tomllib decides whether a file
is valid.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field

TOKEN = re.compile(
    r'(?P<space>[ \t\r]+|#[^\n]*)|(?P<newline>\n)'
    r'|(?P<string>"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\')'
    r"|(?P<bare>[A-Za-z0-9_+:-]+)|(?P<mark>.)",
    re.DOTALL,
)
AT_LINE = re.compile(r"^(?P<what>.*) \(at (?:line (?P<line>\d+), column \d+|end of document)\)$", re.DOTALL)


@dataclass(frozen=True)
class Problem:
    """An error in a configuration, with its line and key."""

    line: int
    key: str
    message: str

    def text(self, path: str) -> str:
        """Returns the problem in the format in which compilers print errors, so that editors can jump to the line."""
        return f"{path}:{self.line}: {self.key}: {self.message}" if self.key else f"{path}:{self.line}: {self.message}"


@dataclass(frozen=True)
class Token:
    """One token of the file, with its line."""

    kind: str
    text: str
    line: int


@dataclass
class Entry:
    """One `key = value`, or one table header. The path of a header is the path of its table, and a header has no
    elements."""

    path: tuple[str, ...]
    line: int
    header: bool = False
    elements: list[Token] = field(default_factory=list)


def tokens(text: str) -> Iterator[Token]:
    """Yields the tokens of the file, without spaces and comments."""
    line = 1
    for match in TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind != "space":
            yield Token(kind, match.group(), line)
        line += match.group().count("\n")


def statements(text: str) -> Iterator[list[Token]]:
    """Yields the tokens of each statement. A newline ends a statement, except inside the brackets of a value."""
    statement: list[Token] = []
    depth = 0
    for token in tokens(text):
        if token.kind == "newline":
            if depth <= 0 and statement:
                yield statement
                statement = []
            continue
        if token.kind == "mark" and statement:
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token.text, 0)
        if not statement:
            depth = 0
        statement.append(token)
    if statement:
        yield statement


def unquoted(token: Token) -> str:
    """Returns the text of a token, without quotes."""
    if token.kind != "string":
        return token.text
    try:
        return str(tomllib.loads(f"x = {token.text}")["x"])
    except tomllib.TOMLDecodeError:
        return token.text


def dotted(key: list[Token]) -> tuple[str, ...]:
    """Returns the parts of a key such as `a."b".c`."""
    return tuple(unquoted(token) for token in key if token.kind in ("bare", "string"))


def entries(text: str) -> list[Entry]:
    """Returns all keys and table headers in the order of the file. If the file is broken, returns those that it can
    recognise."""
    found: list[Entry] = []
    table: tuple[str, ...] = ()
    for statement in statements(text):
        first = statement[0]
        equals = next((i for i, token in enumerate(statement) if (token.kind, token.text) == ("mark", "=")), None)
        if (first.kind, first.text) == ("mark", "["):
            table = dotted(statement)
            found.append(Entry(table, first.line, header=True))
        elif equals is not None:
            elements = [token for token in statement[equals + 1 :] if token.kind in ("string", "bare")]
            found.append(Entry(table + dotted(statement[:equals]), first.line, elements=elements))
    return found


def duplicates(found: list[Entry]) -> list[Problem]:
    """Returns a problem for each key or table that occurs twice."""
    first_line: dict[tuple[str, ...], int] = {}
    problems: list[Problem] = []
    for entry in found:
        if entry.path in first_line:
            message = f"duplicate, first on line {first_line[entry.path]}"
            problems.append(Problem(entry.line, key_name(entry.path), message))
        first_line.setdefault(entry.path, entry.line)
    return problems


def key_name(path: tuple[str, ...]) -> str:
    """Returns the name of a key as error messages show it: [table] key."""
    if not path:
        return ""
    return " ".join((f"[{path[0]}]", *([".".join(path[1:])] if len(path) > 1 else [])))


def syntax_problem(error: tomllib.TOMLDecodeError, text: str) -> Problem:
    """Turns an error of tomllib into a problem with its line."""
    match = AT_LINE.match(str(error))
    last = max(1, len(text.splitlines()))
    if match is None:
        return Problem(last, "", str(error))
    line = int(match["line"]) if match["line"] else last
    near = [entry for entry in entries(text) if entry.line <= line]
    return Problem(line, key_name(near[-1].path) if near else "", match["what"])
