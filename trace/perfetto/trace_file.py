"""Recognises traces and dumps among the files that a user gives, and makes traces of them that Perfetto can read."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from trace.perfetto import framing, packed

HSTRACE = Path(__file__).absolute().parents[1] / "hstrace/hstrace"
DUMP = b"\x89HST"
LOOK_AT = 64 << 20  # how many bytes of a trace are checked
KALLSYMS = "kallsyms"  # a list of the kernel's functions, which boot_qemu writes beside the dump

# The beginning of a trace as JSON (Chrome's format). It is an object with a list of events, or the list itself.
JSON = re.compile(rb'\s*(\{.*"traceEvents"\s*:\s*\[|\[\s*\{[^{}]*"ph"\s*:)', re.DOTALL)

# Kinds of files that users may mistake for a trace. Each has a pattern for the beginning of the file, and a message.
OTHERS = (
    (re.compile(rb'\{"machine":'), "this is JSON from hstrace convert, for programs: give the dump (.hst) itself"),
    (re.compile(rb"hart,sequence,cycles,"), "this is CSV from hstrace convert, for programs: give the dump (.hst) itself"),
    (re.compile(rb'\s*\{.*"benchmark":.*"phases":', re.DOTALL), "this is the result of a run: give its trace.hst or trace.pftrace"),
    (re.compile(rb".*?<hst:", re.DOTALL), "this is a log with a dump in it: bazel run //trace:hstrace -- extract FILE -o trace.hst"),
    (re.compile(rb"\x7fELF"), "this is a program (ELF), not a trace"),
)
NO_TRACE = "this is neither a Perfetto trace nor a dump of hartscope (.hst)"
BEGIN = 1024  # how many bytes decide whether a file is a trace or a text; both may begin with a line break
NOT_IN_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


class NoTraceError(Exception):
    """The file cannot be shown. The exception's text is a message for the user."""


def cut_at(data: bytes, size: int) -> int | None:
    """Returns the offset of the first packet that is damaged or cut, or None. `data` has the first bytes of a file of `size` bytes."""
    try:
        for _ in framing.packets(data, size):
            pass
    except framing.DamagedError as error:
        return error.offset
    return None


def refusal(data: bytes, size: int) -> str:
    """Returns the reason why the UI cannot show a file of `size` bytes that begins with `data`. It is empty if the UI can show it."""
    wrong = None if JSON.match(data) else cut_at(data, size)
    if wrong is None:
        return ""
    if wrong and NOT_IN_TEXT.search(data[:BEGIN]):
        return f"the trace is damaged or cut at offset {wrong:#x}"
    return next((text for pattern, text in OTHERS if pattern.match(data)), NO_TRACE)


def unpacked(file: Path) -> tuple[bytes, int]:
    """Unpacks a file that gzip or zstd has packed. Returns the first bytes of the contents, and the number of bytes of the contents.
    This is a large number if there are more bytes than this function reads. Raises DamagedPackingError."""
    data = bytearray()
    for piece in packed.pieces(file):
        data += piece
        if len(data) > LOOK_AT:
            return bytes(data[:LOOK_AT]), sys.maxsize
    return bytes(data), len(data)


def look(file: Path) -> bool:
    """Returns true for a dump, and false for a trace. Checks the file's first 64 MiB. Both may be packed. Raises NoTraceError if it is
    neither, and DamagedPackingError."""
    if not file.exists():
        raise NoTraceError("there is no such file")
    if not file.is_file():
        raise NoTraceError("this is not a regular file")
    with file.open("rb") as opened:
        data, size = opened.read(LOOK_AT), file.stat().st_size
    if not data:
        raise NoTraceError("the file is empty")
    if packed.packing(data):
        data, size = unpacked(file)
        if not data:
            raise NoTraceError("the file is empty")
    if data.startswith(DUMP):
        return True
    why = refusal(data, size)
    if why:
        raise NoTraceError(why)
    return False


def convert(dump: Path, folder: Path, symbols: str | None) -> Path:
    """Converts a dump to a trace in a folder. Returns the trace. Raises NoTraceError with the message of hstrace."""
    beside = dump.with_name(KALLSYMS)
    if symbols is None and beside.is_file():
        symbols = str(beside)
    made = folder / f"{dump.name.removesuffix('.gz').removesuffix('.zst').removesuffix('.hst')}.pftrace"
    command = [str(HSTRACE), "convert", str(dump), "-o", str(made), *([f"--symbols={symbols}"] if symbols else [])]
    on_terminal = sys.stderr.isatty()  # on a terminal, hstrace itself shows messages and progress
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=None if on_terminal else subprocess.PIPE, text=True)
    if done.returncode != 0:
        said = (done.stderr or "").strip().rpartition("\n")[2] or "see the message of hstrace above"
        raise NoTraceError(f"the dump cannot be converted: {said}")
    return made


def trace_of(file: Path, folder: Path, symbols: str | None) -> Path:
    """Returns a trace that Perfetto can read: the file itself, or a new file in the folder if it is a dump, or packed by zstd.

    @param symbols names of functions for a dump, as in hstrace convert; None for the list beside the dump, if there is one
    Raises NoTraceError with a message for the user.
    """
    try:
        if look(file):
            return convert(file, folder, symbols)
        if symbols:
            raise NoTraceError("--symbols works only with a dump (.hst): a trace already has its names")
        return packed.for_perfetto(file, folder)
    except packed.DamagedPackingError as error:
        raise NoTraceError(str(error)) from error
