"""Packs files into a gzip-compressed cpio archive (newc) for the kernel's initramfs.

The build calls this program, so that it needs no cpio program. The same files always give the same bytes, because times, owners and
inode numbers are constants.
"""

import argparse
import gzip
import io
from pathlib import Path

DIRECTORY_MODE = 0o040755
PROGRAM_MODE = 0o100755
TRAILER = "TRAILER!!!"


def padded(data: bytes) -> bytes:
    """Returns data padded with zeros to a multiple of four bytes, as newc requires."""
    return data + bytes(-len(data) % 4)


def entry(inode: int, name: str, mode: int, content: bytes) -> bytes:
    """Returns one member of a newc archive: header, name and content."""
    name_bytes = name.encode() + b"\0"
    fields = [inode, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name_bytes), 0]
    header = b"070701" + b"".join(b"%08X" % field for field in fields)
    return padded(header + name_bytes) + padded(content)


def archive(directories: list[str], files: dict[str, bytes]) -> bytes:
    """Returns an archive with empty directories and files. All files are executable."""
    members = [(name, DIRECTORY_MODE, b"") for name in sorted(directories)]
    members += [(name, PROGRAM_MODE, files[name]) for name in sorted(files)]
    packed = b"".join(entry(inode, *member) for inode, member in enumerate(members, start=1))
    return packed + entry(0, TRAILER, 0, b"")


def compress(data: bytes) -> bytes:
    """Returns gzip-compressed data, without a time and a file name in its header."""
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, compresslevel=9, mtime=0) as stream:
        stream.write(data)
    return buffer.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--directory", action="append", default=[], help="add an empty directory")
    parser.add_argument("--file", action="append", default=[], metavar="NAME=PATH", help="add the file PATH as an executable NAME")
    options = parser.parse_args()
    files = dict(pair.split("=", 1) for pair in options.file)
    contents = {name: Path(path).read_bytes() for name, path in files.items()}
    options.output.write_bytes(compress(archive(options.directory, contents)))


if __name__ == "__main__":
    main()
