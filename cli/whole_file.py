"""Writes files. A new file replaces an earlier file only when the new file is complete, so that nobody reads half a
result.

The data is first written to a file with another name in the same folder. At the end, this file is renamed. All commands
that write results use this module.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def _is_written_directly(path: Path) -> bool:
    """Returns whether the data must be written directly to @p path. This is so if @p path is a pipe, a device, or a
    name of an open file, because another file cannot replace these."""
    try:
        return not stat.S_ISREG(path.stat().st_mode) or _leads_to_descriptor(path)
    except FileNotFoundError:
        return False


def _leads_to_descriptor(path: Path) -> bool:
    """Returns whether @p path is a name of an open file, such as /dev/stdout. The symbolic links of such a name lead
    through /proc."""
    while True:
        path = path.parent.resolve() / path.name
        if path.parts[:2] == ("/", "proc"):
            return True
        if not path.is_symlink():
            return False
        path = path.parent / os.readlink(path)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yields the path of a new file, to which the block writes. If the block ends without an exception, the new file
    replaces @p path. Otherwise the new file is removed."""
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
    """Writes a text file at @p path. If that fails, the earlier file stays."""
    with replacing(path) as unfinished:
        unfinished.write_text(text)


def write_bytes(path: Path, data: bytes) -> None:
    """Writes a binary file at @p path. If that fails, the earlier file stays."""
    with replacing(path) as unfinished:
        unfinished.write_bytes(data)
