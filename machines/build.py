"""Runs a nested `bazel build`, shows its progress, and reports a failure in a way that a user can act on.

If a configuration has an error, Bazel prints the message about the error among many lines about its own commands and
targets. This file shows the user only the message.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TextIO

from cli.failure import Failure

# If the output is not a terminal, Bazel prints lines of progress like this: [91 / 96] Linking hv/hv; 12s remote-cache
_STEP = re.compile(r"^\[(?P<done>[\d,]+) / (?P<all>[\d,]+)\] (?:\[Prepa\] )?(?P<what>[^;]*)")
# hv/config prints an error in a configuration as FILE:LINE: KEY: MESSAGE.
_CONFIGURATION = re.compile(r"^\S.*\.toml:\d+: ")
_NOISE = re.compile(r"^(INFO|Loading|Analyzing|WARNING): ?|^\[[\d,]+ / |^Use --|^Target .* failed to build$|^FAILED: |^$")

# If the output is not a terminal, this is the time between two lines of progress. On a terminal, the progress is shown
# in a single line that changes.
_EVERY_SECONDS = 15.0

_OPTIONS = ("--curses=no", "--color=no", "--show_progress_rate_limit=0.5")


def complaint(output: str) -> str:
    """Returns the lines of Bazel's output that explain to the user why the build failed."""
    lines = output.splitlines()
    wrong = [line for line in lines if _CONFIGURATION.match(line)]
    return "\n".join(dict.fromkeys(wrong or [line for line in lines if not _NOISE.match(line)]))


def step(line: str) -> str | None:
    """If a line of Bazel's output reports progress, returns the progress in a shorter form. Returns None for any other
    line."""
    match = _STEP.match(line)
    return f"{match['done']} of {match['all']}: {match['what'].strip()}" if match else None


class Progress:
    """Shows the progress of a build. On a terminal, it uses one line that changes. Elsewhere it prints a new line from
    time to time."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._shown = 0.0

    def show(self, text: str) -> None:
        """Shows @p text as the present state of the build."""
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1
            self._write(f"\r\033[K{text[:width]}")
        elif time.monotonic() - self._shown >= _EVERY_SECONDS:
            self._shown = time.monotonic()
            self._write(f"{text}\n")

    def end(self) -> None:
        """Removes the progress line from the terminal."""
        if self._terminal:
            self._write("\r\033[K")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def run(arguments: list[str], workspace: Path, what: str, stream: TextIO = sys.stderr) -> None:
    """Builds targets in a workspace. @p what is the name of these targets in messages to the user. Raises Failure with
    the reason if the build fails."""
    program = workspace / "bazelw"
    command = [str(program) if program.exists() else "bazel", "build", *_OPTIONS, *arguments]
    progress = Progress(stream)
    progress.show(f"building {what}")
    output = []
    with subprocess.Popen(
        command, cwd=workspace, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            output.append(line)
            at = step(line)
            if at:
                progress.show(f"building {what}: {at}")
    progress.end()
    if process.returncode != 0:
        raise Failure(f"{what} cannot be built:\n{complaint(''.join(output)) or f'bazel ended with {process.returncode}'}")
