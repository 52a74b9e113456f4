"""Shows a trace in Perfetto's UI: bazel run //trace:view -- FILE

FILE is a trace of Perfetto, or a dump (.hst), which is converted first. Serves the UI with the trace on 127.0.0.1 until Ctrl-C,
and prints the address to open in a browser.
"""

import argparse
import getpass
import gzip
import os
import re
import shlex
import socket
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

from cli import entry
from cli.workspace import user_path
from trace.perfetto import framing
from trace.perfetto.ui_server import UiServer

HSTRACE = Path(__file__).absolute().parents[1] / "hstrace/hstrace"
DUMP = b"\x89HST"
GZIP = b"\x1f\x8b"
LOOK_AT = 64 << 20  # bytes
LARGE = 500_000_000  # bytes; the engine in the browser has 4 GiB of memory
KALLSYMS = "kallsyms"  # the kernel's functions, which boot_qemu leaves beside the dump

# Events of a trace as JSON (Chrome's format): an object that has a list of them, or the list.
JSON = re.compile(rb'\s*(\{.*"traceEvents"\s*:\s*\[|\[\s*\{[^{}]*"ph"\s*:)', re.DOTALL)

# Files that people take for a trace: what they begin with, or have in them, and what to do instead.
OTHERS = (
    (re.compile(rb'\{"machine":'), "this is JSON of hstrace convert, for programs: give the dump (.hst) itself"),
    (re.compile(rb"hart,sequence,cycles,"), "this is CSV of hstrace convert, for programs: give the dump (.hst) itself"),
    (re.compile(rb'\s*\{.*"benchmark":.*"phases":', re.DOTALL), "this is the result of a run: give its trace.hst or trace.pftrace"),
    (re.compile(rb".*?<hst:", re.DOTALL), "this is a log with a dump in it: bazel run //trace:hstrace -- extract FILE -o trace.hst"),
    (re.compile(rb"\x7fELF"), "this is a program (ELF), not a trace"),
)
NO_TRACE = "this is neither a trace of Perfetto nor a dump of hartscope (.hst)"
BEGIN = 1024  # bytes by which text is told from a trace, whose first byte may be a line break
NOT_IN_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


class NoTraceError(Exception):
    """A file cannot be shown; the text says why, for people."""


def cut_at(data: bytes, size: int) -> int | None:
    """Offset in a file's first bytes where there is no packet, or one that ends after the file; None if all is well."""
    try:
        for _ in framing.packets(data, size):
            pass
    except framing.DamagedError as error:
        return error.offset
    return None


def refusal(data: bytes, size: int) -> str:
    """Why the UI could not show a trace of @p size bytes that begins with @p data; empty if it can."""
    wrong = None if JSON.match(data) else cut_at(data, size)
    if wrong is None:
        return ""
    if wrong and NOT_IN_TEXT.search(data[:BEGIN]):
        return f"the trace is damaged or cut at offset {wrong:#x}"
    return next((text for pattern, text in OTHERS if pattern.match(data)), NO_TRACE)


def unpacked(file: Path) -> tuple[bytes, int]:
    """The first bytes of what a gzip file holds, and how many it holds at most. Raises NoTraceError."""
    try:
        with gzip.open(file) as opened:
            data = opened.read(LOOK_AT)
            return data, sys.maxsize if opened.read(1) else len(data)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise NoTraceError("the file is packed by gzip, and damaged or cut") from error


def look(file: Path) -> bool:
    """Whether a file is a dump; else it is a trace that the UI can show. Looks at its first 64 MiB. Raises NoTraceError."""
    if not file.exists():
        raise NoTraceError("there is no such file")
    if not file.is_file():
        raise NoTraceError("this is not a file")
    with file.open("rb") as opened:
        data, size = opened.read(LOOK_AT), file.stat().st_size
    if not data:
        raise NoTraceError("the file is empty")
    if data.startswith(DUMP):
        return True
    if data.startswith(GZIP):
        data, size = unpacked(file)
    if data.startswith(DUMP):
        raise NoTraceError("this is a dump that is packed by gzip: unpack it first (gunzip)")
    why = refusal(data, size)
    if why:
        raise NoTraceError(why)
    return False


def convert(dump: Path, folder: Path, symbols: str | None) -> Path:
    """Converts a dump into a folder; returns the trace. Raises NoTraceError with what hstrace says."""
    beside = dump.with_name(KALLSYMS)
    if symbols is None and beside.is_file():
        symbols = str(beside)
    made = folder / f"{dump.stem}.pftrace"
    command = [str(HSTRACE), "convert", str(dump), "-o", str(made), *([f"--symbols={symbols}"] if symbols else [])]
    on_terminal = sys.stderr.isatty()  # there it shows how far it is
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=None if on_terminal else subprocess.PIPE, text=True)
    if done.returncode != 0:
        said = (done.stderr or "").strip().rpartition("\n")[2] or "hstrace says above why"
        raise NoTraceError(f"the dump cannot be converted: {said}")
    return made


def ssh_line(port: int) -> str:
    """What to type on another machine, so that its browser reaches this one."""
    address = os.environ.get("SSH_CONNECTION", "").split()
    host = address[2] if len(address) == 4 else socket.gethostname()
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container may have no name for it
        user = "USER"
    return f"ssh -L {port}:127.0.0.1:{port} {shlex.quote(f'{user}@{host}')}"


def serve(server: UiServer, file: Path, name: str) -> None:
    """Serves until interrupted."""
    with server:
        if file.stat().st_size > LARGE:
            print("view: this is large, and the browser may not have the memory: see hstrace convert --from --to", flush=True)
        print(f"{name}: open {server.address} in a browser; Ctrl-C ends this", flush=True)
        print(f"browser on another machine: type there `{ssh_line(server.server_port)}`, and open the same address", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


def show(words: argparse.Namespace) -> None:
    """Shows the file that the user means. Raises NoTraceError, and OSError or OverflowError for a port that cannot be used."""
    file = user_path(words.file).absolute()
    is_dump = look(file)
    if words.symbols and not is_dump:
        raise NoTraceError("--symbols is for a dump (.hst): a trace has its names already")
    with tempfile.TemporaryDirectory(prefix="hartscope-view-") as folder:
        trace = convert(file, Path(folder), words.symbols) if is_dump else file
        serve(UiServer(trace, words.port), trace, file.name)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="bazel run //trace:view --",
        description="Shows a trace in Perfetto's UI, on this machine only; through `ssh -L`, in the browser of another one.",
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE", help="a dump (.hst), or a trace: .pftrace, .json, or either packed by gzip")
    parser.add_argument(
        "--symbols",
        metavar="FILE[@ADDRESS],...",
        help=f"name functions of a dump, as hstrace convert does (default: the file {KALLSYMS} beside it, if there is one)",
    )
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; default: any that is free")
    words = parser.parse_args(arguments)
    try:
        show(words)
    except NoTraceError as error:
        print(f"view: {words.file}: {error}", file=sys.stderr)
        return 1
    except (OSError, OverflowError) as error:
        what = f"port {words.port}" if not isinstance(error, OSError) or not error.filename else str(words.file)
        print(f"view: {what}: {getattr(error, 'strerror', None) or error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(entry.run(main))
