"""Lists the boards that QEMU models, by the names that hv's configurations have for them ([platform] name)."""

from __future__ import annotations

from dataclasses import dataclass

from cli.failure import Failure


@dataclass(frozen=True)
class Board:
    """A board that QEMU models."""

    machine: str  # QEMU's name for it
    console: str  # the words on the kernel's command line that select its console
    cpu: str | None = None  # QEMU's -cpu, if the machine's own is wrong
    left_out: int = 0  # how many harts, from id 0 on, have no S-mode: Linux and hv do not use them
    most_harts: int = 512  # how many of the other harts it can have
    enters_ram: bool = False  # QEMU takes a raw file and enters it where RAM begins, instead of an ELF file at its entry point
    powers_off: bool = True  # whether the firmware can switch it off; if not, a guest ends its run by a reset


# Debian's kernel has no driver for a console by SBI calls. Only its early console, which it must keep, makes these calls.
_SBI_CONSOLE = "console=hvc0 earlycon=sbi keep_bootcon printk.devkmsg=on"

# QEMU's UART reports room in its queue when there is none. Linux' driver for terminals believes that, and text is lost now and then.
# Messages of the kernel are not lost, because printing them looks at another bit.
_LOSSY_CONSOLE = "console=ttySIF0 printk.devkmsg=on hartscope_console=kmsg"

DEFAULT = "qemu_virt"

BOARDS = {
    "qemu_virt": Board("virt", "console=ttyS0"),
    # Its device tree promises Sstc, but without the CSR time there is no stimecmp, and Linux would fail.
    "spike": Board("spike", _SBI_CONSOLE, cpu="rv64,sstc=off", most_harts=8, enters_ram=True),
    "qemu_sifive_u": Board("sifive_u", _LOSSY_CONSOLE, left_out=1, most_harts=4, powers_off=False),
}


def board(name: str) -> Board:
    """Returns the board with this name. Raises Failure if QEMU does not model it."""
    if name not in BOARDS:
        raise Failure(f"QEMU has no model of the board {name}: use one of {', '.join(BOARDS)}")
    return BOARDS[name]
