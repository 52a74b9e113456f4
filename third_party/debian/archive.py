"""Reads files from Debian packages, and packs files into archives. The bytes of an archive depend only on the names and
the contents of the files.

Different versions of GNU tar write different bytes for the same files, so the hash of their archives would depend on the machine.
"""

import io
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Member(NamedTuple):
    """One file of an archive. If `target` is not empty, the file is a symbolic link."""

    content: bytes = b""
    executable: bool = False
    target: str = ""


def files(deb: Path, prefix: str) -> Iterator[tuple[str, Member]]:
    """Yields the regular files of a package in the folder @p prefix, with their names relative to it."""
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE) as unpacking:
        with tarfile.open(fileobj=unpacking.stdout, mode="r|") as archive:
            for member in archive:
                name = member.name.removeprefix("./")
                content = archive.extractfile(member) if member.isreg() and name.startswith(prefix) else None
                if content:
                    yield name.removeprefix(prefix), Member(content.read(), bool(member.mode & 0o100))
    if unpacking.returncode != 0:
        raise SystemExit(f"dpkg-deb cannot unpack {deb.name}")


def pack(members: dict[str, Member], output: Path) -> None:
    """Writes an archive. Its bytes depend only on the names and contents of @p members."""
    with tarfile.open(output, "w", format=tarfile.USTAR_FORMAT) as archive:
        for name, member in sorted(members.items()):
            entry = tarfile.TarInfo(name)
            entry.mode = 0o755 if member.executable else 0o644
            entry.size = len(member.content)
            if member.target:
                entry.type, entry.linkname = tarfile.SYMTYPE, member.target
            archive.addfile(entry, io.BytesIO(member.content))
