"""Shows a trace in Perfetto's UI: bazel run //trace:view -- FILE

FILE is a Perfetto trace, or a dump (.hst), which is converted first. Serves the UI with the trace on 127.0.0.1 until Ctrl-C, and
prints the address to open in a browser.
"""

import argparse
import getpass
import os
import shlex
import socket
import sys
import tempfile
from pathlib import Path

from cli import entry
from cli.workspace import user_path
from trace.perfetto.trace_file import KALLSYMS, NoTraceError, trace_of
from trace.perfetto.ui_server import UiServer

LARGE = 500_000_000  # a trace with more bytes may not fit into the 4 GiB of memory of the browser's engine


def ssh_line(port: int) -> str:
    """Returns the command that a user types on another machine, so that a browser there can reach this machine."""
    address = os.environ.get("SSH_CONNECTION", "").split()
    host = address[2] if len(address) == 4 else socket.gethostname()
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # in a container, the user id may have no name
        user = "USER"
    return f"ssh -L {port}:127.0.0.1:{port} {shlex.quote(f'{user}@{host}')}"


def serve(server: UiServer, file: Path, name: str) -> None:
    """Serves the trace until the user presses Ctrl-C."""
    with server:
        if file.stat().st_size > LARGE:
            print("view: the trace may be too large for the browser: hstrace convert --from --to writes a part", flush=True)
        print(f"{name}: open {server.address} in a browser; press Ctrl-C to end", flush=True)
        print(f"browser on another machine: type `{ssh_line(server.server_port)}` there, and open the same address", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


def show(words: argparse.Namespace) -> None:
    """Shows the file that the user has given. Raises NoTraceError, and OSError or OverflowError if the port cannot be used."""
    file = user_path(words.file).absolute()
    with tempfile.TemporaryDirectory(prefix="hartscope-view-") as folder:
        trace = trace_of(file, Path(folder), words.symbols)
        serve(UiServer(trace, words.port), trace, file.name)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="bazel run //trace:view --",
        description="Shows a trace in Perfetto's UI, in a browser on this machine or, through `ssh -L`, on another one.",
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE", help="a dump (.hst), or a trace (.pftrace or .json); gzip or zstd may have packed it")
    parser.add_argument(
        "--symbols",
        metavar="FILE[@ADDRESS],...",
        help=f"names of functions for a dump, as in hstrace convert (default: the file {KALLSYMS} beside it, if it exists)",
    )
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: any free port)")
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
