"""Recognises in the bytes from a serial line that a run has ended. A board does not close its console when it stops.

hv prints the tables of its modules and then the trace at the end of a run, and the last frame of the trace marks the end
(trace/format/console.h). If that frame was damaged on the line, or the image prints no trace, the run has ended when the
line stays silent after the text of the end has begun. This file knows nothing about devices and clocks.
"""

from __future__ import annotations

import base64
import re

FRAME_BYTES = 84
FRAME_LINE_BYTES = 121
TYPE_AT = 4
TYPE_HART, TYPE_END = 2, 4

# Text that is printed only when a run ends: the frames, the tables of hv's modules, the last phase of payloads/linux,
# and Linux' last message.
_ENDING = (b"<hst:", b"exits by category", b"exits by world and cause", b"hartscope: phase shutdown", b"reboot: ")

_FRAME = re.compile(rb"<hst:([A-Za-z0-9+/]{112})>")

# A line of this length has no frame and no text of the end that begins before its last characters.
_KEPT = 4096

_POLYNOMIAL = 0x82F63B78
_SUMS = list(range(256))
for _ in range(8):
    _SUMS = [crc >> 1 ^ _POLYNOMIAL * (crc & 1) for crc in _SUMS]


def crc32c(data: bytes) -> int:
    """Returns the CRC-32C of @p data."""
    crc = 2**32 - 1
    for byte in data:
        crc = crc >> 8 ^ _SUMS[(crc ^ byte) & 255]
    return crc ^ 2**32 - 1


class LineEnd:
    """What the bytes from the line so far say about the end of the run.

    begins: text of the end has arrived
    is_complete: the last frame of a trace has arrived undamaged
    frames: the number of frames that have arrived, among them damaged ones
    bytes: the number of bytes that have arrived
    unprintable: the number of bytes among them that no console prints
    """

    def __init__(self) -> None:
        self.begins = False
        self.is_complete = False
        self.frames = 0
        self.bytes = 0
        self.unprintable = 0
        self._rest = b""

    def feed(self, data: bytes) -> None:
        """Takes the next bytes."""
        self.bytes += len(data)
        self.unprintable += sum(1 for byte in data if byte >= 0x7F or (byte < 0x20 and byte not in b"\a\b\t\n\r\f\x1b"))
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._line(line)
        self._rest = self._rest[-_KEPT:]

    def _line(self, line: bytes) -> None:
        self.begins |= any(text in line for text in _ENDING)
        if b"<hst:" not in line:
            return
        self.frames += 1
        for match in _FRAME.finditer(line):
            frame = base64.b64decode(match[1])
            if frame[TYPE_AT] == TYPE_END and crc32c(frame[4:]) == int.from_bytes(frame[:4], "little"):
                self.is_complete = True
