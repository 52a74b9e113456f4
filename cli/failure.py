"""Defines the exit codes in docs/benchmarks.md, and the exception that ends a program with one of these codes."""

from __future__ import annotations

EXIT_SUCCESS = 0
EXIT_GUEST_FAILED = 1
EXIT_CANNOT_WRITE = 1
EXIT_USAGE = 2
EXIT_MONITOR_FAILED = 3
EXIT_MODULE_FATAL = 4
EXIT_TIME_OUT = 124

# If a signal ended a program, a shell reports the sum of this number and the signal's number as the exit code.
EXIT_SIGNAL = 128

# The exit code if the reader has closed stdout. In this case SIGPIPE kills the C program hstrace, and a shell reports
# this code for hstrace. Python programs ignore SIGPIPE and get a BrokenPipeError, but they end with the same code.
EXIT_OUTPUT_CLOSED = EXIT_SIGNAL + 13


class Failure(Exception):
    """An expected failure. The program prints the text of the exception for the user, and ends with the exit code in
    the exception."""

    def __init__(self, message: str, code: int = EXIT_USAGE) -> None:
        super().__init__(message)
        self.code = code
