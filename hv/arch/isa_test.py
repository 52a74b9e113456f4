"""Compares the codes of causes in isa.h with abi/causes.def. isa.h has short names, from which this test makes the names
of the list."""

from __future__ import annotations

import re
import unittest
from pathlib import Path

from trace.format import causes

ISA = Path(__file__).absolute().parent / "isa.h"

WORDS = {
    "FETCH": "instruction",
    "LOAD": "load",
    "STORE": "store_amo",
    "MISALIGNED": "address_misaligned",
    "ACCESS": "access_fault",
    "PAGE": "page_fault",
    "ILLEGAL": "illegal_instruction",
    "BREAKPOINT": "breakpoint",
    "ECALL": "environment_call_from",
    **{mode: f"{mode.lower()}_mode" for mode in ("U", "S", "VS", "M")},
}
MODES = {"S": "supervisor", "M": "machine"}
SOURCES = {"S": "software", "T": "timer", "E": "external"}


def codes_of_isa() -> dict[int, str]:
    """Returns the causes in isa.h: their codes as in causes.def, and the names that causes.def has to give them."""
    text = ISA.read_text(encoding="utf-8")
    found: dict[int, str] = {}
    for name, code in re.findall(r"^\tCAUSE_(\w+) = (\d+),$", text, re.MULTILINE):
        found[int(code)] = "_".join(WORDS[word] for word in name.split("_"))
    for mode, source, code in re.findall(r"^#define INTERRUPT_([SM])([STE])I (\d+)$", text, re.MULTILINE):
        found[causes.INTERRUPT | int(code)] = f"{MODES[mode]}_{SOURCES[source]}_interrupt"
    return found


class Codes(unittest.TestCase):
    def test_each_code_in_isa_h_has_the_same_cause_in_the_list(self) -> None:
        for code, name in codes_of_isa().items():
            with self.subTest(name=name):
                self.assertEqual(causes.NAMES.get(code), name)

    def test_each_cause_that_exits_can_have_is_in_isa_h(self) -> None:
        self.assertEqual(causes.SHOWN.keys() - codes_of_isa().keys(), set())


if __name__ == "__main__":
    unittest.main()
