"""What a run left in hv's memory, as the host sees it: are hv's code and constants what they were, is what it never uses
still empty, and did hv come to its end?"""

import struct
from pathlib import Path

from machines.elf import Elf

RAM_ADDRESS = 0x80000000
HV_SIZE = 0x200000
PAGE = 4096
MAGIC = 0x65706F6373747268
STATES = ["booting", "running", "shut down", "boot error", "panic", "module_fatal"]
SHUT_DOWN = 2

# struct hartscope_directory of abi/hartscope.h, version 1.
DIRECTORY = struct.Struct("<QII24sQII" + "Q" * 12)


def find_directory(memory: bytes) -> tuple[int, ...] | None:
    """The fields after `max_harts` of hv's directory; None if there is none."""
    for offset in range(0, len(memory), PAGE):
        fields = DIRECTORY.unpack_from(memory, offset) if offset + DIRECTORY.size <= len(memory) else (0,)
        if fields[0] == MAGIC:
            return fields[7:]
    return None


def symbols_of(image: Path) -> dict[str, int]:
    """Addresses of an image's symbols, from the .elf beside its .bin."""
    elf = image.with_suffix(".elf")
    return Elf(elf.read_bytes(), str(elf)).symbols


class Watch:
    """hv's memory in one run of an image.

    Args:
      memory_file: the guest's memory
      image: hv's .bin
      symbols: addresses of its symbols
    """

    def __init__(self, memory_file: Path, image: Path, symbols: dict[str, int]) -> None:
        self._file = memory_file
        self._image = image
        self._boot_data = slice(symbols["boot_data_start"] - RAM_ADDRESS, symbols["boot_data_end"] - RAM_ADDRESS)
        self._end = symbols["hv_end"] - RAM_ADDRESS
        self._before: bytes | None = None

    def _memory(self) -> bytes:
        with self._file.open("rb") as file:
            return file.read(HV_SIZE)

    def guest_begins(self) -> None:
        """Notes what boot has written for good."""
        self._before = self._memory()[self._boot_data]

    def complaints(self) -> list[str]:
        """What is wrong after a run that ended as it should."""
        memory = self._memory()
        found = directory_and_text(memory, self._image)
        if self._before is None or not any(self._before):
            found.append("the guest never began")
        elif memory[self._boot_data] != self._before:
            found.append("what hv found out about the machine at boot has changed")
        if stray := memory[self._end :].lstrip(b"\0"):
            found.append(f"hv's unused memory was written at {RAM_ADDRESS + HV_SIZE - len(stray):#x}")
        return found


def directory_and_text(memory: bytes, image: Path) -> list[str]:
    """What is wrong with hv's state, code and constants in its memory."""
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
