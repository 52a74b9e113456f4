"""The one file that QEMU loads with -bios: hv (or the bare shim), zeros, the firmware, zeros up to the payload.

QEMU puts -kernel at the first 2 MiB border after the end of this file, and tells that address to the firmware.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from cli.failure import Failure

if TYPE_CHECKING:
    from machines.firmware import Program

RAM_START = 0x80000000
KERNEL_BORDER = 0x200000

_AUIPC_T0 = 0x00000297
_JR_T0 = 0x00028067


def shim(distance: int) -> bytes:
    """Returns code that jumps `distance` bytes ahead with a0, a1 and a2 unchanged: what takes hv's place in a bare run.

    distance: a multiple of 4096 below 2 GiB. A firmware that is entered at the start of RAM needs no such code.
    """
    if distance == 0:
        return b""
    if distance < 0 or distance % 4096 or distance >= 1 << 31:
        raise Failure(f"the firmware's address must be a multiple of 4096 after hv's, not {distance:#x} after it")
    return struct.pack("<II", _AUIPC_T0 | distance, _JR_T0)


def assemble(first: bytes, firmware: Program, payload_address: int | None) -> bytes:
    """Returns the -bios file: `first` at the start of RAM, the firmware at its address.

    payload_address: where -kernel must land; None without a payload.
    """
    distance = firmware.address - RAM_START
    if len(first) > distance:
        raise Failure(f"hv has {len(first)} bytes, but the firmware begins {distance:#x} bytes after it")
    image = first.ljust(distance, b"\0") + firmware.data
    if payload_address is None:
        return image
    if payload_address % KERNEL_BORDER:
        raise Failure(f"the payload's address {payload_address:#x} is no multiple of 2 MiB: QEMU cannot put it there")
    if payload_address < RAM_START + len(image):
        raise Failure(f"the firmware ends at {RAM_START + len(image):#x}, after the payload's address {payload_address:#x}")
    return image.ljust(payload_address - RAM_START, b"\0")
