"""Finds the packets in the bytes of a trace."""

from collections.abc import Iterator
from mmap import mmap

PACKET = 0x0A  # the tag of field 1; the length of the packet follows it
LENGTH_BYTES = 5  # a length takes at most this many bytes


class DamagedError(Exception):
    """At `offset` there is no packet, or the packet is longer than the rest of the file."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"there is no complete packet at offset {offset:#x}")
        self.offset = offset


def packets(data: bytes | mmap, size: int) -> Iterator[tuple[int, int]]:
    """Yields where each packet begins and ends. `data` has the first bytes of a file of `size` bytes. Raises DamagedError."""
    at, known = 0, len(data)
    while at < known:
        start, length, shift = at, 0, 0
        if data[at] != PACKET:
            raise DamagedError(start)
        at += 1
        while at < known and data[at] >= 0x80 and shift < 7 * LENGTH_BYTES:
            length |= (data[at] & 0x7F) << shift
            shift += 7
            at += 1
        if at == known < size:
            return  # `data` ends within the length
        if at == known or shift == 7 * LENGTH_BYTES:
            raise DamagedError(start)
        length |= data[at] << shift
        at += 1
        if at + length > size:
            raise DamagedError(start)
        yield at, at + length
        at += length
