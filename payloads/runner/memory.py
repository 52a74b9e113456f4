"""Checks hv's memory after a run. hv's code and constants must be unchanged, the part of its memory that hv never uses
must still be zero, and hv's state must say that hv has shut down."""

from __future__ import annotations

from pathlib import Path

from cli.failure import Failure
from machines.directory import Directory, GuestMemory, read_directory
from machines.images import Image
from machines.machine import Guest

SHUT_DOWN = "shut down"


class Watch:
    """Checks hv's memory in one run of an image.

    Args:
      memory_file: the file that holds the memory of the machine
      guest: the guest, including the image of hv at the address where hv runs
    """

    def __init__(self, memory_file: Path, guest: Guest) -> None:
        assert guest.image is not None
        self._file = memory_file
        self._image = guest.image
        self._firmware = guest.firmware.entry
        self._before: bytes | None = None

    def _between(self, memory: GuestMemory, first: str, last: str) -> bytes:
        """Returns the bytes in memory from the symbol @p first of hv up to the symbol @p last."""
        start = self._image.symbol(first)
        return memory.read(start, self._image.symbol(last) - start)

    def _boot_data(self) -> bytes:
        return self._between(GuestMemory.open(self._file), "boot_data_start", "boot_data_end")

    def guest_begins(self) -> None:
        """Saves a copy of the data that hv has written during its boot. This data must not change after the boot.
        Called when the guest begins."""
        self._before = self._boot_data()

    def complaints(self) -> list[str]:
        """Returns a list of everything that is wrong with hv's memory after a run that otherwise ended well."""
        memory = GuestMemory.open(self._file)
        found = directory_and_text(memory, self._image, self._firmware)
        if self._before is None or not any(self._before):
            found.append("the guest never began")
        elif self._boot_data() != self._before:
            found.append("data that hv's boot wrote has changed since the guest began")
        end = self._image.symbol("hv_end")
        unused = memory.read(end, self._image.block.end - end)
        if stray := unused.lstrip(b"\0"):
            found.append(f"memory that hv never uses was written at {end + len(unused) - len(stray):#x}")
        return found


def directory_and_text(memory: GuestMemory, image: Image, firmware: int) -> list[str]:
    """Returns a list of everything that is wrong with hv's state, code and constants in memory. @p firmware is the
    entry address of the firmware. The comparison needs this address, because the head of hv's image contains it."""
    address = memory.find_directory(image.block.start, image.block.end)
    try:
        directory = read_directory(memory, address) if address is not None else None
    except Failure as failure:
        return [str(failure)]
    if directory is None:
        return ["hv's directory is no longer in its memory"]
    found = []
    if directory.state_name != SHUT_DOWN:
        found.append(f"hv's state is {directory.state_name!r} instead of {SHUT_DOWN!r}")
    return found + text_problems(memory, directory, image.relocated(firmware)[directory.text_start - image.start :])


def text_problems(memory: GuestMemory, directory: Directory, wanted: bytes) -> list[str]:
    """Compares hv's code and constants in memory with the first bytes of @p wanted. Returns a list that describes the
    first difference, or an empty list if there is none."""
    start, size = directory.text_start, directory.text_end - directory.text_start
    text = memory.read(start, size)
    if not text or len(text) != size or len(wanted) < size:
        return [f"hv's text has {len(text)} bytes in memory, but {size} according to hv's directory and {len(wanted)} in its image"]
    for offset, (seen, should) in enumerate(zip(text, wanted)):
        if seen != should:
            return [f"hv's text has changed at {start + offset:#x}: {seen:#04x} instead of {should:#04x}"]
    return []
