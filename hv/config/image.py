"""Makes NAME.bin, the image that is loaded into memory, from hv's linked ELF file. The build runs this program on each
image.

hv runs at any address. Its code is relative to pc. hv relocates words that hold an address at boot
(hv/arch/riscv/boot.S). Such words are, for example, the elements of a table of functions or strings. The linker cannot
make position-independent programs for bare metal, so this program uses the relocations to build a linked list of these
words. The lower half of each word is the offset of its target from the image's start, and the upper half is the offset
of the next word in the list. The image's header contains the offset of the first word.
"""

from __future__ import annotations

import argparse
import json
import struct
import sys
from pathlib import Path
from typing import Any

from hv.config import schema
from hv.config.check import place
from hv.config.linked import Linked, Relocation
from hv.config.source import Problem, entries, key_name

# Relocations, by their numbers in the RISC-V ELF specification. The values of these relocations are distances from an
# instruction to a place: BRANCH, JAL, CALL, CALL_PLT, PCREL_HI20, RVC_BRANCH, RVC_JUMP.
DISTANCES = {16, 17, 18, 19, 23, 44, 45}
# The values of these relocations are right if the distances are right: NONE, the low part of a PCREL_HI20, differences
# of two places, ALIGN, RELAX.
NEUTRAL = {0, 24, 25, *range(33, 41), 43, 51, *range(52, 57)}
# A word that holds an address.
ADDRESS = 2

ADDRESSES = struct.Struct("<12xI")  # in struct hartscope_image of abi/hartscope.h
WORD = struct.Struct("<II")


class ImageError(Exception):
    """The image would not run at every address."""


def check(relocation: Relocation) -> None:
    """Raises ImageError if the value that the linker wrote is right at only one address, and boot cannot relocate it."""
    symbol = relocation.symbol
    good = DISTANCES | NEUTRAL | {ADDRESS}
    if relocation.kind in DISTANCES if symbol.is_number else relocation.kind not in good:
        raise ImageError(
            f"what is at {relocation.address:#x} depends on where hv is loaded: relocation {relocation.kind} to"
            f" {symbol.name or 'a section'} (hv/config/image.py)"
        )


def movable(linked: Linked) -> bytes:
    """Returns an image that runs at any address. Raises ImageError if that is impossible."""
    start, image = linked.contents
    words = []
    for relocation in linked.relocations:
        check(relocation)
        if relocation.kind == ADDRESS and not relocation.symbol.is_number:
            words.append(relocation)
    following = 0
    for word in sorted(words, key=lambda word: word.address, reverse=True):
        at = word.address - start
        WORD.pack_into(image, at, word.symbol.value + word.addend - start, following)
        following = at
    struct.pack_into("<I", image, ADDRESSES.size - 4, following)
    return bytes(image)


def needed(linked: Linked) -> int:
    """Returns how many bytes of memory hv needs. This includes memory that is not in the file, for example memory that
    hv zeroes at boot."""
    return linked.symbols["hv_end"].value - linked.symbols["hv_text_start"].value


def too_small(config: dict[str, Any], linked: Linked, toml: str) -> Problem | None:
    """Returns a problem if hv does not fit in the size that [memory] hv_size of @p config allows. @p toml is the text
    of the configuration."""
    size, need, harts = config["memory"]["hv_size"], needed(linked), config["platform"]["max_harts"]
    if size is None or need <= size:
        return None
    per_hart = sum(linked.symbols[name].size for name in ("harts", "stacks"))
    slots = config["trace"]["slots"] if "trace" in config else 0
    rings = harts * slots * schema.SLOT_BYTES
    parts = [f"rings {rings:#x} ({harts} harts, {slots} slots of {schema.SLOT_BYTES} bytes)"] if rings else []
    parts += [f"state and stacks of {harts} harts {per_hart:#x}", f"code and all else {need - rings - per_hart:#x}"]
    keys = "[trace] slots or [platform] max_harts" if rings else "[platform] max_harts"
    message = (
        f"{size:#x} is too small: hv needs {need:#x}: {', '.join(parts)};"
        f" leave hv_size out (it is {linked.symbols['hv_needed_size'].value:#x} then), or lower {keys}"
    )
    return Problem(place(entries(toml), "memory", "hv_size"), key_name(("memory", "hv_size")), message)


def pmp_sum(config: dict[str, Any]) -> str | None:
    """Returns the division of the physical PMP entries between hv, the modules and the firmware, as a sum. Returns None if no module
    has entries. A hart can have fewer entries than the board usually has; then the firmware gets fewer."""
    modules = {module["name"]: module["pmp_entries"] for module in config["modules"] if module["pmp_entries"]}
    if not modules:
        return None
    present = schema.PLATFORMS[config["platform"]["name"]].pmp_entries
    limit = config["vcpu"]["pmp_limit"]
    total = present if limit is None else min(limit, present)
    parts = {"hv": schema.hv_pmp_entries(total), **modules}
    parts["firmware"] = total - sum(parts.values())
    return f"PMP entries: {total} = {' + '.join(f'{name} {count}' for name, count in parts.items())}"


def parse_arguments() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--elf", type=Path, required=True, help="the linked ELF file, with its relocations")
    parser.add_argument("--config", type=Path, required=True, help="the TOML file that it was built from")
    parser.add_argument("--shown-as", required=True, help="that file's name in errors")
    parser.add_argument("--values", type=Path, required=True, help="config.json of the same")
    parser.add_argument("--out", type=Path, required=True, help="the image")
    return parser.parse_args()


def main() -> int:
    """Writes the image. Returns 0, or 1 after it has printed errors."""
    options = parse_arguments()
    linked = Linked(options.elf.read_bytes())
    values = json.loads(options.values.read_text(encoding="utf-8"))
    problem = too_small(values, linked, options.config.read_text(encoding="utf-8"))
    if problem:
        print(problem.text(options.shown_as), file=sys.stderr)
        return 1
    try:
        options.out.write_bytes(movable(linked))
    except ImageError as error:
        print(f"{options.shown_as}: {error}", file=sys.stderr)
        return 1
    if division := pmp_sum(values):
        print(f"{options.shown_as}: {division}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
