"""Makes the mutants of a C file. A mutant is the file with one small fault: another operator, another constant, a
negated condition, another result, or a deleted statement.

The same text always gives the same mutants, in the same order. Whether a mutant compiles is for the caller to find out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from hv.mutations.tokens import OPENING, Scope, Stream, Token, closing, streams

# For each binary operator: the operators that replace it, each in a mutant of its own.
OPERATORS = {
    "==": ["!="],
    "!=": ["=="],
    "<": ["<=", ">="],
    "<=": ["<", ">"],
    ">": [">=", "<="],
    ">=": [">", "<"],
    "&&": ["||"],
    "||": ["&&"],
    "+": ["-"],
    "-": ["+"],
    "*": ["/"],
    "/": ["*"],
    "%": ["*"],
    "&": ["|"],
    "|": ["&"],
    "^": ["|"],
    "<<": [">>"],
    ">>": ["<<"],
    "+=": ["-="],
    "-=": ["+="],
    "|=": ["=", "&="],
    "&=": ["=", "|="],
    "^=": ["="],
    "<<=": [">>="],
    ">>=": ["<<="],
    "++": ["--"],
    "--": ["++"],
}
ALSO_UNARY = ("+", "-", "*", "&")

# A unary operator is removed.
UNARY = ("!", "~", "-")

# For each name: the name that replaces it.
NAMES = {
    "true": "false",
    "false": "true",
    "ERROR_NONE": "ERROR_TRAPPED",
    "ERROR_TRAPPED": "ERROR_NONE",
}

NUMBER = re.compile(r"(?P<digits>0[xX][0-9a-fA-F]+|\d+)(?P<suffix>\w*)")
NO_OPERANDS = ("return", "case", "sizeof", "else")
JUMPS = ("break", "continue")
COMPOUND = ("if", "for", "while", "switch", "do")
BEFORE_CONDITION = ("=", "return", "(", "[", "{", ",", ";", "}", "?", ":", "|=", "&=", "+=", "-=", "^=")


class Edit(NamedTuple):
    """Replaces a part of the text."""

    start: int
    end: int
    new: str


class Mutant(NamedTuple):
    """One fault in one file."""

    file: str
    line: int  # from 1
    column: int  # from 1
    function: str  # the function or the macro; empty outside both
    change: str
    was: str  # the changed lines without the fault, with single spaces
    now: str  # the same lines with the fault
    edits: tuple[Edit, ...]
    body: tuple[int, int]  # the first and the last line of the function's body; (0, 0) outside functions and in macros

    @property
    def name(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.change}"

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Identifies the mutant even if other lines of the file change."""
        return self.file, self.function, self.was, self.now


def apply(text: str, edits: tuple[Edit, ...]) -> str:
    """Returns the text with the edits."""
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.new + text[edit.end :]
    return text


def is_operand(token: Token) -> bool:
    """Whether an expression can end with this token."""
    return token.kind in ("number", "text") or token.text in (")", "]") or (token.kind == "name" and token.text not in NO_OPERANDS)


def is_binary(stream: Stream, text: str, index: int) -> bool:
    """Whether the operator at @p index has two operands. clang-format puts spaces around a binary operator, except after
    what could be a cast."""
    token = stream.tokens[index]
    if token.text not in ALSO_UNARY:
        return True
    if index == 0 or index + 1 == len(stream.tokens) or not is_operand(stream.tokens[index - 1]):
        return False
    return text[token.end].isspace() or stream.tokens[index + 1].kind == "number"


def other_numbers(number: str) -> Iterator[str]:
    """Yields the constants that replace a constant: one more, and one less."""
    match = NUMBER.fullmatch(number)
    assert match
    value = int(match["digits"], 16 if match["digits"][:2].lower() == "0x" else 10)
    form = "{:#x}" if match["digits"][:2].lower() == "0x" else "{}"
    for other in (value + 1, value - 1):
        if other >= 0:
            yield form.format(other) + match["suffix"]


def of_token(stream: Stream, text: str, index: int) -> Iterator[tuple[str, tuple[Edit, ...]]]:
    """Yields the changes of a single token: operators, constants and names."""
    token = stream.tokens[index]
    place = (token.start, token.end)
    if token.kind == "number":
        for other in other_numbers(token.text):
            yield f"{token.text} -> {other}", (Edit(*place, other),)
    elif token.kind == "name" and token.text in NAMES:
        yield f"{token.text} -> {NAMES[token.text]}", (Edit(*place, NAMES[token.text]),)
    elif token.text in OPERATORS and is_binary(stream, text, index):
        for other in OPERATORS[token.text]:
            yield f"{token.text} -> {other}", (Edit(*place, other),)
    elif token.text in UNARY:
        yield f"remove {token.text}", (Edit(*place, ""),)


