"""Changes the words of a dump's records. Tests use this to try values that do not occur in real runs."""

import struct
from collections.abc import Callable

from trace.testing.crc32c import crc32c

HEADER, CHUNK, RING, SLOT = 16, 16, 32, 16  # bytes

# A function that gets a record's event id and words, and returns the new words.
Change = Callable[[int, list[int]], list[int]]


def _change_slots(slots: bytearray, change: Change) -> None:
    """Changes the records in the slots of a chunk, except those that continue from or into another chunk."""
    at = 0
    while at < len(slots):
        event, extra = slots[at + 6], slots[at + 7]
        after = at + SLOT * (1 + extra)
        if event == 0 or after > len(slots):  # a record that continues from or into another chunk
            at += SLOT
            continue
        words = [int.from_bytes(slots[place + 8 : place + 16], "little") for place in range(at, after, SLOT)]
        for place, word in zip(range(at, after, SLOT), change(event, words)):
            slots[place + 8 : place + 16] = struct.pack("<Q", word)
        at = after


def patched(dump: bytes, change: Change) -> bytes:
    """Returns a copy of the dump in which @p change has replaced the words of records. The check sums are corrected."""
    data, at = bytearray(dump), HEADER
    while at < len(data):
        kind, length = data[at : at + 4], int.from_bytes(data[at + 8 : at + 12], "little")
        if kind == b"RING":
            slots = data[at + CHUNK + RING : at + CHUNK + length]
            _change_slots(slots, change)
            data[at + CHUNK + RING : at + CHUNK + length] = slots
            check = crc32c(bytes(data[at : at + 12] + data[at + CHUNK : at + CHUNK + length]))
            data[at + 12 : at + 16] = struct.pack("<I", check)
        at += CHUNK + (length + 15) // 16 * 16
    return bytes(data)
