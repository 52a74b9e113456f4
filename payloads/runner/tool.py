"""Runs programs of the host, such as hstrace, for the tests of traces."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from machines import recording

SECONDS = 120


def run(command: Sequence[str | Path]) -> str:
    """Runs a program. Returns what it printed. Raises AssertionError, with all output, if the program fails."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.stdout}{done.stderr}")
    return done.stdout


def hstrace(*words: str | Path) -> str:
    """Runs hstrace with the arguments @p words, as run() does."""
    return run([recording.hstrace(), *words])