def of_condition(stream: Stream, index: int) -> Iterator[tuple[str, tuple[Edit, ...]]]:
    """Yields the negation of the condition of an if, a while or a conditional expression."""
    tokens = stream.tokens
    first = last = index
    change = "negate the condition"
    if tokens[index].text in ("if", "while") and index + 1 < len(tokens) and tokens[index + 1].text == "(":
        first, last = index + 2, closing(tokens, index + 1) - 1
    elif tokens[index].text == "?":
        change = "negate the condition of ?:"
        last = first = index - 1
        depth = 0
        while first >= 0 and (depth or tokens[first].text not in BEFORE_CONDITION):
            depth += (tokens[first].text in OPENING.values()) - (tokens[first].text in OPENING)
            first -= 1
        first += 1
    if first <= last and first != index:
        yield change, (Edit(tokens[first].start, tokens[first].start, "!("), Edit(tokens[last].end, tokens[last].end, ")"))


def starts_statement(stream: Stream, index: int) -> bool:
    """Whether the token at @p index is the first of a statement that can be deleted, which is not a declaration. A cast
    to void has no effect."""
    tokens = stream.tokens
    token, follower = tokens[index], tokens[index + 1].text if index + 1 < len(tokens) else ""
    if token.text in JUMPS:
        return True
    if token.text == "return":
        return stream.scopes[index].is_void
    if token.text == "*":
        return True
    return token.kind == "name" and token.text not in COMPOUND and follower in ("(", "[", ".", "->", "=", "++", "--", *(mark for mark in OPERATORS if mark.endswith("=")))


def follows_statement(stream: Stream, index: int) -> bool:
    """Whether a statement can start at @p index, to judge by the token before it."""
    tokens = stream.tokens
    before = tokens[index - 1].text if index else ""
    if before in (";", "{", "}", "else", "do", ":") or not index:
        return True
    if before != ")":
        return False
    depth = 0
    for back in range(index - 1, -1, -1):
        depth += (tokens[back].text == ")") - (tokens[back].text == "(")
        if depth == 0:
            return back > 0 and tokens[back - 1].text in ("if", "for", "while")
    return False


def of_statement(stream: Stream, index: int) -> Iterator[tuple[str, tuple[Edit, ...]]]:
    """Yields the deletion of the statement that starts at @p index. An empty statement takes its place."""
    tokens = stream.tokens
    if not stream.scopes[index].is_body or not follows_statement(stream, index) or not starts_statement(stream, index):
        return
    depth = 0
    for end in range(index, len(tokens)):
        depth += (tokens[end].text in OPENING) - (tokens[end].text in OPENING.values())
        if depth < 0:
            return
        if depth == 0 and tokens[end].text == ";":
            yield "delete the statement", (Edit(tokens[index].start, tokens[end].end, ";"),)
            return


def outside_of_assertions(stream: Stream) -> Iterator[int]:
    """Yields the indices of all tokens, except those of static assertions, which produce no code."""
    index = 0
    while index < len(stream.tokens):
        if stream.tokens[index].text == "_Static_assert":
            index = closing(stream.tokens, index + 1)
        else:
            yield index
        index += 1


def lines_around(text: str, start: int, end: int) -> tuple[int, int]:
    """Returns where the first line of a part of the text begins, and where its last line ends."""
    last = text.find("\n", end)
    return text.rfind("\n", 0, start) + 1, len(text) if last < 0 else last


def squeeze(text: str) -> str:
    """Returns the text with single spaces, and without the ends of the lines of a macro."""
    return " ".join(text.replace("\\\n", " ").replace("\\", " ").split())


def line_of(text: str, place: int) -> int:
    """Returns the number of the line at a place of the text."""
    return text.count("\n", 0, place) + 1


def mutant(file: str, text: str, scope: Scope, change: str, edits: tuple[Edit, ...]) -> Mutant:
    """Builds a mutant from its edits."""
    start, end = min(edit.start for edit in edits), max(edit.end for edit in edits)
    first, last = lines_around(text, start, end)
    inside = tuple(Edit(edit.start - first, edit.end - first, edit.new) for edit in edits)
    was = text[first:last]
    now = squeeze(apply(was, inside))
    body = (line_of(text, scope.start), line_of(text, scope.end)) if scope.end else (0, 0)
    return Mutant(file, line_of(text, start), start - first + 1, scope.name, change, squeeze(was), now, edits, body)


def mutants(file: str, text: str) -> list[Mutant]:
    """Returns all mutants of a file, in the order of their places."""
    found = []
    for stream in streams(text):
        for index in outside_of_assertions(stream):
            changes = [*of_token(stream, text, index), *of_condition(stream, index), *of_statement(stream, index)]
            found += [mutant(file, text, stream.scopes[index], *change) for change in changes]
    return sorted(found, key=lambda each: (each.line, each.column, each.change))
