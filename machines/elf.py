"""Reads those parts of a RISC-V ELF file that a runner needs. These are the load segments, the entry, the symbols, the
build id and the compiler.

The results depend only on the bytes of the file. This module knows nothing about hartscope.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from functools import cached_property

from cli.failure import Failure

MAGIC = b"\x7fELF"
_CLASS_64_LITTLE = b"\x02\x01"
_HEADER = struct.Struct("<16xHHIQQQIHHHHHH")
_PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")
_SECTION_HEADER = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_NOTE = struct.Struct("<III")
_DYNAMIC = struct.Struct("<QQ")
_MACHINE_RISCV = 243
_TYPE_EXECUTABLE = 2
_SEGMENT_LOAD = 1
_READ_WRITE_EXECUTE = 7
_SECTION_SYMBOLS = 2
_SECTION_DYNAMIC = 6
_SECTION_NOTE = 7
_SECTION_NO_BITS = 8
_COUNT_ELSEWHERE, _INDEX_ELSEWHERE, _SEGMENTS_ELSEWHERE = 0, 0xFFFF, 0xFFFF  # the number is in section 0
_NOTE_BUILD_ID = 3
_DYNAMIC_NEEDED = 1
_PRODUCER = re.compile(rb"GNU (?:C\d+|GIMPLE) (\d+[.\d]*)")


@dataclass(frozen=True)
class Segment:
    """A load segment. It has bytes that are loaded at a physical address. After these bytes follow zeros, up to the
    size of the segment in memory.

    offset: the position of the bytes in the file. is_headers: whether the segment contains only ELF headers, which no
    program uses.
    """

    address: int
    data: bytes
    size: int
    offset: int = 0
    is_headers: bool = False

    @property
    def end(self) -> int:
        return self.address + self.size


@dataclass(frozen=True)
class Section:
    """A section and the section's contents. A section like .bss has no contents."""

    name: str
    type: int
    address: int
    data: bytes
    link: int
    size: int
    allocated: bool
    executable: bool


def _name_at(table: bytes, offset: int) -> str:
    return table[offset : table.index(b"\0", offset)].decode(errors="backslashreplace")


def executable(entry: int, segments: list[Segment]) -> bytes:
    """Returns an ELF file for RISC-V with these load segments and no sections."""
    content = b"".join(segment.data for segment in segments)
    start = _HEADER.size + _PROGRAM_HEADER.size * len(segments)
    header = _HEADER.pack(_TYPE_EXECUTABLE, _MACHINE_RISCV, 1, entry, _HEADER.size, 0, 0, _HEADER.size, _PROGRAM_HEADER.size,
                          len(segments), _SECTION_HEADER.size, 0, 0)  # fmt: skip
    headers = [bytes([*MAGIC, *_CLASS_64_LITTLE, 1]).ljust(16, b"\0") + header[16:]]
    for segment in segments:
        place = (segment.address, segment.address, len(segment.data), segment.size, 1)
        headers.append(_PROGRAM_HEADER.pack(_SEGMENT_LOAD, _READ_WRITE_EXECUTE, start, *place))
        start += len(segment.data)
    return b"".join(headers) + content


