"""How a run ends: the exit codes of docs and configuration, and the error that carries one."""

from __future__ import annotations

EXIT_SUCCESS = 0
EXIT_GUEST_FAILED = 1
EXIT_USAGE = 2
EXIT_MONITOR_FAILED = 3
EXIT_MODULE_FATAL = 4
EXIT_TIME_OUT = 124


class Failure(Exception):
    """An expected failure: its text is for the user, its code is the exit code."""

    def __init__(self, message: str, code: int = EXIT_USAGE) -> None:
        super().__init__(message)
        self.code = code
