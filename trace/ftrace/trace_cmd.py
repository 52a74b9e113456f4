"""Reads a trace.dat of trace-cmd, versions 6 and 7 (trace-cmd.dat.v6(5), trace-cmd.dat.v7(5)): the pages of ftrace's buffers, and the
files of tracefs that are needed to read them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import zstandard

from trace.ftrace.stream import Buffers, Bytes, FtraceError

MAGIC = b"\x17\x08\x44tracing"
VERSIONS = ("6", "7")
CLOCKS = ("local", "global", "boot", "mono", "mono_raw", "tai", "perf")  # those that count nanoseconds

# Options (version 6 has those below 16)
_DONE, _BUFFER, _CLOCK, _UNAME, _HEADERS, _FTRACE_FORMATS, _FORMATS = 0, 3, 4, 5, 16, 17, 18
_COMPRESSED = 1  # flag of a section
_V6_PARTS = (b"options  \0", b"flyrecord\0")

# A damaged file can contain any number. These limits are far beyond what trace-cmd writes.
_TEXT_MOST = 4096  # bytes of a text that ends with a zero
_CHUNK_MOST = 1 << 28  # bytes of an unpacked chunk
_PAGE_UNIT = 4096  # the size of a page is a multiple of this

Unpack = Callable[[Bytes, int], Bytes]  # gets compressed bytes, and the number of unpacked bytes, at most _CHUNK_MOST


def _decoded(data: Bytes) -> str:
    return str(data, "utf-8", "replace")


class _Cursor:
    """A place in the file. What it takes shares the file's memory."""

    def __init__(self, data: Bytes, at: int = 0) -> None:
        self.data, self.at = memoryview(data), at

    def take(self, size: int) -> memoryview:
        if size and size > len(self.data) - self.at:  # the place of a buffer without pages may be beyond the file's end
            raise FtraceError(f"it was cut: at byte {self.at} it should have {size} more bytes")
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def text(self) -> str:
        length = bytes(self.data[self.at : self.at + _TEXT_MOST]).find(b"\0")
        if length < 0:
            raise FtraceError(f"it was cut or damaged: the text at byte {self.at} has no end")
        return _decoded(self.take(length + 1)[:-1])


@dataclass
class Recording:
    """What trace-cmd has recorded. clock: the clock of the events' times. left_out: the names of further instances of ftrace, whose
    events are not read."""

    buffers: Buffers = field(default_factory=lambda: Buffers({}))
    clock: str = "local"
    left_out: list[str] = field(default_factory=list)


def _headers(cursor: _Cursor, files: dict[str, str]) -> None:
    for name in ("header_page", "header_event"):
        if cursor.text() != name:
            raise FtraceError(f"it is damaged: no {name} before byte {cursor.at}")
        files[f"events/{name}"] = _decoded(cursor.take(cursor.number(8)))


def _formats(cursor: _Cursor, system: str, files: dict[str, str]) -> None:
    for index in range(cursor.number(4)):
        files[f"events/{system}/{index}/format"] = _decoded(cursor.take(cursor.number(8)))


def _systems(cursor: _Cursor, files: dict[str, str]) -> None:
    for _ in range(cursor.number(4)):
        _formats(cursor, cursor.text(), files)


def _note_clock(recording: Recording, text: str) -> None:
    """@p text is the name of a clock, or the contents of the file trace_clock, in which the clock in use is in brackets."""
    chosen = re.search(r"\[(\S+)\]", text)
    recording.clock = chosen[1] if chosen else text.strip("\0\n ") or recording.clock


def _note_uname(recording: Recording, text: str) -> None:
    """@p text is `SYSNAME NODENAME RELEASE MACHINE`."""
    words = text.strip("\0").split()
    if len(words) > 2:
        recording.buffers.files["/proc/sys/kernel/osrelease"] = words[2]


def _pages(data: Bytes, size: int) -> list[Bytes]:
    if not size or size % _PAGE_UNIT:
        raise FtraceError(f"it is damaged: a page cannot have {size} bytes")
    if len(data) % size:
        raise FtraceError(f"it is damaged: {len(data)} bytes of a buffer are no whole pages of {size} bytes")
    whole = memoryview(data)
    return [whole[at : at + size] for at in range(0, len(data), size)]


def _read_6(cursor: _Cursor, page: int) -> Recording:
    recording = Recording()
    files = recording.buffers.files
    _headers(cursor, files)
    _formats(cursor, "ftrace", files)
    _systems(cursor, files)
    for size in (4, 4, 8):  # the addresses of functions, the formats of printk, the names of processes
        cursor.take(cursor.number(size))
    cpus, has_clock = cursor.number(4), False
    part = cursor.take(10)
    while part == _V6_PARTS[0]:
        while option := cursor.number(2):
            value = cursor.take(cursor.number(4))
            if option == _CLOCK:  # it has no value; the clock follows the places of the CPUs' pages
                has_clock = True
            elif option == _UNAME:
                _note_uname(recording, _decoded(value))
            elif option == _BUFFER:
                recording.left_out.append(_Cursor(value, 8).text())
        part = cursor.take(10)
    if part != _V6_PARTS[1]:
        raise FtraceError("it has only text of a latency tracer, no events")
    for cpu in range(cpus):
        offset, size = cursor.number(8), cursor.number(8)
        recording.buffers.pages[cpu] = _pages(_Cursor(cursor.data, offset).take(size), page)
    if has_clock:
        _note_clock(recording, _decoded(cursor.take(cursor.number(8))))
    return recording


