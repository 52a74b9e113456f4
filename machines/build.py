"""A nested `bazel build`: shows how far it is, and of a failure only what the user can change.

Bazel surrounds an error of a configuration with its own commands and targets, in which the one line that matters is lost.
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

# Where Bazel is, as it prints that without a terminal: [91 / 96] Linking hv/hv; 12s remote-cache
_STEP = re.compile(r"^\[(?P<done>[\d,]+) / (?P<all>[\d,]+)\] (?:\[Prepa\] )?(?P<what>[^;]*)")
# hv/config prints what is wrong with a configuration as FILE:LINE: KEY: MESSAGE.
_CONFIGURATION = re.compile(r"^\S.*\.toml:\d+: ")
_NOISE = re.compile(r"^(INFO|Loading|Analyzing|WARNING): ?|^\[[\d,]+ / |^Use --|^Target .* failed to build$|^FAILED: |^$")

# Between two lines about the progress where there is no terminal, on which one line is enough.
_EVERY_SECONDS = 15.0

_OPTIONS = ("--curses=no", "--color=no", "--show_progress_rate_limit=0.5")


def complaint(output: str) -> str:
    """Returns what of Bazel's output tells the user why the build failed."""
    lines = output.splitlines()
    wrong = [line for line in lines if _CONFIGURATION.match(line)]
    return "\n".join(dict.fromkeys(wrong or [line for line in lines if not _NOISE.match(line)]))


def step(line: str) -> str | None:
    """Returns what a line of Bazel's says about the progress, shorter; None if it is about something else."""
    match = _STEP.match(line)
    return f"{match['done']} of {match['all']}: {match['what'].strip()}" if match else None


class Progress:
    """Shows one line that changes on a terminal, and a line every now and then elsewhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._shown = 0.0

    def show(self, text: str) -> None:
        """Shows how far the build is."""
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1
            self._write(f"\r\033[K{text[:width]}")
        elif time.monotonic() - self._shown >= _EVERY_SECONDS:
            self._shown = time.monotonic()
            self._write(f"{text}\n")

    def end(self) -> None:
        """Removes the line that changes."""
        if self._terminal:
            self._write("\r\033[K")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def run(arguments: list[str], workspace: Path, what: str, stream: TextIO = sys.stderr) -> None:
    """Builds in a workspace. what: is being built, for the user. Raises Failure with what is wrong."""
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
