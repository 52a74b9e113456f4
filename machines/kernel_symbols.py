"""The functions of a guest's Linux, read from the guest's memory: what root sees in its /proc/kallsyms, modules aside.

The guest is not asked, so that nothing of what is measured changes, and a kernel that hangs or panics has names, too. The kernel
describes itself for crash dumps: `vmcoreinfo` (Documentation/admin-guide/kdump/vmcoreinfo.rst) is a page of text in which it says,
since Linux 6.0, where its own table of symbols is, and how its virtual addresses relate to physical ones. With address space
randomisation both tell of where the kernel really is.

The table (kernel/kallsyms.c): for each symbol its address, as an offset from a base, and its name. A name is a length and as many
numbers of tokens; the tokens' texts, put together, are a letter for the symbol's type and the name.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from machines.qemu_memory import RAM_START

# The name of the list in a run's directory.
LIST = "kallsyms"

# Letters of symbols that are functions (nm): in code, global and local; weak ones.
FUNCTIONS = "tTwW"

_PAGE = 4096
_PIECE = 1024 * _PAGE
_BEGIN = b"OSRELEASE="
_ITEM = re.compile(r"^(?:SYMBOL|NUMBER)\((\w+)\)=(?:0x)?([0-9a-f]+)$", re.MULTILINE)
_TOKENS = 256
_TOKEN_BYTES_MOST = 16 << 10
_SYMBOLS_MOST = 4 << 20
_NAME_BYTES_MOST = 64  # on average
_ADDRESSES = 1 << 64


class UnreadableError(Exception):
    """The kernel's table is not as it has to be; the text says how."""


class Symbol(NamedTuple):
    """A symbol: its address, the letter of its type, its name."""

    address: int
    type: str
    name: str


class Ram:
    """The guest's RAM, a file."""

    def __init__(self, file: int, size: int) -> None:
        self._file = file
        self._size = size

    def pages_that_begin(self, begin: bytes) -> Iterator[bytes]:
        """Yields each page that begins so. Where the file has holes, nothing is read: reading would fill them."""
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
        """Returns bytes from a physical address on: fewer than wanted at the end of RAM. Raises UnreadableError outside of it."""
        offset = physical - RAM_START
        if not 0 <= offset < self._size:
            raise UnreadableError(f"{physical:#x} is not in RAM")
        return os.pread(self._file, size, offset)


def _places(text: bytes, word: bytes) -> Iterator[int]:
    """Yields where a word is in a text."""
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


class Table:
    """The kernel's table of symbols, where a page of vmcoreinfo says that it is."""

    def __init__(self, ram: Ram, page: bytes) -> None:
        text = page.split(b"\0", 1)[0].decode("ascii", "replace")
        self._ram = ram
        self._items = {name: int(value, 16) for name, value in _ITEM.findall(text)}

    def _item(self, name: str) -> int:
        try:
            return self._items[name]
        except KeyError:
            raise UnreadableError(f"the kernel does not say {name}, as Linux 6.0 and later do") from None

    def _read(self, symbol: str, size: int) -> bytes:
        """Returns bytes from the kernel's variable on."""
        return self._ram.read((self._item(symbol) - self._item("va_kernel_pa_offset")) % _ADDRESSES, size)

    def _words(self, symbol: str, kind: str, count: int) -> tuple[int, ...]:
        """Returns the numbers of an array; @p kind as in struct."""
        form = struct.Struct(f"<{count}{kind}")
        data = self._read(symbol, form.size)
        if len(data) < form.size:
            raise UnreadableError(f"{symbol} does not end in RAM")
        return form.unpack(data)

    def _tokens(self) -> list[str]:
        """Returns the text of each token."""
        data = self._read("kallsyms_token_table", _TOKEN_BYTES_MOST)
        places = self._words("kallsyms_token_index", "H", _TOKENS)
        return [data[at : data.find(b"\0", at)].decode("latin-1") for at in places]

    def _names(self, count: int) -> Iterator[str]:
        """Yields each symbol's type and name, as one text."""
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
            raise UnreadableError("the names do not end in RAM") from None

    def symbols(self) -> list[Symbol]:
        """Returns all symbols, in the kernel's order. Raises UnreadableError."""
        (count,) = self._words("kallsyms_num_syms", "I", 1)
        if not 0 < count <= _SYMBOLS_MOST:
            raise UnreadableError(f"{count} symbols cannot be")
        (base,) = self._words("kallsyms_relative_base", "Q", 1)
        offsets = self._words("kallsyms_offsets", "I", count)
        found = [
            Symbol((base + offset) % _ADDRESSES, name[:1], name[1:])
            for offset, name in zip(offsets, self._names(count), strict=True)
        ]
        self._check(found)
        return found

    def _check(self, found: list[Symbol]) -> None:
        """Makes sure that the table is read as the kernel means it: the kernel says itself where its code begins."""
        begin = self._item("_stext")
        if not any(symbol.name == "_stext" and symbol.address == begin for symbol in found):
            raise UnreadableError("its symbol _stext is not where the kernel says: this Linux has another kind of table")


def read(memory: Path) -> list[Symbol]:
    """Returns the symbols of the Linux in a file of guest memory; none if no Linux has come so far. Raises UnreadableError."""
    problem = None
    with memory.open("rb") as file:
        ram = Ram(file.fileno(), memory.stat().st_size)
        for page in ram.pages_that_begin(_BEGIN):
            try:
                return Table(ram, page).symbols()
            except UnreadableError as error:  # what a guest that was replaced has left looks the same
                problem = error
    if problem:
        raise problem
    return []


def write(memory: Path, path: Path) -> bool:
    """Writes the functions of the Linux in a guest's memory as /proc/kallsyms has them; returns whether there are any.

    Raises UnreadableError.
    """
    functions = [symbol for symbol in read(memory) if symbol.type and symbol.type in FUNCTIONS]
    if functions:
        path.write_text("".join(f"{symbol.address:016x} {symbol.type} {symbol.name}\n" for symbol in functions))
    return bool(functions)
