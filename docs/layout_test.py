"""Checks the headers with structures that several programs read. After each structure, assertions must check its size
and the offsets of all members."""

from __future__ import annotations

import re
import unittest
from pathlib import Path

from docs.c_header import without_comments

HEADERS = (
    "abi/hartscope.h",
    "payloads/linux/driver/hartscope_device.h",
    "trace/format/console.h",
    "trace/format/dump.h",
    "trace/format/slot.h",
)

STRUCT = re.compile(r"^struct (?P<name>\w+) {\n(?P<body>.*?)^};\n(?P<pins>(?:LAYOUT_[^\n]*\n)*)", re.MULTILINE | re.DOTALL)
INNER = re.compile(r"\b(?:struct|union) {[^{}]*}")
MEMBER = re.compile(r"(\w+)(?:\[[^]]*\])*\s*(?:,|$)")
OFFSET = re.compile(r"LAYOUT_OFFSET\(struct (\w+), (\w+), \d+\);")


def members(body: str) -> list[str]:
    """Returns the names of the members of a struct, from the text between its braces."""
    statements = INNER.sub("inner", without_comments(body)).split(";")
    return [name for statement in statements for name in MEMBER.findall(" ".join(statement.split()))]


class Layout(unittest.TestCase):
    """Checks the headers that separately built programs share."""

    def test_the_offset_of_each_member_and_the_size_of_each_structure_are_asserted(self) -> None:
        for header in HEADERS:
            structs = list(STRUCT.finditer(without_comments(Path(header).read_text(encoding="utf-8"))))
            self.assertTrue(structs, header)
            for match in structs:
                name = match["name"]
                with self.subTest(header=header, struct=name):
                    self.assertEqual(OFFSET.findall(match["pins"]), [(name, member) for member in members(match["body"])])
                    self.assertRegex(match["pins"], rf"LAYOUT_SIZE\(struct {name}, \d+\);")

    def test_members_of_structures_are_recognised(self) -> None:
        body = "uint64_t a, b[2][N]; /* c; */\n\tstruct {\n\t\tint no;\n\t} d[3];\n\tstruct x *e;\n"
        self.assertEqual(members(body), ["a", "b", "d", "e"])


if __name__ == "__main__":
    unittest.main()
