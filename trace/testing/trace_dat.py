"""Makes files in the format of trace-cmd's trace.dat (trace-cmd.dat.v6(5), trace-cmd.dat.v7(5)) for tests."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import zstandard

PAGE = 4096
_ZSTD = zstandard.ZstdCompressor(write_content_size=False)  # as trace-cmd does
PACK: dict[str, Callable[[bytes], bytes]] = {"none": lambda data: data, "zlib": zlib.compress, "zstd": _ZSTD.compress}
CHUNK_PAGES = 3  # pages that are compressed together


@dataclass
class TraceDat:
    """What the file contains. formats: the format files by system. pages: those of each CPU. instances: names of further instances of
    ftrace, which have the same pages."""

    header_page: str
    formats: Mapping[str, Sequence[str]]
    pages: Mapping[int, Sequence[bytes]]
    clock: str = "[local] global boot"
    uname: str = "Linux guest 6.12.1-riscv64 riscv64"
    instances: Sequence[str] = field(default_factory=list)

    def _headers(self) -> bytes:
        page, event = self.header_page.encode(), b"compressed entry header"
        return b"header_page\0" + struct.pack("<Q", len(page)) + page + b"header_event\0" + struct.pack("<Q", len(event)) + event

    def _files(self, system: str) -> bytes:
        files = [text.encode() for text in self.formats.get(system, [])]
        return struct.pack("<I", len(files)) + b"".join(struct.pack("<Q", len(each)) + each for each in files)

    def _systems(self) -> bytes:
        systems = [system for system in self.formats if system != "ftrace"]
        return struct.pack("<I", len(systems)) + b"".join(system.encode() + b"\0" + self._files(system) for system in systems)

    def version_6(self) -> bytes:
        """Returns a file of version 6. The option of the clock has no value: the clock is behind the places of the CPUs' pages."""
        start = b"\x17\x08\x44tracing6\0" + struct.pack("<BBI", 0, 8, PAGE)
        start += self._headers() + self._files("ftrace") + self._systems() + struct.pack("<IIQ", 0, 0, 0)
        start += struct.pack("<I", len(self.pages)) + b"options  \0"
        start += _option(4, b"") + _option(5, self.uname.encode() + b"\0")
        start += b"".join(_option(3, struct.pack("<Q", 0) + name.encode() + b"\0") for name in self.instances) + struct.pack("<H", 0)
        start += b"flyrecord\0"
        clock = struct.pack("<Q", len(self.clock)) + self.clock.encode()
        first = (len(start) + 16 * len(self.pages) + len(clock) + PAGE - 1) // PAGE * PAGE
        places, data = b"", b""
        for _, pages in sorted(self.pages.items()):
            own = b"".join(pages)
            places += struct.pack("<QQ", first + len(data), len(own))
            data += own
        return (start + places + clock).ljust(first, b"\0") + data

    def version_7(self, algorithm: str, pack: Callable[[bytes], bytes] | None = None) -> bytes:
        """Returns a file of version 7. @p algorithm is a key of PACK. @p pack compresses instead of the function in PACK."""
        file = _File7(algorithm, pack or PACK[algorithm])
        options = b""
        for number, contents in ((16, self._headers()), (17, self._files("ftrace")), (18, self._systems())):
            options += _option(number, struct.pack("<Q", file.section(number, contents)))
        more_options = file.section(0, _option(5, self.uname.encode() + b"\0") + _option(0, struct.pack("<Q", 0)))
        for name in ("", *self.instances):
            place, cpus = file.buffer(self.pages)
            value = struct.pack("<Q", place) + name.encode() + b"\0" + self.clock.encode() + b"\0"
            options += _option(3, value + struct.pack("<II", PAGE, len(self.pages)) + cpus)
        return file.end(file.section(0, options + _option(0, struct.pack("<Q", more_options))))


def _option(number: int, value: bytes) -> bytes:
    return struct.pack("<HI", number, len(value)) + value


class _File7:
    """A file of version 7 that grows at its end."""

    def __init__(self, algorithm: str, pack: Callable[[bytes], bytes]) -> None:
        self._pack, self._compressed = pack, algorithm != "none"
        self._data = bytearray(b"\x17\x08\x44tracing7\0" + struct.pack("<BBI", 0, 8, PAGE) + f"{algorithm}\0version\0".encode())
        self._first_options = len(self._data)
        self._data += bytes(8)

    def _chunk(self, data: bytes) -> bytes:
        small = self._pack(data)
        return struct.pack("<II", len(small), len(data)) + small

    def section(self, number: int, data: bytes) -> int:
        """Adds a section. Returns its place."""
        at = len(self._data)
        data = self._chunk(data) if self._compressed else data
        self._data += struct.pack("<HHIQ", number, self._compressed, 0, len(data)) + data
        return at

    def buffer(self, pages_of: Mapping[int, Sequence[bytes]]) -> tuple[int, bytes]:
        """Adds a section with pages. Returns its place, and the list of the CPUs' places."""
        at, cpus = len(self._data), b""
        self._data += bytes(16)  # the section's header
        for cpu, pages in sorted(pages_of.items()):
            self._data += bytes(0 if self._compressed else -len(self._data) % PAGE)  # trace-cmd maps pages that are not compressed
            place = len(self._data)
            if self._compressed and pages:
                chunks = [self._chunk(b"".join(pages[i : i + CHUNK_PAGES])) for i in range(0, len(pages), CHUNK_PAGES)]
                self._data += struct.pack("<I", len(chunks)) + b"".join(chunks)
            else:
                self._data += b"".join(pages)
            cpus += struct.pack("<IQQ", cpu, place, len(self._data) - place)
        self._data[at : at + 16] = struct.pack("<HHIQ", 3, self._compressed, 0, len(self._data) - at - 16)
        return at, cpus

    def end(self, options: int) -> bytes:
        """Returns the file. @p options is the place of its first options."""
        self._data[self._first_options : self._first_options + 8] = struct.pack("<Q", options)
        return bytes(self._data)
