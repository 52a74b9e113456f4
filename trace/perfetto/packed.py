"""Unpacks traces and dumps that are packed by gzip or zstd."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

import zstandard

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
SKIPPABLE = bytes(range(0x50, 0x60)), b"\x2a\x4d\x18"  # first byte, and the next bytes; pzstd begins files with such a frame
PIECE = 1 << 20  # how many bytes gzip unpacks at a time
ZSTD_PIECE = 1 << 10  # how many bytes of the file zstd gets at a time: 4 bytes can stand for 128 KiB, so it returns at most 32 MiB


class DamagedPackingError(Exception):
    """The file is damaged or cut. The exception's text is a message for the user."""


def packing(data: bytes) -> str:
    """Returns the packing of a file that begins with these bytes, or an empty text."""
    if data.startswith(GZIP):
        return "gzip"
    skippable = data[:1] in SKIPPABLE[0] and data.startswith(SKIPPABLE[1], 1)
    return "zstd" if skippable or data.startswith(ZSTD) else ""


def _gzip_pieces(file: Path) -> Iterator[bytes]:
    with gzip.open(file) as opened:
        while piece := opened.read(PIECE):
            yield piece


def _zstd_pieces(file: Path) -> Iterator[bytes]:
    """A file may have several frames. The library does not limit what it returns for the bytes that it gets, so it gets few."""
    frame = zstandard.ZstdDecompressor().decompressobj()
    with file.open("rb") as opened:
        while piece := opened.read(ZSTD_PIECE):
            while piece:
                if frame.eof:
                    frame = zstandard.ZstdDecompressor().decompressobj()
                yield frame.decompress(piece)
                piece = frame.unused_data if frame.eof else b""
    if not frame.eof:
        raise EOFError


def pieces(file: Path) -> Iterator[bytes]:
    """Yields the contents of a file that gzip or zstd has packed. Raises DamagedPackingError, also after some pieces."""
    with file.open("rb") as opened:
        kind = packing(opened.read(len(ZSTD)))
    try:
        yield from (_gzip_pieces if kind == "gzip" else _zstd_pieces)(file)
    except (EOFError, zlib.error, gzip.BadGzipFile, zstandard.ZstdError) as error:
        raise DamagedPackingError(f"the file is packed by {kind}, and damaged or cut") from error


def for_perfetto(trace: Path, folder: Path) -> Path:
    """Returns a trace that Perfetto itself can read. Perfetto unpacks gzip, but not zstd: such a trace is unpacked to the folder. Raises
    DamagedPackingError."""
    with trace.open("rb") as opened:
        if packing(opened.read(len(ZSTD))) != "zstd":
            return trace
    made = folder / (trace.name.removesuffix(".zst") or trace.name)
    with made.open("wb") as out:
        for piece in pieces(trace):
            out.write(piece)
    return made
