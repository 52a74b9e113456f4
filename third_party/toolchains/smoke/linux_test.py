"""Tests that the Linux toolchain builds static executables for 64-bit RISC-V, and that tests run with the system's Python."""

import struct
import sys
from pathlib import Path

ELF64, EM_RISCV, PT_INTERP = 2, 243, 3


def program_types(image: bytes) -> list[int]:
    """Returns the types of the program headers of a little-endian ELF64 file."""
    (start,) = struct.unpack_from("<Q", image, 32)
    size, count = struct.unpack_from("<HH", image, 54)
    return [struct.unpack_from("<I", image, start + i * size)[0] for i in range(count)]


def main() -> None:
    image = Path(sys.argv[1]).read_bytes()
    assert image[:5] == b"\x7fELF" + bytes([ELF64])
    assert struct.unpack_from("<H", image, 18)[0] == EM_RISCV
    assert PT_INTERP not in program_types(image), "the program needs a dynamic linker"
    assert sys.executable.startswith("/usr/bin/python3"), sys.executable


main()
