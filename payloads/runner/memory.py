"""What a run left in hv's memory, as the host sees it: is hv's code what it was, and did hv come to its end?"""

import struct
from pathlib import Path

RAM_ADDRESS = 0x80000000
HV_SIZE = 0x200000
PAGE = 4096
MAGIC = 0x65706F6373747268
STATES = ["booting", "running", "shut down", "boot error", "panic", "module_fatal"]
SHUT_DOWN = 2

# struct hartscope_directory of hv/abi/hartscope.h, version 1.
DIRECTORY = struct.Struct("<QII24sQII" + "Q" * 12)


def find_directory(memory: bytes) -> tuple[int, ...] | None:
    """The fields after `max_harts` of hv's directory; None if there is none."""
    for offset in range(0, len(memory), PAGE):
        fields = DIRECTORY.unpack_from(memory, offset) if offset + DIRECTORY.size <= len(memory) else (0,)
        if fields[0] == MAGIC:
            return fields[7:]
    return None


def complaints(memory_file: Path, image: Path) -> list[str]:
    """What is wrong with hv's memory after a run that ended as it should."""
    with memory_file.open("rb") as file:
        memory = file.read(HV_SIZE)
    fields = find_directory(memory)
    if fields is None:
        return ["hv's directory is not in its memory any more"]
    state, _, _, text_start, text_end = fields[-5:]
    found = []
    if state != SHUT_DOWN:
        name = STATES[state] if state < len(STATES) else str(state)
        found.append(f"hv's state is {name!r} instead of 'shut down'")
    text = memory[text_start - RAM_ADDRESS : text_end - RAM_ADDRESS]
    wanted = image.read_bytes()[text_start - RAM_ADDRESS : text_end - RAM_ADDRESS]
    if not text or len(text) != len(wanted):
        found.append(f"hv's text has {len(text)} bytes in memory, {len(wanted)} in its image")
    for offset, (seen, should) in enumerate(zip(text, wanted)):
        if seen != should:
            found.append(f"hv's text has changed at {text_start + offset:#x}: {seen:#04x} instead of {should:#04x}")
            break
    return found
