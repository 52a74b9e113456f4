"""Reads files out of Debian packages, and packs files into archives that depend on nothing but names and contents.

GNU tar's archives are not the same bytes in every version, so their hash would depend on the machine.
"""

import io
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Member(NamedTuple):
    """One file of the archive, or a link if it has a target."""

    content: bytes = b""
    executable: bool = False
    target: str = ""


def files(deb: Path, prefix: str) -> Iterator[tuple[str, Member]]:
    """The regular files of a package below a folder, by their names in it."""
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
    """Writes an archive in which nothing but names and contents counts."""
    with tarfile.open(output, "w", format=tarfile.USTAR_FORMAT) as archive:
        for name, member in sorted(members.items()):
            entry = tarfile.TarInfo(name)
            entry.mode = 0o755 if member.executable else 0o644
            entry.size = len(member.content)
            if member.target:
                entry.type, entry.linkname = tarfile.SYMTYPE, member.target
            archive.addfile(entry, io.BytesIO(member.content))
