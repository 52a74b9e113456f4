"""Measures a payload: computes where its first instruction finds it in memory, and the SHA-256 of these bytes.

Module protect_payload of hv computes the same SHA-256 in the machine. An Image is measured up to the last byte of its file. An ELF
file is measured up to the end of its last load segment, because its program relies on the zeros there. Memory outside of the load
segments counts as zeros.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from cli.failure import Failure
from machines import firmware
from machines.firmware import Program

GZIP_MAGIC = b"\x1f\x8b"

# hv accepts only such a start in a configuration.
_GRANULE = 4096


@dataclass(frozen=True)
class Measurement:
    """The address and the size of a range of memory, and the SHA-256 of its bytes as hexadecimal digits."""

    start: int
    size: int
    sha256: str


def contents(program: Program, start: int, size: int) -> bytes:
    """Returns the bytes in a range of memory, into which nothing but @p program is loaded."""
    memory = bytearray(size)
    for segment in program.needed:
        first, last = max(segment.address, start), min(segment.address + len(segment.data), start + size)
        if first < last:
            memory[first - start : last - start] = segment.data[first - segment.address : last - segment.address]
    return bytes(memory)


def of_range(program: Program, start: int, size: int) -> Measurement:
    """Returns the measurement of a range of memory, into which nothing but @p program is loaded."""
    return Measurement(start, size, hashlib.sha256(contents(program, start, size)).hexdigest())


def of_program(program: Program) -> Measurement:
    """Returns the measurement of a whole program. Raises Failure if a configuration cannot describe it."""
    if program.address % _GRANULE:
        raise Failure(f"{program.name}: it begins at {program.address:#x}, but hv measures only from a multiple of {_GRANULE}")
    end = program.address + len(program.needed[0].data) if program.is_raw else program.end
    return of_range(program, program.address, end - program.address)


def of_file(path: Path, address: int) -> Measurement:
    """Returns the measurement of the program in a file, which is an Image or an ELF file. An Image is at @p address."""
    if not path.is_file():
        raise Failure(f"no file {path}")
    with path.open("rb") as file:
        if file.read(len(GZIP_MAGIC)) == GZIP_MAGIC:
            raise Failure(f"{path} is compressed, but the machine runs the Image: unpack it with gunzip first")
    return of_program(firmware.load(path, address))


def table(measured: Measurement) -> str:
    """Returns the table [protect_payload] of a configuration that accepts only this payload."""
    return f'[protect_payload]\nstart = {measured.start:#x}\nsize = {measured.size:#x}\nsha256 = "{measured.sha256}"\n'
