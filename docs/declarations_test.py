"""Checks that each header of hv declares only functions that its own room defines. A room is a folder of hv, or a
module.

There is one exception. Some rooms call functions of hv/core, although hv/core is built on top of them. Such a room
declares these functions in its `upcalls.h`; for modules, `hv/module/api.h` declares them. No other header declares
functions of hv/core.
"""

from __future__ import annotations

import re
import unittest
from pathlib import Path

from docs.c_header import without_comments
from docs.rooms_test import room_of, sources

CORE = "hv/core/"

# Headers that must declare only functions of hv/core.
FOR_CORE = ("hv/device/upcalls.h", "hv/module/api.h", "hv/virt/upcalls.h")

DIRECTIVE = re.compile(r"^[ \t]*#(?:.*\\\n)*.*$", re.MULTILINE)
ATTRIBUTE = re.compile(r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)")
LABEL = re.compile(r"^\s*(?:\.globl|step)\s+(\w+)", re.MULTILINE)
PROTOTYPE = re.compile(r"^[\w\s*]+?\b(?P<name>\w+)\s*\((?!\*)[^;{}]*\)[\s\w]*$")
DEFINITION = re.compile(r"\b(?P<name>\w+)\s*\([^;{}()]*(?:\([^;{}()]*\)[^;{}()]*)*\)\s*\{\}")


def outer(text: str) -> str:
    """Returns C code without comments, preprocessor directives and attributes. The text between each pair of braces is
    removed as well."""
    text = ATTRIBUTE.sub("", DIRECTIVE.sub("", without_comments(text)))
    kept, depth = [], 0
    for character in text:
        depth -= character == "}"
        if depth == 0:
            kept.append(character)
        depth += character == "{"
    return "".join(kept)


def declared(header: str) -> set[str]:
    """Returns the functions that the text of a header declares but does not define."""
    statements = re.split(r"[;}]", outer(header).replace('extern "C"', ""))
    matches = (PROTOTYPE.match(" ".join(statement.split())) for statement in statements if "typedef" not in statement)
    return {match["name"] for match in matches if match}


def defined(path: Path) -> set[str]:
    """Returns the functions that a C or assembly file defines."""
    text = path.read_text(encoding="utf-8")
    return set(LABEL.findall(text)) if path.suffix == ".S" else set(DEFINITION.findall(outer(text)))


def by_room() -> dict[str, set[str]]:
    """Returns the functions that the files of each room define."""
    found: dict[str, set[str]] = {}
    for path in sources():
        found.setdefault(room_of(str(path)), set()).update(defined(path))
    return found


class Declarations(unittest.TestCase):
    """Checks the prototypes in the headers of hv and of the modules."""

    def headers(self) -> list[Path]:
        """Returns all headers in the order of their names, after checking that each header of FOR_CORE exists."""
        found = sorted(path for path in sources() if path.suffix == ".h")
        self.assertLessEqual(set(FOR_CORE), {str(path) for path in found})
        return found

    def test_each_header_declares_only_what_its_room_defines(self) -> None:
        definitions = by_room()
        for path in self.headers():
            room = CORE if str(path) in FOR_CORE else room_of(str(path))
            with self.subTest(header=str(path)):
                self.assertEqual(declared(path.read_text(encoding="utf-8")) - definitions[room], set())

    def test_prototypes_and_definitions_are_recognised(self) -> None:
        text = "struct a; /* int no(void); */\nextern int (*no)(void);\nint *one(int (*call)(void)) MUST;\nstatic inline int two(void)\n{ three(); }\n"
        self.assertEqual(declared(text), {"one"})
        self.assertEqual(set(DEFINITION.findall(outer(text))), {"two"})
        definitions = by_room()
        self.assertIn("exit_handle", definitions[CORE])
        self.assertIn("trap_slow", definitions["hv/arch/"])
        self.assertGreater(sum(len(declared(path.read_text(encoding="utf-8"))) for path in self.headers()), 200)


if __name__ == "__main__":
    unittest.main()
