"""Reads a trace.dat of trace-cmd, versions 6 and 7 (trace-cmd.dat.v6(5), trace-cmd.dat.v7(5)): the pages of ftrace's buffers, and the
files of tracefs that are needed to read them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import zstandard

from trace.ftrace.stream import Buffers, FtraceError

MAGIC = b"\x17\x08\x44tracing"
VERSIONS = ("6", "7")
CLOCKS = ("local", "global", "boot", "mono", "mono_raw", "tai", "perf")  # those that count nanoseconds

# Options (version 6 has those below 16)
_DONE, _BUFFER, _CLOCK, _UNAME, _HEADERS, _FTRACE_FORMATS, _FORMATS = 0, 3, 4, 5, 16, 17, 18
_COMPRESSED = 1  # flag of a section
_V6_PARTS = (b"options  \0", b"flyrecord\0")

Unpack = Callable[[bytes, int], bytes]  # gets compressed bytes and the number of unpacked ones


class _Cursor:
    """A place in the file."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at

    def take(self, size: int) -> bytes:
        if size > len(self.data) - self.at:
            raise FtraceError(f"it was cut: at byte {self.at} it should have {size} more bytes")
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def text(self) -> str:
        end = self.data.find(b"\0", self.at)
        if end < 0:
            raise FtraceError(f"it was cut: the text at byte {self.at} has no end")
        return self.take(end + 1 - self.at)[:-1].decode(errors="replace")


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
        files[f"events/{name}"] = cursor.take(cursor.number(8)).decode(errors="replace")


def _formats(cursor: _Cursor, system: str, files: dict[str, str]) -> None:
    for index in range(cursor.number(4)):
        files[f"events/{system}/{index}/format"] = cursor.take(cursor.number(8)).decode(errors="replace")


def _systems(cursor: _Cursor, files: dict[str, str]) -> None:
    for _ in range(cursor.number(4)):
        _formats(cursor, cursor.text(), files)


def _note_clock(recording: Recording, text: str) -> None:
    """@p text is the name of a clock, or the contents of the file trace_clock, in which the clock in use is in brackets."""
    chosen = re.search(r"\[(\S+)\]", text)
    recording.clock = chosen[1] if chosen else text.strip("\0\n ") or recording.clock


def _note_uname(recording: Recording, text: str) -> None:
    words = text.strip("\0").split(" ", 3)
    if len(words) == 4:
        recording.buffers.files["/proc/sys/kernel/osrelease"] = words[2]
        recording.buffers.files["/proc/sys/kernel/version"] = words[3].rpartition(" ")[0]


def _pages(data: bytes, size: int) -> list[bytes]:
    if len(data) % size:
        raise FtraceError(f"it is damaged: {len(data)} bytes of a buffer are no whole pages of {size} bytes")
    return [data[at : at + size] for at in range(0, len(data), size)]


def _read_6(cursor: _Cursor, page: int) -> Recording:
    recording = Recording()
    files = recording.buffers.files
    _headers(cursor, files)
    _formats(cursor, "ftrace", files)
    _systems(cursor, files)
    for size in (4, 4, 8):  # the addresses of functions, the formats of printk, the names of processes
        cursor.take(cursor.number(size))
    cpus = cursor.number(4)
    part = cursor.take(10)
    while part == _V6_PARTS[0]:
        while option := cursor.number(2):
            value = cursor.take(cursor.number(4))
            if option == _CLOCK:
                _note_clock(recording, value.decode(errors="replace"))
            elif option == _UNAME:
                _note_uname(recording, value.decode(errors="replace"))
            elif option == _BUFFER:
                recording.left_out.append(value[8:].split(b"\0")[0].decode(errors="replace"))
        part = cursor.take(10)
    if part != _V6_PARTS[1]:
        raise FtraceError("it has only text of a latency tracer, no events")
    for cpu in range(cpus):
        offset, size = cursor.number(8), cursor.number(8)
        recording.buffers.pages[cpu] = _pages(_Cursor(cursor.data, offset).take(size), page)
    return recording


def _unpacker(algorithm: str) -> Unpack:
    if algorithm == "zstd":
        return lambda data, size: zstandard.ZstdDecompressor().decompress(data, max_output_size=size)
    if algorithm == "zlib":
        return lambda data, _: zlib.decompress(data)
    if algorithm == "none":
        return lambda data, _: data
    raise FtraceError(f"it is compressed by {algorithm}; this program reads zstd and zlib")


@dataclass
class _File7:
    """A file of version 7: sections, whose places are in options."""

    data: bytes
    unpack: Unpack

    def _chunk(self, cursor: _Cursor) -> bytes:
        packed, size = cursor.number(4), cursor.number(4)
        try:
            return self.unpack(cursor.take(packed), size)
        except (zlib.error, zstandard.ZstdError) as error:
            raise FtraceError(f"it is damaged before byte {cursor.at}: {error}") from None

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

    def options(self, offset: int) -> Iterator[tuple[int, bytes]]:
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

    def buffer(self, value: _Cursor) -> tuple[str, str, dict[int, list[bytes]]]:
        """Returns the name of an instance of ftrace, its clock, and the pages of each CPU."""
        _, compressed, _ = self._header(value.number(8))
        name, clock, page = value.text(), value.text(), value.number(4)
        pages = {}
        for _ in range(value.number(4)):
            cpu, cursor, size = value.number(4), _Cursor(self.data, value.number(8)), value.number(8)
            chunks = [self._chunk(cursor) for _ in range(cursor.number(4))] if compressed and size else [cursor.take(size)]
            pages[cpu] = _pages(b"".join(chunks), page)
        return name, clock, pages


def _read_7(cursor: _Cursor) -> Recording:
    recording = Recording()
    files = recording.buffers.files
    algorithm, _ = cursor.text(), cursor.text()
    file = _File7(cursor.data, _unpacker(algorithm))
    for option, value in file.options(cursor.number(8)):
        own = _Cursor(value)
        if option == _UNAME:
            _note_uname(recording, value.decode(errors="replace"))
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
    if not cursor.data.startswith(MAGIC):
        raise FtraceError("this is no trace.dat of trace-cmd")
    cursor.at = len(MAGIC)
    version = cursor.text()
    if version not in VERSIONS:
        raise FtraceError(f"its format has version {version}; this program reads versions {' and '.join(VERSIONS)}")
    big, _, page = cursor.number(1), cursor.number(1), cursor.number(4)
    if big:
        raise FtraceError("it comes from a machine that is big-endian")
    recording = _read_6(cursor, page) if version == "6" else _read_7(cursor)
    if "events/header_page" not in recording.buffers.files or not recording.buffers.pages:
        raise FtraceError("it has no events")
    if recording.clock not in CLOCKS:
        raise FtraceError(f"its times are those of the clock {recording.clock}, which does not count ns: record with `-C boot`")
    return recording