def _unpack_zstd(data: Bytes, size: int) -> bytes:
    stated = zstandard.frame_content_size(data)  # -1 if the frame does not state it, as those of trace-cmd
    if stated not in (-1, size):
        raise FtraceError(f"it is damaged: a chunk of {size} bytes says that it has {stated}")
    return zstandard.ZstdDecompressor().decompress(data, max_output_size=size)


def _unpack_zlib(data: Bytes, size: int) -> bytes:
    return zlib.decompressobj().decompress(data, size + 1)  # the limit 0 would be none


def _unpacker(algorithm: str) -> Unpack:
    if algorithm == "zstd":
        return _unpack_zstd
    if algorithm == "zlib":
        return _unpack_zlib
    if algorithm == "none":
        return lambda data, _: data
    raise FtraceError(f"it is compressed by {algorithm}; this program reads zstd and zlib")


@dataclass
class _File7:
    """A file of version 7: sections, whose places are in options."""

    data: memoryview
    unpack: Unpack

    def _chunk(self, cursor: _Cursor) -> Bytes:
        packed, size = cursor.number(4), cursor.number(4)
        if size > _CHUNK_MOST:
            raise FtraceError(f"it is damaged before byte {cursor.at}: a chunk cannot have {size} bytes")
        try:
            data = self.unpack(cursor.take(packed), size)
        except (zlib.error, zstandard.ZstdError) as error:
            raise FtraceError(f"it is damaged before byte {cursor.at}: {error}") from None
        if len(data) != size:
            raise FtraceError(f"it is damaged before byte {cursor.at}: a chunk does not have the {size} bytes that it should have")
        return data

    def _header(self, offset: int) -> tuple[_Cursor, bool, int]:
        """Returns the beginning of a section, whether it is compressed, and its size."""
        cursor = _Cursor(self.data, offset)
        cursor.number(2)
        flags = cursor.number(2)
        cursor.number(4)
        return cursor, bool(flags & _COMPRESSED), cursor.number(8)

    def section(self, offset: int) -> _Cursor:
        """Returns the contents of a section."""
        cursor, compressed, size = self._header(offset)
        return _Cursor(self._chunk(cursor) if compressed else cursor.take(size))

    def options(self, offset: int) -> Iterator[tuple[int, memoryview]]:
        """Yields the numbers and values of the options, from all sections that have some."""
        seen = set()
        while offset:
            if offset in seen:
                raise FtraceError(f"it is damaged: the options at byte {offset} follow themselves")
            seen.add(offset)
            cursor = self.section(offset)
            while (option := cursor.number(2)) != _DONE:
                yield option, cursor.take(cursor.number(4))
            offset = _Cursor(cursor.take(cursor.number(4))).number(8)

    def buffer(self, value: _Cursor) -> tuple[str, str, dict[int, list[Bytes]]]:
        """Returns the name of an instance of ftrace, its clock, and the pages of each CPU."""
        _, compressed, _ = self._header(value.number(8))
        name, clock, page = value.text(), value.text(), value.number(4)
        pages = {}
        for _ in range(value.number(4)):
            cpu, cursor, size = value.number(4), _Cursor(self.data, value.number(8)), value.number(8)
            unpacked = compressed and size
            data = b"".join(self._chunk(cursor) for _ in range(cursor.number(4))) if unpacked else cursor.take(size)
            pages[cpu] = _pages(data, page)
        return name, clock, pages


def _read_7(cursor: _Cursor) -> Recording:
    recording = Recording()
    files = recording.buffers.files
    algorithm, _ = cursor.text(), cursor.text()
    file = _File7(cursor.data, _unpacker(algorithm))
    for option, value in file.options(cursor.number(8)):
        own = _Cursor(value)
        if option == _UNAME:
            _note_uname(recording, _decoded(value))
        elif option == _HEADERS:
            _headers(file.section(own.number(8)), files)
        elif option == _FTRACE_FORMATS:
            _formats(file.section(own.number(8)), "ftrace", files)
        elif option == _FORMATS:
            _systems(file.section(own.number(8)), files)
        elif option == _BUFFER:
            name, clock, pages = file.buffer(own)
            if name:
                recording.left_out.append(name)
            else:
                _note_clock(recording, clock)
                recording.buffers.pages.update(pages)
    return recording


def read(path: Path) -> Recording:
    """Returns the contents of a trace.dat. Raises FtraceError if the file cannot be used; the message does not name it."""
    cursor = _Cursor(path.read_bytes())
    if cursor.data[: len(MAGIC)] != MAGIC:
        raise FtraceError("this is no trace.dat of trace-cmd")
    cursor.at = len(MAGIC)
    version = cursor.text()
    if version not in VERSIONS:
        raise FtraceError(f"its format has version {version}; this program reads versions {' and '.join(VERSIONS)}")
    big, _, page = cursor.number(1), cursor.number(1), cursor.number(4)
    if big:
        raise FtraceError("it comes from a machine that is big-endian")
    recording = _read_6(cursor, page) if version == "6" else _read_7(cursor)
    if "events/header_page" not in recording.buffers.files or not any(recording.buffers.pages.values()):
        raise FtraceError("it has no events")
    if recording.clock not in CLOCKS:
        raise FtraceError(f"its times are those of the clock {recording.clock}, which does not count ns: record with `-C boot`")
    return recording
