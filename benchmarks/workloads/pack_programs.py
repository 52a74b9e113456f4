"""Packs Linux programs, with all shared libraries that they need, into a cpio archive for an initial RAM disk."""

from __future__ import annotations

import argparse
import fnmatch
from collections.abc import Iterable
from pathlib import Path

from cli.failure import Failure
from machines.elf import MAGIC, Elf
from payloads.linux import pack

LIBRARIES = "usr/lib/riscv64-linux-gnu"
LOADER = "ld-linux-riscv64-lp64d.so.1"

# Every program names the loader by this path.
LOADER_PATH = f"lib/{LOADER}"


def libraries(root: Path, contents: Iterable[bytes]) -> dict[str, bytes]:
    """Returns the shared libraries that programs need, and the libraries that these libraries need, by their paths in
    the guest. Raises Failure if a library is not in @p root."""
    found: dict[str, bytes] = {}
    to_read = list(contents)
    while to_read:
        data = to_read.pop()
        for name in Elf(data, "program").needed if data.startswith(MAGIC) else []:
            path = f"{LIBRARIES}/{name}"
            if path in found:
                continue
            file = root / path
            if not file.is_file():
                raise Failure(f"no library {name}: add its package to @debian_workloads in WORKSPACE")
            found[path] = file.read_bytes()
            to_read.append(found[path])
    return found


def chosen(root: Path, patterns: list[str]) -> dict[str, bytes]:
    """Returns the files whose paths match one of the shell patterns; `*` also matches slashes. Raises Failure if a pattern
    matches no file."""
    paths = [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]
    found: dict[str, bytes] = {}
    for pattern in patterns:
        names = fnmatch.filter(paths, pattern)
        if not names:
            raise Failure(f"@debian_workloads has no file {pattern}")
        found |= {name: (root / name).read_bytes() for name in names}
    return found


def archive(root: Path, patterns: list[str], renamed: dict[str, str]) -> bytes:
    """Returns the archive. @p renamed maps further paths in the guest to files in @p root."""
    files = chosen(root, patterns) | {name: (root / path).read_bytes() for name, path in renamed.items()}
    files |= libraries(root, files.values())
    if f"{LIBRARIES}/{LOADER}" in files:
        files[LOADER_PATH] = files[f"{LIBRARIES}/{LOADER}"]
    directories = {str(parent) for name in files for parent in Path(name).parents} - {"."}
    return pack.archive(sorted(directories), files)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--root", type=Path, required=True, help="a folder with the files of the guest's file system")
    parser.add_argument("--file", action="append", default=[], metavar="PATTERN", help="add the files with such paths")
    parser.add_argument("--as", action="append", default=[], metavar="NAME=PATH", dest="renamed", help="add the file PATH as NAME")
    options = parser.parse_args()
    options.output.write_bytes(archive(options.root, options.file, dict(pair.split("=", 1) for pair in options.renamed)))


if __name__ == "__main__":
    main()
