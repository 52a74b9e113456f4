"""Reads the names and addresses of the functions of a guest's Linux from the guest's memory.

The result is the same as the guest's /proc/kallsyms for root, except that it does not contain modules. Reading from outside does not
disturb the measurement, and works for a kernel that hangs or has panicked.

The kernel describes itself for crash dumps: `vmcoreinfo` (Documentation/admin-guide/kdump/vmcoreinfo.rst) is a page of text. Since
Linux 6.0 it contains the addresses of the kernel's table of symbols, and the offset between virtual and physical
addresses. If the kernel randomises its address space, these are the randomised addresses.

The table (kernel/kallsyms.c) has an address for each symbol, as an offset from a base, and an encoded name. An encoded name is a
count followed by that many token numbers. Each token stands for a text. These texts, joined together, give a letter for the
symbol's type, followed by the symbol's name.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from machines.qemu_memory import RAM_START

# The name of the file with the list in the output directory of a run.
LIST = "kallsyms"

# nm uses these letters for functions: t and T for local and global symbols in code, and w and W for weak symbols.
FUNCTIONS = "tTwW"

_PAGE = 4096
_PIECE = 1024 * _PAGE
_BEGIN = b"OSRELEASE="
_ITEM = re.compile(r"^(?:SYMBOL|NUMBER)\((\w+)\)=(?:0x)?([0-9a-f]+)$", re.MULTILINE)
_TOKENS = 256
_TOKEN_BYTES_MOST = 16 << 10
_SYMBOLS_MOST = 4 << 20
_NAME_BYTES_MOST = 64  # maximum of the average length of encoded names
_ADDRESSES = 1 << 64


class UnreadableError(Exception):
    """The kernel's table cannot be read. The text of the exception is the reason."""


class Symbol(NamedTuple):
    """A symbol of the kernel, with the address, the letter for the type, and the name."""

    address: int
    type: str
    name: str


class Ram:
    """The file that is the guest's RAM."""

    def __init__(self, file: int, size: int) -> None:
        self._file = file
        self._size = size

    def pages_that_begin(self, begin: bytes) -> Iterator[bytes]:
        """Yields each page that begins with the bytes @p begin. Skips holes in the file, because reading a hole would
        allocate memory for it."""
        data, hole = 0, 0
        while (data := self._seek(hole, os.SEEK_DATA)) < self._size:
            hole = self._seek(data, os.SEEK_HOLE)
            for offset in range(data - data % _PAGE, hole, _PIECE):
                piece = os.pread(self._file, min(_PIECE, hole - offset), offset)
                yield from (piece[at : at + _PAGE] for at in _places(piece, begin) if at % _PAGE == 0)

    def _seek(self, offset: int, what: int) -> int:
        try:
            return os.lseek(self._file, offset, what)
        except OSError:  # no data is left
            return self._size

    def read(self, physical: int, size: int) -> bytes:
        """Returns @p size bytes from a physical address on. Returns fewer bytes at the end of RAM. Raises
        UnreadableError for an address outside RAM."""
        offset = physical - RAM_START
        if not 0 <= offset < self._size:
            raise UnreadableError(f"{physical:#x} is not in RAM")
        return os.pread(self._file, size, offset)


def _places(text: bytes, word: bytes) -> Iterator[int]:
    """Yields each offset at which @p word occurs in @p text."""
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


class Table:
    """The kernel's table of symbols, at the addresses that a page of vmcoreinfo contains."""

    def __init__(self, ram: Ram, page: bytes) -> None:
        text = page.split(b"\0", 1)[0].decode("ascii", "replace")
        self._ram = ram
        self._items = {name: int(value, 16) for name, value in _ITEM.findall(text)}

    def _item(self, name: str) -> int:
        try:
            return self._items[name]
        except KeyError:
            raise UnreadableError(f"the kernel's vmcoreinfo has no {name}, which Linux has since 6.0") from None

    def _read(self, symbol: str, size: int) -> bytes:
        """Returns @p size bytes of memory. The first byte is the first byte of the kernel's variable @p symbol."""
        return self._ram.read((self._item(symbol) - self._item("va_kernel_pa_offset")) % _ADDRESSES, size)

    def _words(self, symbol: str, kind: str, count: int) -> tuple[int, ...]:
        """Returns the @p count numbers in the kernel's array @p symbol. @p kind is the type of each number in the
        notation of Python's module struct."""
        form = struct.Struct(f"<{count}{kind}")
        data = self._read(symbol, form.size)
        if len(data) < form.size:
            raise UnreadableError(f"{symbol} extends beyond the end of RAM")
        return form.unpack(data)

    def _tokens(self) -> list[str]:
        """Returns the text of each token."""
        data = self._read("kallsyms_token_table", _TOKEN_BYTES_MOST)
        places = self._words("kallsyms_token_index", "H", _TOKENS)
        return [data[at : data.find(b"\0", at)].decode("latin-1") for at in places]

    def _names(self, count: int) -> Iterator[str]:
        """Yields the type and name of each symbol, as one text."""
        tokens = self._tokens()
        data = self._read("kallsyms_names", _NAME_BYTES_MOST * count)
        at = 0
        try:
            for _ in range(count):
                length, at = data[at], at + 1
                if length & 0x80:
                    length, at = length & 0x7F | data[at] << 7, at + 1
                yield "".join(map(tokens.__getitem__, data[at : at + length]))
                at += length
        except IndexError:
            raise UnreadableError("the names extend beyond the end of RAM") from None

    def symbols(self) -> list[Symbol]:
        """Returns all symbols, in the kernel's order. Raises UnreadableError."""
        (count,) = self._words("kallsyms_num_syms", "I", 1)
        if not 0 < count <= _SYMBOLS_MOST:
            raise UnreadableError(f"its table cannot have {count} symbols")
        (base,) = self._words("kallsyms_relative_base", "Q", 1)
        offsets = self._words("kallsyms_offsets", "I", count)
        found = [
            Symbol((base + offset) % _ADDRESSES, name[:1], name[1:])
            for offset, name in zip(offsets, self._names(count), strict=True)
        ]
        self._check(found)
        return found

    def _check(self, found: list[Symbol]) -> None:
        """Checks that the table was read correctly: the start of the kernel's code in the table must be the same as in
        vmcoreinfo. Raises UnreadableError if it is not."""
        begin = self._item("_stext")
        if not any(symbol.name == "_stext" and symbol.address == begin for symbol in found):
            raise UnreadableError("its symbol _stext has another address than in vmcoreinfo: this Linux has another kind of table")


def read(memory: Path) -> list[Symbol]:
    """Returns the symbols of the Linux kernel in a file of guest memory. Returns an empty list if no Linux has started.
    Raises UnreadableError."""
    problem = None
    with memory.open("rb") as file:
        ram = Ram(file.fileno(), memory.stat().st_size)
        for page in ram.pages_that_begin(_BEGIN):
            try:
                return Table(ram, page).symbols()
            except UnreadableError as error:  # this page may come from a kernel that ran earlier, so try the next page
                problem = error
    if problem:
        raise problem
    return []


def write(memory: Path, path: Path) -> bool:
    """Writes the functions of the Linux in a guest's memory to @p path, in the format of /proc/kallsyms.

    Returns whether a Linux with functions was found. Raises UnreadableError.
    """
    functions = [symbol for symbol in read(memory) if symbol.type and symbol.type in FUNCTIONS]
    if functions:
        path.write_text("".join(f"{symbol.address:016x} {symbol.type} {symbol.name}\n" for symbol in functions))
    return bool(functions)
