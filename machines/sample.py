"""Provides a guest memory for tests. memory_sample.c writes this memory with hv's header. A test can change fields of
the directory in it."""

from __future__ import annotations

import struct
import subprocess

from cli.workspace import workspace_file
from machines.qemu_memory import RAM_START

BASE = RAM_START + 0x3000

# The offsets and types of those fields of struct hartscope_directory that tests change.
MAGIC, VERSION, COUNTERS, PHASES, STATE = (0, "Q"), (12, "I"), (72, "Q"), (88, "Q"), (112, "Q")


def sample(*changes: tuple[tuple[int, str], int]) -> bytes:
    """Returns the memory. The directory is at address BASE. changes: fields of the directory, and their new values."""
    made = subprocess.run([workspace_file("machines/memory_sample")], check=True, capture_output=True).stdout
    memory = bytearray(made)
    for (offset, kind), value in changes:
        struct.pack_into("<" + kind, memory, BASE - RAM_START + offset, value)
    return bytes(memory)
