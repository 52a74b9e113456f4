"""Makes unusual ELF files for tests. Functions may have any name, and there may be any number of sections and segments."""

import struct
from typing import NamedTuple

CODE, SYMBOLS, STRINGS, NOTES, INDEXES = 1, 2, 3, 7, 18  # types of sections
EXECUTABLE = 6  # flags of a section that is in memory and has instructions
LOAD, FUNCTION = 1, 0x12
RESERVED, EXTENDED, MANY_SEGMENTS = 0xFF00, 0xFFFF, 0xFFFF
ALIGNMENT = 8


class Function(NamedTuple):
    """A function in the symbol table."""

    name: bytes
    address: int
    size: int


class Image:
    """An ELF file under construction: a header, and sections with their contents."""

    def __init__(self) -> None:
        self.body = bytearray(64)
        self.sections: list[list[int]] = [[0] * 10]

    def place(self, data: bytes) -> int:
        """Adds data to the file. Returns its offset."""
        self.body += bytes(-len(self.body) % ALIGNMENT)
        self.body += data
        return len(self.body) - len(data)

    def section(self, kind: int, data: bytes, flags: int = 0, link: int = 0, entry: int = 0) -> int:
        """Adds a section. Returns its index."""
        self.sections.append([0, kind, flags, 0, self.place(data), len(data), link, 0, ALIGNMENT, entry])
        return len(self.sections) - 1

    def empty_sections(self, count: int) -> None:
        """Adds empty sections."""
        self.sections += [[0, CODE, 2, 0, 64, 0, 0, 0, 1, 0]] * count

    def finish(self, segments: list[tuple[int, int]]) -> bytes:
        """Returns the file. @p segments has types and addresses. A number that does not fit into the header is put into section 0."""
        headers = b"".join(struct.pack("<IIQQQQQQ", kind, 5, 0, address, address, 0, 16, 1) for kind, address in segments)
        programs = self.place(headers)
        names = self.section(STRINGS, b"\0")  # no section has a name
        sections = len(self.sections)
        counted = [len(segments), sections, names]
        if len(segments) >= MANY_SEGMENTS:
            self.sections[0][7], counted[0] = len(segments), MANY_SEGMENTS
        if sections >= RESERVED:
            self.sections[0][5], counted[1] = sections, 0
        if names >= RESERVED:
            self.sections[0][6], counted[2] = names, EXTENDED
        table = self.place(b"".join(struct.pack("<IIQQQQIIQQ", *section) for section in self.sections))
        self.body[:64] = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, 243, 1, 0, programs, table, 5, 64, 56,
                                     counted[0], 64, counted[1], counted[2])
        return bytes(self.body)


def note(owner: bytes, kind: int, contents: bytes) -> bytes:
    """Returns a note, as a section of notes contains it."""
    name = owner + b"\0"
    head = struct.pack("<III", len(name), len(contents), kind)
    return head + name + bytes(-len(name) % 4) + contents + bytes(-len(contents) % 4)


# The notes of hv's ELF file: a build id and an empty configuration.
HV_NOTES = note(b"GNU", 3, bytes(20)) + note(b"hartscope", 1, b"{}")


def elf(functions: list[Function], sections_before: int = 0, segments_before: int = 0, notes: bytes = b"") -> bytes:
    """Returns an ELF file with these functions in one section, and a segment that is loaded at the address of the first function.

    @p sections_before and @p segments_before are the numbers of empty sections and segments before this section and this segment.
    """
    image = Image()
    image.empty_sections(sections_before)
    if notes:
        image.section(NOTES, notes)
    code = image.section(CODE, b"", EXECUTABLE)
    names, symbols, indexes = bytearray(1), bytearray(24), bytearray(4)
    for function in functions:
        index = code if code < RESERVED else EXTENDED
        symbols += struct.pack("<IBBHQQ", len(names), FUNCTION, 0, index, function.address, function.size)
        indexes += struct.pack("<I", code)
        names += function.name + b"\0"
    strings = image.section(STRINGS, names)
    table = image.section(SYMBOLS, symbols, link=strings, entry=24)
    if code >= RESERVED:
        image.section(INDEXES, indexes, link=table, entry=4)
    return image.finish([(0, 0)] * segments_before + [(LOAD, functions[0].address)])
