"""Runs a program for users, and turns each expected failure into one line on stderr and an exit code.

The last line of each program calls `run` with the main function of the program. This file does not know what the
program does.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

from cli.failure import EXIT_CANNOT_WRITE, EXIT_OUTPUT_CLOSED, EXIT_SIGNAL, Failure

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


# The signals that end a program in the same way as Ctrl-C.
STOPPING = (signal.SIGTERM, signal.SIGHUP)


class Output(io.FileIO):
    """A file object for stdout. Its errors contain the name "stdout", because Python's own errors do not name the
    file."""

    def write(self, data: ReadableBuffer) -> int:
        try:
            return super().write(data)
        except OSError as error:
            error.filename = "stdout: cannot write"
            raise


class Stopped(KeyboardInterrupt):
    """The exception for a signal that asks the program to end. It is a KeyboardInterrupt, as for Ctrl-C, so that the
    program stops the processes that it has started."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def _stop(number: int, _: object) -> None:
    raise Stopped(number)


def _flush(stream: TextIO) -> None:
    """Writes the buffered data of a stream. If that fails, redirects the stream to /dev/null. Otherwise Python would
    flush the stream again at exit and print an error."""
    try:
        stream.flush()
    except OSError:
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _fail(message: str, code: int) -> int:
    """Prints an error message to stderr, if stderr can be written. Returns @p code."""
    try:
        print(f"error: {message}", file=sys.stderr, flush=True)
    except OSError:
        _flush(sys.stderr)
    return code


def _call(program: Callable[[list[str]], int]) -> int:
    """Calls the program and returns its exit code. If argparse ends the program with SystemExit, returns the exit code
    in that exception."""
    try:
        return program(sys.argv[1:])
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
            return 1
        return end.code or 0


def _prepare() -> None:
    """Prepares the process for the program.

    From now on, each signal of STOPPING ends the program, unless the process ignores the signal, as it does under
    nohup. If a write to stdout fails, the error message contains the word "stdout". If stdout was closed before the
    start, output goes to /dev/null.
    """
    for number in STOPPING:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _stop)
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")
        return
    buffer = io.BufferedWriter(Output(sys.stdout.fileno(), "w", closefd=False))
    encoding, errors = sys.stdout.encoding, sys.stdout.errors
    sys.stdout = io.TextIOWrapper(buffer, encoding=encoding, errors=errors, line_buffering=sys.stdout.isatty())


def run(program: Callable[[list[str]], int]) -> int:
    """Calls the program with the words of the command line. Returns the exit code for the process."""
    _prepare()
    try:
        code = _call(program)
        sys.stdout.flush()
        return code
    except Failure as failure:
        return _fail(str(failure), failure.code)
    except KeyboardInterrupt as interrupt:
        return EXIT_SIGNAL + (interrupt.number if isinstance(interrupt, Stopped) else signal.SIGINT)
    except BrokenPipeError:
        _flush(sys.stdout)
        return _fail("stdout: the reader has closed it; stopped", EXIT_OUTPUT_CLOSED)
    except OSError as error:
        _flush(sys.stdout)
        what = f"{error.filename}: {error.strerror}" if error.filename is not None else str(error.strerror or error)
        return _fail(what, EXIT_CANNOT_WRITE)
