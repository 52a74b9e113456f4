"""Chooses the address of hv in the memory that a guest leaves free on QEMU's virt board. Refuses programs that overlap.

QEMU 10 puts the device tree at the end of RAM. The distance from the payload's first byte to the initrd is half the size of RAM, but
at most 512 MiB. QEMU passes the payload's lowest address to the firmware, which enters the payload there.
"""

from __future__ import annotations

from dataclasses import replace

from cli.failure import Failure
from machines import qemu_memory
from machines.elf import Segment
from machines.firmware import Program
from machines.images import Image
from machines.layout import Range, check, place
from machines.machine import Guest

MIB = 1 << 20

# The maximum size of QEMU's device tree. QEMU puts the device tree at a multiple of 2 MiB.
_TREE_BYTES = MIB
_TREE_BORDER = 2 * MIB

_INITRD_DISTANCE = 512 * MIB

# Room for the code that enters hv.
_ENTRY_ROOM = 4096


def memory_of(extra: list[str]) -> Range:
    """Returns the addresses of the guest's RAM. extra: the user's arguments for QEMU."""
    start = qemu_memory.RAM_START
    return Range("the machine's memory", start, start + qemu_memory.ram_size(extra))


def device_tree(ram: Range) -> Range:
    """Returns the addresses that QEMU may use for the device tree."""
    return Range("the device tree", max(ram.start, (ram.end - _TREE_BYTES) // _TREE_BORDER * _TREE_BORDER), ram.end)


def initrd(guest: Guest, payload: Program, ram: Range) -> list[Range]:
    """Returns the addresses at which QEMU puts the initrd. Returns an empty list if the guest has no initrd."""
    start = payload.address + min((ram.end - ram.start) // 2, _INITRD_DISTANCE)
    size = guest.initrd.stat().st_size if guest.initrd else 0
    size += -size % 4 + len(guest.initrd_more)
    return [Range("the initrd", start, start + size)] if size else []


def ranges(guest: Guest, ram: Range) -> list[Range]:
    """Returns everything that lies in the guest's memory, except hv."""
    found = guest.firmware.ranges("the firmware")
    if guest.payload:
        found += [*guest.payload.ranges("the payload"), *initrd(guest, guest.payload, ram)]
    if guest.image and guest.board(guest.image.board).left_out:
        found.append(entry(ram))
    return [*found, device_tree(ram)]


def entry(ram: Range) -> Range:
    """Returns the addresses of the code that enters hv, on a board that needs it (bios.entry_stub)."""
    end = device_tree(ram).start
    return Range("the code that enters hv", end - _ENTRY_ROOM, end)


def _no_place(image: Image, taken: list[Range], ram: Range) -> Failure:
    """Returns the error for an image that fits nowhere in memory. The message contains all sizes and addresses that the
    user needs."""
    platform, trace = image.config["platform"], image.config.get("trace")
    keys = "[platform] max_harts"
    rings = ""
    if image.has_trace and trace:
        keys = f"[trace] slots or {keys}"
        rings = f" (max_harts = {platform['max_harts']}, slots = {trace['slots']})"
    return Failure(
        f"config {image.name}: hv needs {image.block_bytes:#x} bytes{rings} at a multiple of that size, but no such block is free"
        f" in {ram}. It also contains {'; '.join(map(str, taken))}. Lower {keys} of --config, or give the machine more memory (-m)"
    )


def _beside(program: Program, block: Range, ram: Range) -> Program:
    """Returns a program without those headers that would be in hv's block or outside of memory."""

    def stays(segment: Segment) -> bool:
        here = Range("headers", segment.address, segment.end)
        return not segment.is_headers or (ram.contains(here) and not here.overlaps(block))

    return replace(program, segments=tuple(segment for segment in program.segments if stays(segment)))


def _placed_image(image: Image, guest: Guest, ram: Range) -> Image:
    if image.place is None:
        taken = ranges(guest, ram)
        chosen = place(image.block_bytes, ram, taken)
        if chosen is None:
            raise _no_place(image, taken, ram)
        return image.at(chosen)
    if image.place % image.block_bytes:
        raise Failure(f"{image.block}, is not at a multiple of its size {image.block_bytes:#x}")
    return image


def placed(guest: Guest, extra: list[str]) -> Guest:
    """Returns the guest with hv at a free address. @p extra contains the user's arguments for QEMU. Raises Failure if
    programs overlap."""
    ram = memory_of(extra)
    check(ranges(guest, ram), ram)
    if guest.payload and guest.payload.entry != guest.payload.address:
        raise Failure(
            f"the payload {guest.payload.name} is entered at {guest.payload.entry:#x}, but a firmware enters it at its lowest"
            f" address, {guest.payload.address:#x}"
        )
    block = Range("", ram.start, ram.start)
    if guest.image:
        image = _placed_image(guest.image, guest, ram)
        check([image.block, *ranges(guest, ram)], ram)
        guest, block = replace(guest, image=image), image.block
    return replace(guest, firmware=_beside(guest.firmware, block, ram))


def describe(guest: Guest) -> str:
    """Returns a text that tells the user where hv and the guest lie. guest: what placed() returned."""
    parts = [guest.image.block] if guest.image else []
    for what, program in (("firmware", guest.firmware), ("payload", guest.payload)):
        if program:
            parts += [Range(f"{what} {program.name}", program.address, program.end)]
    return "; ".join(f"{part.what} at {part.start:#x}-{part.end:#x}" for part in parts)
