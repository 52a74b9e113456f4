"""The instruction words with which the decoder is tested, and how objdump disassembles them."""

from __future__ import annotations

import re
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

# The extensions whose instructions objdump is told to disassemble: RV64GC, half-precision floats, Zicboz, Zicbom,
# Zawrs, Svinval and H.
ARCH = (
    "rv64i2p1_m2p0_a2p1_f2p2_d2p2_c2p0_zicsr2p0_zifencei2p0_zicbom1p0_zicboz1p0_zawrs1p0_zfh1p0_svinval1p0_h1p0"
)

OPCODE_MISC_MEM = 0x0F
OPCODE_SYSTEM = 0x73

# Samples of (rd, rs1, rs2). Together they set and clear each bit of each field.
SAMPLES = [(0, 0, 0), (1, 10, 31), (31, 1, 0), (16, 31, 10)]


def is_32_bits(opcode: int) -> bool:
    """Whether an instruction with these low seven bits has exactly 32 bits."""
    return opcode & 3 == 3 and opcode & 0x1C != 0x1C


def fields(opcode: int, funct3: int, funct7: int, rd: int, rs1: int, rs2: int) -> int:
    """Builds an R-type word. The other instruction formats use the same bits under other names."""
    return opcode | rd << 7 | funct3 << 12 | rs1 << 15 | rs2 << 20 | funct7 << 25


def long_words() -> Iterator[int]:
    """Words with each combination of opcode, funct3 and funct7 and with samples of registers, and also words with all
    immediates of SYSTEM and MISC-MEM."""
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
    """All 16-bit encodings."""
    return (word for word in range(1 << 16) if word & 3 != 3)


def attributes() -> bytes:
    """The contents of a section .riscv.attributes for ARCH (psABI, "Attributes")."""
    arch = b"\x05" + ARCH.encode() + b"\0"
    subsection = b"\x01" + struct.pack("<I", 5 + len(arch)) + arch
    return b"A" + struct.pack("<I", 4 + len(b"riscv\0") + len(subsection)) + b"riscv\0" + subsection


def elf(text: bytes) -> bytes:
    """Builds an object file for RV64 with @p text and ARCH. It has no symbols, so objdump reads all of it as instructions."""
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
    """Runs objdump without aliases. Returns the mnemonic, without .aq and .rl, and the operands at each address."""
    with tempfile.NamedTemporaryFile(suffix=".o") as file:
        file.write(elf(text))
        file.flush()
        command = [str(objdump), "--disassemble-all", "-M", "no-aliases,numeric", "--section=.text", file.name]
        listing = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return {
        int(match[1], 16): (re.sub(r"\.(aq|rl|aqrl)$", "", match[3].strip()), (match[4] or "").strip().split(","))
        for match in LINE.finditer(listing)
    }
