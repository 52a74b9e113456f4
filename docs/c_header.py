"""Reads the declarations of C headers: structures with the offsets of their fields, enums, and macros that are numbers.

The tests of the pages call this file. It understands only the kinds of declarations in trace/format and
abi/hartscope.h. All fields there are naturally aligned. For any other declaration, the code raises ValueError, so that
a test cannot overlook a declaration.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
DEFINE = re.compile(r"^#define (\w+)[ \t]+(.+)$", re.MULTILINE)
MEMBER = re.compile(r"\s*(?P<type>u?int(?P<bits>\d+)_t|struct (?P<struct>\w+)) (?P<names>[^;{}]+);")
GROUP = re.compile(r"\s*(?P<kind>struct|union) \{")
# Matches the id of an SBI extension, and the definitions of its functions up to the next comment that stands alone.
EXTENSION = re.compile(r"^#define HARTSCOPE_(?:PEER_)?EID (\w+)(.*?)\n\n/\*", re.MULTILINE | re.DOTALL)
CALL = re.compile(r"^#define (\w+)\s+(\d+) +/\*(.*?)\*/$", re.MULTILINE)
REGISTER = re.compile(r"\ba\d\b")
NAME = re.compile(r"(\w+)((?:\[[^\]]+\])*)")
# Matches an enum that defines one macro and includes a list from a .def file. The groups are the name of the macro, the
# parameters of the macro, the member of the enum that the macro makes from each line of the list, and the path of the
# list.
LISTED = re.compile(r'^#define (\w+)\(([^)]*)\) (.*)\n#include "([^"]+)"$', re.MULTILINE)


def without_comments(text: str) -> str:
    """Returns C code without its comments."""
    return COMMENT.sub("", text)


@dataclass(frozen=True)
class Call:
    """An ecall: the id of its extension, its number, its macro in the header, and the comment on the macro."""

    extension: int
    number: int
    macro: str
    comment: str

    @property
    def name(self) -> str:
        """The name of the ecall on the pages."""
        return self.macro.removeprefix("HARTSCOPE_").removeprefix("PEER_")

    @property
    def registers(self) -> tuple[set[str], set[str]]:
        """The registers that the comment names as arguments and as results."""
        arguments, _, results = self.comment.partition("->")
        return set(REGISTER.findall(arguments)), set(REGISTER.findall(results))


def calls(path: Path) -> list[Call]:
    """Returns the ecalls in the header @p path."""
    found = []
    for extension, body in EXTENSION.findall(path.read_text(encoding="utf-8").replace("\\\n", " ")):
        found += [Call(int(extension, 0), int(number), macro, comment) for macro, number, comment in CALL.findall(body)]
    return found


@dataclass(frozen=True)
class Field:
    """A field of a structure. If the type of the field is a structure or a union, the fields of that type are not
    listed."""

    name: str
    offset: int
    size: int


@dataclass
class Layout:
    """The fields, size and alignment of a structure, in bytes."""

    fields: list[Field] = field(default_factory=list)
    size: int = 0
    alignment: int = 1


def split(text: str) -> tuple[str, str]:
    """Splits a text that follows an opening brace. Returns the text before the matching closing brace, and the text
    after it."""
    depth = 1
    for at, character in enumerate(text):
        depth += (character == "{") - (character == "}")
        if depth == 0:
            return text[:at], text[at + 1 :]
    raise ValueError("a closing brace is missing")


def expand(match: re.Match[str]) -> str:
    """Expands a list in an enum in the same way as the preprocessor. Returns the text with one member for each line of
    the list."""
    macro, parameters, template, path = match.groups()
    names = re.split(r", *", parameters)
    made = []
    for line in re.findall(rf"^{macro}\(([^)]*)\)", without_comments(Path(path).read_text(encoding="utf-8")), re.MULTILINE):
        words = dict(zip(names, re.split(r", *", line), strict=True))
        made.append(re.sub(r"\w+", lambda word: words.get(word[0], word[0]), template.replace("##", " ## ")).replace(" ## ", ""))
    return "\n".join(made)


class Header:
    """The declarations of several headers. A header may use declarations of the headers that were read before."""

    def __init__(self, *paths: Path) -> None:
        self.numbers: dict[str, int] = {}  # macros, and members of enums
        self.macros: dict[str, int] = {}  # only macros that are numbers
        self.enums: dict[str, dict[str, int]] = {}  # without enums made from a list; the page has a table of each list
        self.structs: dict[str, Layout] = {}
        for path in paths:
            text = without_comments(path.read_text(encoding="utf-8")).replace("\\\n", " ")
            for name, value in DEFINE.findall(text):
                self._define(name, value.strip())
            for match in re.finditer(r"^enum (\w+) \{([^}]*)\};", text, re.MULTILINE):
                self._enum(match[1], match[2])
            for match in re.finditer(r"^struct (\w+) \{\n", text, re.MULTILINE):
                self.structs[match[1]] = self._layout(split(text[match.end() :])[0])

    def value(self, text: str) -> int:
        """Returns the value of a constant expression."""
        plain = re.sub(r"\b(0x[0-9a-fA-F]+|\d+)[uUlL]+\b", r"\1", text)
        return int(eval(plain, {"__builtins__": {}}, self.numbers))

    def _define(self, name: str, value: str) -> None:
        try:
            self.macros[name] = self.numbers[name] = self.value(value)
        except (NameError, SyntaxError, TypeError, ValueError):
            return  # the value is text, or only a compiler can compute it

    def _enum(self, name: str, body: str) -> None:
        members: dict[str, int] = {}
        following = 0
        listed = LISTED.search(body) is not None
        body = LISTED.sub(expand, body)
        for part in filter(None, (part.strip() for part in body.split(","))):
            if not re.match(r"\w+( = .+)?$", part):
                return  # the members come from a list with several macros, such as events.def
            member, _, value = part.partition(" = ")
            following = self.value(value) if value else following
            members[member] = self.numbers[member] = following
            following += 1
        if not listed:
            self.enums[name] = members

    def _layout(self, body: str) -> Layout:
        layout = Layout()
        for name, size, alignment in self._members(body):
            offset = (layout.size + alignment - 1) // alignment * alignment
            layout.fields.append(Field(name, offset, size))
            layout.size, layout.alignment = offset + size, max(layout.alignment, alignment)
        layout.size = (layout.size + layout.alignment - 1) // layout.alignment * layout.alignment
        return layout

    def _members(self, body: str) -> Iterator[tuple[str, int, int]]:
        """Yields the name, size and alignment of each member."""
        while body.strip():
            if group := GROUP.match(body):
                inside, body = split(body[group.end() :])
                parts = self._layout(inside) if group["kind"] == "struct" else self._union(inside)
                names, _, body = body.partition(";")
                size, alignment = parts.size, parts.alignment
            elif member := MEMBER.match(body):
                names, body = member["names"], body[member.end() :]
                inner = self.structs[member["struct"]] if member["struct"] else None
                size, alignment = (inner.size, inner.alignment) if inner else (int(member["bits"]) // 8,) * 2
            else:
                raise ValueError(f"unknown kind of member: {body.strip().splitlines()[0]}")
            for name, dimensions in NAME.findall(names):
                count = 1
                for dimension in re.findall(r"\[([^\]]+)\]", dimensions):
                    count *= self.value(dimension)
                yield name, size * count, alignment

    def _union(self, body: str) -> Layout:
        members = list(self._members(body))
        return Layout(size=max(size for _, size, _ in members), alignment=max(alignment for _, _, alignment in members))
