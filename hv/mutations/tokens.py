"""Divides a C file into tokens, and finds the function that each token belongs to.

This is not a parser. It relies on the form that clang-format gives to the files of hv.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

TOKEN = re.compile(
    r"""
    (?P<space>\s+|\\\n|//[^\n]*|/\*.*?\*/)
  | (?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
  | (?P<number>(?:0[xX][0-9a-fA-F]+|\d+)[uUlL]*)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<mark><<=|>>=|\.\.\.|\#\#|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[^\w\s])
    """,
    re.VERBOSE | re.DOTALL,
)
DIRECTIVE = re.compile(r"^[ \t]*#[ \t]*(?P<word>\w+)(?P<rest>(?:\\\n|/\*.*?\*/|[^\n])*)", re.MULTILINE | re.DOTALL)
DEFINITION = re.compile(r"[ \t]+(?P<name>\w+)(?:\([^)]*\))?")
OPENING = {"(": ")", "[": "]", "{": "}"}


class Token(NamedTuple):
    """A token of C, and its place in the text of the file."""

    kind: str  # text, number, name or mark
    text: str
    start: int
    end: int


class Scope(NamedTuple):
    """What surrounds a token."""

    name: str  # the function or the macro; empty outside both
    is_body: bool  # whether statements can be here
    is_void: bool  # whether the function returns nothing
    start: int = 0  # where the body of the function starts and ends in the text; 0 outside functions and in macros
    end: int = 0


OUTSIDE = Scope("", False, False)


class Stream(NamedTuple):
    """Tokens that follow one another: those of the body of one macro, or those of the file outside all directives."""

    tokens: list[Token]
    scopes: list[Scope]  # one for each token


def tokens_of(text: str, start: int, end: int) -> Iterator[Token]:
    """Yields the tokens between two places of the text. Comments are not tokens."""
    place = start
    while place < end:
        match = TOKEN.match(text, place, end)
        if not match:
            raise ValueError(f"no token of C: {text[place : place + 20]!r}")
        if match.lastgroup != "space":
            yield Token(str(match.lastgroup), match[0], place, match.end())
        place = match.end()


def closing(tokens: list[Token], at: int) -> int:
    """Returns the index of the bracket that closes the one at index @p at."""
    depth = 0
    for index in range(at, len(tokens)):
        depth += (tokens[index].text in OPENING) - (tokens[index].text in OPENING.values())
        if depth == 0:
            return index
    raise ValueError(f"the bracket at {tokens[at].start} is not closed")


def function_before(tokens: list[Token], brace: int) -> Scope:
    """Returns the scope that the opening brace at index @p brace begins. It begins a function if the last token before
    it closes the parameters."""
    if brace == 0 or tokens[brace - 1].text != ")":
        return OUTSIDE
    first = brace - 1
    while first > 0 and tokens[first - 1].text not in (";", "}"):
        first -= 1
    for index in range(first, brace):
        is_call = tokens[index].text in ("__attribute__", "_Static_assert")
        if tokens[index].kind == "name" and not is_call and tokens[index + 1].text == "(" and closing(tokens, index + 1) == brace - 1:
            before = [token.text for token in tokens[first:index]]
            is_void = "void" in before and "*" not in before
            return Scope(tokens[index].text, True, is_void, tokens[brace].start, tokens[closing(tokens, brace)].end)
    return OUTSIDE


def scopes_of_file(tokens: list[Token]) -> list[Scope]:
    """Returns the scope of each token outside directives."""
    scopes: list[Scope] = []
    while len(scopes) < len(tokens):
        index = len(scopes)
        if tokens[index].text != "{":
            scopes.append(OUTSIDE)
            continue
        scope = function_before(tokens, index)
        scopes += [scope] * (closing(tokens, index) + 1 - index)
    return scopes


def macro(text: str, name: str, start: int, end: int) -> Stream:
    """Returns the body of a macro. The body may be a function definition, or statements."""
    tokens = list(tokens_of(text, start, end))
    before = [token.text for token in tokens]
    before = before[: before.index("(")] if "(" in before else []
    return Stream(tokens, [Scope(name, True, "void" in before and "*" not in before)] * len(tokens))


def streams(text: str) -> list[Stream]:
    """Divides the text of a C file into streams of tokens. Directives other than #define have none."""
    found, place, outside = [], 0, []
    for match in DIRECTIVE.finditer(text):
        outside += list(tokens_of(text, place, match.start()))
        place = match.end()
        if match["word"] == "define" and (head := DEFINITION.match(match["rest"])):
            found.append(macro(text, head["name"], match.start("rest") + head.end(), match.end()))
    outside += list(tokens_of(text, place, len(text)))
    return [Stream(outside, scopes_of_file(outside)), *found]
