"""Protects the settings of the user's terminal. Some programs change these settings. For example, QEMU changes them
when the guest uses the terminal."""

from __future__ import annotations

import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager


def is_terminal() -> bool:
    """Returns whether stdin is a terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


@contextmanager
def kept() -> Iterator[None]:
    """Restores the terminal's settings when the block ends, even if a program that the block started was killed."""
    if not is_terminal():
        yield
        return
    settings = termios.tcgetattr(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, settings)
