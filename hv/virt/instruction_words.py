"""The instruction words that the decoder is compared on, and objdump's reading of them."""

from __future__ import annotations

import re
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

# What objdump is told that the machine has. Zicboz, Zicbom, Zawrs and Svinval beside RV64GC and half-precision floats.
ARCH = (
    "rv64i2p1_m2p0_a2p1_f2p2_d2p2_c2p0_zicsr2p0_zifencei2p0_zicbom1p0_zicboz1p0_zawrs1p0_zfh1p0_svinval1p0_h1p0"
)

OPCODE_MISC_MEM = 0x0F
OPCODE_SYSTEM = 0x73

# Register fields: x0, x1, one with a single bit in the middle, the last; and rs2 likewise.
SAMPLES = [(0, 0, 0), (1, 10, 31), (31, 1, 0), (16, 31, 10)]


def is_32_bits(opcode: int) -> bool:
    """Whether the low bits are those of an encoding of exactly 32 bits."""
    return opcode & 3 == 3 and opcode & 0x1C != 0x1C


def fields(opcode: int, funct3: int, funct7: int, rd: int, rs1: int, rs2: int) -> int:
    """An R-type word; the others are the same bits by other names."""
    return opcode | rd << 7 | funct3 << 12 | rs1 << 15 | rs2 << 20 | funct7 << 25


def long_words() -> Iterator[int]:
    """All opcodes with all funct3 and funct7, registers sampled; all immediates of SYSTEM and MISC-MEM."""
    for opcode in filter(is_32_bits, range(128)):
        for funct3 in range(8):
            for funct7 in range(128):
                for rd, rs1, rs2 in SAMPLES:
                    yield fields(opcode, funct3, funct7, rd, rs1, rs2)
            for register in range(32):
                yield fields(opcode, funct3, 0, register, 0, 0)
                yield fields(opcode, funct3, 0, 0, register, 0)
                yield fields(opcode, funct3, 0, 0, 0, register)
    for opcode in (OPCODE_SYSTEM, OPCODE_MISC_MEM):
        for funct3 in range(8):
            for immediate in range(4096):
                for rd, rs1, _ in SAMPLES:
                    yield opcode | rd << 7 | funct3 << 12 | rs1 << 15 | immediate << 20


def short_words() -> Iterator[int]:
    """All encodings of 16 bits."""
    return (word for word in range(1 << 16) if word & 3 != 3)


def attributes() -> bytes:
    """The contents of .riscv.attributes that name ARCH (psABI, "Attributes")."""
    arch = b"\x05" + ARCH.encode() + b"\0"
    subsection = b"\x01" + struct.pack("<I", 5 + len(arch)) + arch
    return b"A" + struct.pack("<I", 4 + len(b"riscv\0") + len(subsection)) + b"riscv\0" + subsection


def elf(text: bytes) -> bytes:
    """An object file for RV64 with the section .text and ARCH. It has no symbols: all of it is instructions."""
    names = b"\0.text\0.riscv.attributes\0.shstrtab\0"
    parts = [(b".text", 1, 6, text), (b".riscv.attributes", 0x70000003, 0, attributes()), (b".shstrtab", 3, 0, names)]
    offset = 64
    body, headers = b"", b"\0" * 64
    for name, kind, flags, content in parts:
        where = names.index(b"\0" + name + b"\0") + 1
        headers += struct.pack("<IIQQQQIIQQ", where, kind, flags, 0, offset, len(content), 0, 0, 4, 0)
        body += content
        offset += len(content)
    identification = b"\x7fELF\x02\x01\x01" + b"\0" * 9
    head = struct.pack("<HHIQQQIHHHHHH", 1, 243, 1, 0, 0, offset, 1, 64, 0, 0, 64, len(parts) + 1, len(parts))
    return identification + head + body + headers


LINE = re.compile(r"^ *([0-9a-f]+):\t([0-9a-f]+) *\t([^\t\n]+)(?:\t([^\n#<]*))?", re.MULTILINE)


def disassemble(objdump: Path, text: bytes) -> dict[int, tuple[str, list[str]]]:
    """By address: mnemonic without .aq and .rl, and operands, as objdump writes them without aliases."""
    with tempfile.NamedTemporaryFile(suffix=".o") as file:
        file.write(elf(text))
        file.flush()
        command = [str(objdump), "--disassemble-all", "-M", "no-aliases,numeric", "--section=.text", file.name]
        listing = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return {
        int(match[1], 16): (re.sub(r"\.(aq|rl|aqrl)$", "", match[3].strip()), (match[4] or "").strip().split(","))
        for match in LINE.finditer(listing)
    }
