"""Things for tests of serial lines: a frame as hv prints it on its console, and an image whose files are not read."""

from __future__ import annotations

import base64
import struct
from pathlib import Path

from machines.elf import Elf
from machines.images import Image
from machines.line_end import crc32c


def frame(kind: int) -> bytes:
    """Returns a line with an empty frame of this type (trace/format/console.h)."""
    contents = struct.pack("<BBHQ64xI", kind, 0, 0, 7, 99)
    return b"<hst:" + base64.b64encode(struct.pack("<I", crc32c(contents)) + contents) + b">\r\n"


def image() -> Image:
    """Returns an image. Its ELF file does not exist."""
    elf: Elf = None  # type: ignore[assignment]
    return Image({"name": "sample"}, b"hv", elf, Path("sample.elf"))
