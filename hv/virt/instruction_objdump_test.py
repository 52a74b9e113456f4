"""Compares hv's decoder with objdump. The decoder must recognise the same instructions as objdump, with the same
operands, and no other instructions."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import unittest
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from hv.virt import instruction_words

LISTING = Path(os.environ["LISTING"])
OBJDUMP = Path(os.environ["OBJDUMP"])
KINDS = re.findall(r"^\tINSTRUCTION_(\w+),", Path("hv/virt/instruction.h").read_text(encoding="utf-8"), re.MULTILINE)
CSR_LINE = re.compile(r"^CSR(?:_RANGE)?\((0x\w+), (\w+), (?:(\d+), )?\w+\)", re.MULTILINE)


class Decoded(NamedTuple):
    """The fields that are compared. Fields that an instruction does not have are 0."""

    kind: str
    length: int
    rd: int = 0
    rs1: int = 0
    rs2: int = 0
    width: int = 0
    is_signed: int = 0
    is_float: int = 0
    csr_immediate: int = 0
    operation: int = 0
    csr: int = 0
    offset: int = 0


LOADS = {"lb": (1, 1), "lh": (2, 1), "lw": (4, 1), "ld": (8, 1), "lbu": (1, 0), "lhu": (2, 0), "lwu": (4, 0)}
FLOATS = {"h": 2, "w": 4, "d": 8}
STORES = {"sb": 1, "sh": 2, "sw": 4, "sd": 8}
AMOS = {"add": 0, "swap": 1, "xor": 4, "or": 8, "and": 12, "min": 16, "max": 20, "minu": 24, "maxu": 28}
CSRS = {"csrrw": 1, "csrrs": 2, "csrrc": 3}
CBOS = {"cbo.inval": 0, "cbo.clean": 1, "cbo.flush": 2, "cbo.zero": 4}
UNIMP = ("csrrw", ["x0", "cycle", "x0"])  # objdump prints this instruction as "unimp" even without aliases
BARE = {"mret", "sret", "wfi", "wrs.nto", "sfence.w.inval", "sfence.inval.ir"}


def register(text: str) -> int:
    """The register number in a text such as "x5" or "f5"."""
    return int(text.strip("()")[1:])


def place(text: str) -> tuple[int, int]:
    """The offset and the base register in a text such as "-4(x11)"."""
    offset, base = text.rstrip(")").split("(")
    return int(offset or "0"), register(base)


def access(name: str, length: int, operands: list[str]) -> Decoded | None:
    """The expected result for a load or store; None for any other instruction."""
    name = re.sub(r"^c\.(\w+?)(sp)?$", r"\1", name)
    if name in LOADS:
        width, signed = LOADS[name]
        offset, base = place(operands[1])
        return Decoded("LOAD", length, register(operands[0]), base, 0, width, signed, offset=offset)
    if name in STORES:
        offset, base = place(operands[1])
        return Decoded("STORE", length, 0, base, register(operands[0]), STORES[name], offset=offset)
    if name[:1] == "f" and name[1:2] in ("l", "s") and name[2:] in FLOATS:
        offset, base = place(operands[1])
        width, data = FLOATS[name[2:]], register(operands[0])
        if name[1] == "l":
            return Decoded("LOAD", length, data, base, 0, width, is_float=1, offset=offset)
        return Decoded("STORE", length, 0, base, data, width, is_float=1, offset=offset)
    return None


def atomic(name: str, operands: list[str]) -> Decoded | None:
    """The expected result for an AMO, LR or SC; None for any other instruction."""
    match = re.fullmatch(r"(?:amo(\w+)|(lr|sc))\.([wd])", name)
    if not match:
        return None
    width = {"w": 4, "d": 8}[match[3]]
    if match[2] == "lr":
        return Decoded("LR_SC", 4, register(operands[0]), register(operands[1]), 0, width, 1, operation=2)
    rd, rs2, rs1 = map(register, operands)
    operation = AMOS[match[1]] if match[1] else 3
    return Decoded("LR_SC" if match[2] else "AMO", 4, rd, rs1, rs2, width, 1, operation=operation)


def expected(word: int, length: int, name: str, operands: list[str]) -> Decoded:
    """The expected result for a word that objdump disassembles as @p name with @p operands."""
    if name in BARE:
        return Decoded(name.upper().replace(".", "_"), length)
    if name in ("sfence.vma", "sinval.vma"):
        return Decoded(name.upper().replace(".", "_"), length, 0, register(operands[0]), register(operands[1]))
    if name in CBOS:
        return Decoded("CBO", length, 0, register(operands[0]), operation=CBOS[name])
    if name.rstrip("i") in CSRS:
        immediate = name.endswith("i")
        source = int(operands[2], 0) if immediate else register(operands[2])
        return Decoded("CSR", length, register(operands[0]), source, csr_immediate=immediate,
                       operation=CSRS[name.rstrip("i")], csr=word >> 20)
    return access(name, length, operands) or atomic(name, operands) or Decoded("UNKNOWN", length)


def decode(words: list[int]) -> list[Decoded]:
    """The results of hv's decoder for @p words."""
    data = struct.pack(f"<{len(words)}I", *words)
    lines = subprocess.run([LISTING], input=data, check=True, stdout=subprocess.PIPE).stdout.decode().splitlines()
    numbers = [[int(field) for field in line.split()] for line in lines]
    return [Decoded(KINDS[first], *rest) for first, *rest in numbers]


class AgainstObjdump(unittest.TestCase):
    """These tests let hv's decoder and objdump decode hundreds of thousands of words."""

    def compare(self, words: list[int], length: int) -> tuple[Counter[str], dict[str, set[int]]]:
        """Compares all words. Returns how many words have each kind, and which CSR numbers have each of objdump's names."""
        text = b"".join(word.to_bytes(length, "little") for word in words)
        listed = instruction_words.disassemble(OBJDUMP, text)
        seen: Counter[str] = Counter()
        names: dict[str, set[int]] = {}
        for position, (word, got) in enumerate(zip(words, decode(words))):
            name, operands = UNIMP if listed[position * length][0] == "unimp" else listed[position * length]
            want = expected(word, length, name, operands)
            self.assertEqual(got, want, f"{word:#x} {name} {operands}")
            seen[got.kind] += 1
            if got.kind == "CSR":
                names.setdefault(operands[1], set()).add(got.csr)
        return seen, names

    def test_hv_and_objdump_agree_on_all_16_bit_encodings(self) -> None:
        seen, _ = self.compare(list(instruction_words.short_words()), 2)
        self.assertEqual(set(seen), {"UNKNOWN", "LOAD", "STORE"})

    def test_hv_and_objdump_agree_on_all_32_bit_opcodes_and_functions(self) -> None:
        seen, names = self.compare(list(instruction_words.long_words()), 4)
        self.assertEqual(set(seen), set(KINDS), "each kind is met")
        for numbers in names.values():
            self.assertEqual(len(numbers), 1)
        self.assertEqual({number for numbers in names.values() for number in numbers}, set(range(4096)))
        self.csr_list_agrees({number: name for name, numbers in names.items() for number in numbers})

    def csr_list_agrees(self, names: dict[int, str]) -> None:
        """If objdump has a name for a CSR number in csr.def, csr.def must have the same name."""
        text = Path("abi/csr.def").read_text(encoding="utf-8")
        for first, name, count in CSR_LINE.findall(text):
            for i in range(int(count or 1)):
                number = int(first, 16) + i
                start = 3 if "hpm" in name else 0
                shown = f"{name}{start + i}" if count else name
                self.assertIn(names[number], (shown, hex(number)))


if __name__ == "__main__":
    unittest.main()
