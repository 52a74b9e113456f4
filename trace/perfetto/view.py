"""Shows a trace in Perfetto's UI: bazel run //trace:view -- FILE

Serves the UI with the trace on 127.0.0.1 until Ctrl-C, and prints the address to open in a browser.
"""

import argparse
import os
import sys
from pathlib import Path

from cli import entry
from trace.perfetto import framing
from trace.perfetto.ui_server import UiServer

DUMP = b"\x89HST"
GZIP = b"\x1f\x8b"
JSON = (b"{", b"[")
LOOK_AT = 64 << 20  # bytes
LARGE = 500_000_000  # bytes; the engine in the browser has 4 GiB of memory


def cut_at(data: bytes, size: int) -> int | None:
    """Offset in a file's first bytes where there is no packet, or one that ends after the file; None if all is well."""
    try:
        for _ in framing.packets(data, size):
            pass
    except framing.DamagedError as error:
        return error.offset
    return None


def refusal(file: Path) -> str:
    """Why the UI could not show a file; empty if it can. Looks at its first 64 MiB."""
    if not file.exists():
        return "there is no such file"
    if not file.is_file():
        return "this is not a file"
    with file.open("rb") as opened:
        data = opened.read(LOOK_AT)
    if not data:
        return "the file is empty"
    if data.startswith(DUMP):
        return f"this is a dump; convert it first: bazel run //trace:hstrace -- convert {file} -o TRACE.pftrace"
    if data.startswith(GZIP) or data.startswith(JSON):
        return ""
    wrong = cut_at(data, file.stat().st_size)
    if wrong == 0:
        return "this is no trace of Perfetto"
    return "" if wrong is None else f"the trace is damaged or cut at offset {wrong:#x}"


def serve(server: UiServer, file: Path) -> None:
    """Serves until interrupted."""
    with server:
        if file.stat().st_size > LARGE:
            print("view: this is large, and the browser may not have the memory: see hstrace convert --from --to", flush=True)
        print(f"{file.name}: open {server.address} in a browser; Ctrl-C ends this", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="view", description="Shows a trace in Perfetto's UI, on this machine only.")
    parser.add_argument("file", type=Path, metavar="FILE", help="trace.pftrace, or .json, or either packed by gzip")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; default: any that is free")
    words = parser.parse_args(arguments)
    file = Path(os.environ.get("BUILD_WORKING_DIRECTORY", ".")) / words.file
    try:
        why = refusal(file)
        if why:
            print(f"view: {words.file}: {why}", file=sys.stderr)
            return 1
        server = UiServer(file, words.port)
    except (OSError, OverflowError) as error:
        what = f"port {words.port}" if not isinstance(error, OSError) or not error.filename else str(words.file)
        print(f"view: {what}: {getattr(error, 'strerror', None) or error}", file=sys.stderr)
        return 1
    serve(server, file)
    return 0


if __name__ == "__main__":
    sys.exit(entry.run(main))
