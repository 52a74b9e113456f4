"""The user's terminal while a program runs that changes its settings, as QEMU does when its console is the guest's."""

from __future__ import annotations

import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager


def is_terminal() -> bool:
    """Whether the user types into stdin."""
    return sys.stdin is not None and sys.stdin.isatty()


@contextmanager
def kept() -> Iterator[None]:
    """Puts the terminal's settings back when the block ends, however the program in it ended."""
    if not is_terminal():
        yield
        return
    settings = termios.tcgetattr(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, settings)
