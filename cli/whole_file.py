"""Files that replace an earlier one only when they are complete. Used by the commands that write results of their own."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def _is_written_directly(path: Path) -> bool:
    """Whether nothing can take its place: a pipe, a device, or an open file under another name."""
    try:
        return not stat.S_ISREG(path.stat().st_mode) or _leads_to_descriptor(path)
    except FileNotFoundError:
        return False


def _leads_to_descriptor(path: Path) -> bool:
    """Whether it is a name for an open file, such as /dev/stdout: its links lead through /proc."""
    while True:
        path = path.parent.resolve() / path.name
        if path.parts[:2] == ("/", "proc"):
            return True
        if not path.is_symlink():
            return False
        path = path.parent / os.readlink(path)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yields the path to write to. What is there replaces `path` if the block ends without an exception, else it is removed."""
    if _is_written_directly(path):
        yield path
        return
    target = path.resolve()
    unfinished = target.with_name(f".{target.name}.{os.getpid()}{target.suffix}")
    try:
        yield unfinished
        if target.exists():
            unfinished.chmod(stat.S_IMODE(target.stat().st_mode))
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Writes a text file."""
    with replacing(path) as unfinished:
        unfinished.write_text(text)


def write_bytes(path: Path, data: bytes) -> None:
    """Writes a binary file."""
    with replacing(path) as unfinished:
        unfinished.write_bytes(data)