class Elf:
    """A 64-bit little-endian RISC-V ELF file."""

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        self._data = data
        if data[:4] != MAGIC or data[4:6] != _CLASS_64_LITTLE or len(data) < 64:
            raise Failure(f"{name}: not a 64-bit little-endian ELF file")
        self.type: int
        self.entry: int
        (self.type, machine, _, self.entry, self._program_offset, self._section_offset, _, _,
         _, self._program_count, _, self._section_count, self._names_index) = _HEADER.unpack_from(data)
        if machine != _MACHINE_RISCV:
            raise Failure(f"{name}: an ELF file for machine {machine}, not for RISC-V ({_MACHINE_RISCV})")
        if self._section_offset:
            self._take_large_numbers()

    def _take_large_numbers(self) -> None:
        """Reads the numbers of sections and segments from section 0, if these numbers are too large for the header of
        the file."""
        first = self._unpack(_SECTION_HEADER, self._section_offset)
        if self._section_count == _COUNT_ELSEWHERE:
            self._section_count = first[5]
        if self._names_index == _INDEX_ELSEWHERE:
            self._names_index = first[6]
        if self._program_count == _SEGMENTS_ELSEWHERE:
            self._program_count = first[7]

    @property
    def is_executable(self) -> bool:
        """Returns whether the file is linked for fixed addresses. A position-independent file is not: it is linked at
        address 0."""
        return self.type == _TYPE_EXECUTABLE

    @cached_property
    def segments(self) -> list[Segment]:
        """Returns the load segments that occupy memory, by physical address. Raises Failure if the bytes of a segment
        are not in the file, or if the segment has more bytes than memory."""
        segments = []
        for index in range(self._program_count):
            offset = self._program_offset + index * _PROGRAM_HEADER.size
            kind, _, start, _, address, file_size, size, _ = self._unpack(_PROGRAM_HEADER, offset)
            if kind != _SEGMENT_LOAD:
                continue
            if file_size > size:
                sizes = f"{file_size} bytes in the file, but only {size} in memory"
                raise Failure(f"{self.name}: the load segment at {address:#x} has {sizes}")
            self._require(start + file_size)
            if size > 0:
                segments.append(Segment(address, self._data[start : start + file_size], size, start))
        return sorted(segments, key=lambda segment: segment.address)

    def _headers_bytes(self, segment: Segment) -> int:
        """Returns the number of bytes at the start of a segment that are headers, notes or padding. No program uses
        these bytes.

        If a programmer sets the address of .text, the linker makes a segment before .text. That segment contains the
        ELF header, the program headers, the padding after them, and sometimes notes such as the build id.
        """
        if segment.offset != 0:
            return 0
        rest = bytearray(segment.data)
        used: list[tuple[int, int]] = []
        known = [(0, self._program_offset + self._program_count * _PROGRAM_HEADER.size)]
        for section in self.sections:
            begin, end = section.address - segment.address, section.address - segment.address + section.size
            if section.allocated and section.size and end > 0:
                (known if section.type == _SECTION_NOTE else used).append((begin, end))
        for begin, end in known:
            rest[max(begin, 0) : end] = bytes(len(rest[max(begin, 0) : end]))
        padding = len(rest) - len(rest.lstrip(b"\0"))
        return max(0, min([padding, *(begin for begin, _ in used)]))

    @property
    def parts(self) -> list[Segment]:
        """Returns the load segments. If a segment starts with headers, the headers and the rest of the segment are
        returned as two segments."""
        found = []
        for segment in self.segments:
            size = self._headers_bytes(segment)
            if size:
                found.append(Segment(segment.address, segment.data[:size], size, 0, is_headers=True))
            if segment.size > size:
                found.append(Segment(segment.address + size, segment.data[size:], segment.size - size, segment.offset + size))
        return found

    @cached_property
    def sections(self) -> list[Section]:
        """Returns all sections."""
        headers = [
            self._unpack(_SECTION_HEADER, self._section_offset + index * _SECTION_HEADER.size)
            for index in range(self._section_count)
        ]
        if not headers:
            return []
        names_start, names_size = headers[self._names_index][4:6]
        names = self._data[names_start : names_start + names_size]
        return [self._section(header, names) for header in headers]

    def _section(self, header: tuple[int, ...], names: bytes) -> Section:
        name, kind, flags, address, start, size, link = header[:7]
        data = b"" if kind == _SECTION_NO_BITS else self._data[start : start + size]
        return Section(_name_at(names, name), kind, address, data, link, size, bool(flags & 2), bool(flags & 4))

    @cached_property
    def symbols(self) -> dict[str, int]:
        """Returns the symbols' addresses by name."""
        found: dict[str, int] = {}
        for section in self.sections:
            if section.type == _SECTION_SYMBOLS:
                names = self.sections[section.link].data
                for name, _, _, _, value, _ in _SYMBOL.iter_unpack(section.data):
                    found[_name_at(names, name)] = value
        return found

    @cached_property
    def needed(self) -> list[str]:
        """Returns the names of the shared libraries that the program or library needs (DT_NEEDED)."""
        found = []
        for section in self.sections:
            if section.type == _SECTION_DYNAMIC:
                names = self.sections[section.link].data
                entries = _DYNAMIC.iter_unpack(section.data)
                found += [_name_at(names, value) for tag, value in entries if tag == _DYNAMIC_NEEDED]
        return found

    @cached_property
    def build_id(self) -> str | None:
        """Returns the GNU build id in hexadecimal."""
        for section in self.sections:
            if section.type == _SECTION_NOTE and len(section.data) >= _NOTE.size:
                name_size, size, kind = _NOTE.unpack_from(section.data)
                start = _NOTE.size + (name_size + 3) // 4 * 4
                if kind == _NOTE_BUILD_ID and section.data[_NOTE.size :].startswith(b"GNU\0"):
                    return section.data[start : start + size].hex()
        return None

    @property
    def compiler(self) -> str | None:
        """Returns the compiler's name and version from the debugging information. Returns None if the file has no
        debugging information."""
        for section in self.sections:
            if section.name == ".debug_str" and (match := _PRODUCER.search(section.data)):
                return f"gcc {match[1].decode()}"
        return None

    @property
    def code_range(self) -> tuple[int, int]:
        """Returns the start and the end of the address range that contains all sections with instructions."""
        code = [section for section in self.sections if section.executable]
        if not code:
            raise Failure(f"{self.name}: no section with instructions")
        return min(section.address for section in code), max(section.address + section.size for section in code)

    @property
    def image_bytes(self) -> int:
        """Returns the size of text and data in bytes, without .bss. The program `size` counts text and data in the same
        way."""
        return sum(section.size for section in self.sections if section.allocated and section.type != _SECTION_NO_BITS)

    def _unpack(self, layout: struct.Struct, offset: int) -> tuple[int, ...]:
        self._require(offset + layout.size)
        return layout.unpack_from(self._data, offset)

    def _require(self, size: int) -> None:
        """Raises Failure if the file has fewer than @p size bytes."""
        if size > len(self._data):
            raise Failure(f"{self.name}: the ELF file is cut short ({len(self._data)} bytes)")
