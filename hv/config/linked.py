"""Reads the parts of hv's linked ELF file that depend on the address for which it is linked: contents, symbols and
relocations."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

_HEADER = struct.Struct("<16xHHIQQQIHHHHHH")
_PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")
_SECTION_HEADER = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_RELOCATION = struct.Struct("<QIIq")
_SEGMENT_LOAD = 1
_SECTION_SYMBOLS, _SECTION_RELOCATIONS = 2, 4
_SECTION_IN_MEMORY = 2
_INDEX_UNDEFINED, _INDEX_ABSOLUTE = 0, 0xFFF1


@dataclass(frozen=True)
class Symbol:
    """A symbol of the image. If is_number is true, the value of the symbol is a number from the linker script and not
    an address."""

    name: str
    value: int
    size: int
    is_number: bool


@dataclass(frozen=True)
class Relocation:
    """One relocation that the linker has applied. `kind` is its number in the RISC-V ELF specification."""

    address: int
    kind: int
    symbol: Symbol
    addend: int


@dataclass(frozen=True)
class _Section:
    kind: int
    flags: int
    data: bytes
    link: int
    info: int


class Linked:
    """A 64-bit little-endian ELF file that has been linked with --emit-relocs."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        header = _HEADER.unpack_from(data)
        (self._programs, self._sections_at), (self._program_count, self._section_count) = header[4:6], (header[9], header[11])

    @cached_property
    def contents(self) -> tuple[int, bytearray]:
        """Returns the address of the first loaded byte, and all bytes from there to the last loaded byte in the
        file."""
        segments = []
        for index in range(self._program_count):
            at = self._programs + index * _PROGRAM_HEADER.size
            kind, _, offset, address, _, size, _, _ = _PROGRAM_HEADER.unpack_from(self._data, at)
            if kind == _SEGMENT_LOAD and size:
                segments.append((address, self._data[offset : offset + size]))
        start = min(address for address, _ in segments)
        image = bytearray(max(address + len(data) for address, data in segments) - start)
        for address, data in segments:
            image[address - start : address - start + len(data)] = data
        return start, image

    @cached_property
    def _sections(self) -> list[_Section]:
        found = []
        for index in range(self._section_count):
            at = self._sections_at + index * _SECTION_HEADER.size
            _, kind, flags, _, offset, size, link, info, _, _ = _SECTION_HEADER.unpack_from(self._data, at)
            found.append(_Section(kind, flags, self._data[offset : offset + size], link, info))
        return found

    @cached_property
    def _symbols(self) -> list[Symbol]:
        table = next(section for section in self._sections if section.kind == _SECTION_SYMBOLS)
        names = self._sections[table.link].data
        return [
            Symbol(names[name : names.index(b"\0", name)].decode(), value, size, index in (_INDEX_UNDEFINED, _INDEX_ABSOLUTE))
            for name, _, _, index, value, size in _SYMBOL.iter_unpack(table.data)
        ]

    @cached_property
    def symbols(self) -> dict[str, Symbol]:
        """Returns all symbols by name. If several symbols have the same name, returns any one of them."""
        return {symbol.name: symbol for symbol in self._symbols}

    @property
    def relocations(self) -> Iterator[Relocation]:
        """Yields all relocations in sections that are loaded."""
        for section in self._sections:
            if section.kind == _SECTION_RELOCATIONS and self._sections[section.info].flags & _SECTION_IN_MEMORY:
                for address, kind, symbol, addend in _RELOCATION.iter_unpack(section.data):
                    yield Relocation(address, kind, self._symbols[symbol], addend)
