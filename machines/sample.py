"""For tests: the guest memory that memory_sample.c writes with hv's header, with changed fields of the directory if needed."""

from __future__ import annotations

import struct
import subprocess

from cli.workspace import workspace_file
from machines.qemu_memory import RAM_START

BASE = RAM_START + 0x3000

# The fields of struct hartscope_directory that tests change: their offsets and types.
MAGIC, VERSION, COUNTERS, PHASES, STATE = (0, "Q"), (12, "I"), (72, "Q"), (88, "Q"), (112, "Q")


def sample(*changes: tuple[tuple[int, str], int]) -> bytes:
    """Returns the memory. The directory is at address BASE. changes: fields of the directory, and their new values."""
    made = subprocess.run([workspace_file("machines/memory_sample")], check=True, capture_output=True).stdout
    memory = bytearray(made)
    for (offset, kind), value in changes:
        struct.pack_into("<" + kind, memory, BASE - RAM_START + offset, value)
    return bytes(memory)
