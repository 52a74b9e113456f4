"""How a run ends: the exit codes of docs/benchmarks.md, and the error that carries one."""

from __future__ import annotations

EXIT_SUCCESS = 0
EXIT_GUEST_FAILED = 1
EXIT_CANNOT_WRITE = 1
EXIT_USAGE = 2
EXIT_MONITOR_FAILED = 3
EXIT_MODULE_FATAL = 4
EXIT_TIME_OUT = 124

# A shell reports a program that a signal ended as this plus the signal's number.
EXIT_SIGNAL = 128

# As a shell reports it of hstrace, which SIGPIPE ends. Python ignores that signal and raises BrokenPipeError instead.
EXIT_OUTPUT_CLOSED = EXIT_SIGNAL + 13


class Failure(Exception):
    """An expected failure: its text is for the user, its code is the exit code."""

    def __init__(self, message: str, code: int = EXIT_USAGE) -> None:
        super().__init__(message)
        self.code = code
