"""Finds hv's images. If an image is not among the data files of the program, a nested `bazel build` builds the
image."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cli.failure import Failure
from cli.workspace import source_directory, user_path, workspace_file
from machines import boards, build
from machines.elf import Elf
from machines.layout import Range

# The runners use this configuration by default. It counts and traces every exit.
DEFAULT_CONFIG = "qemu_virt_trace"
# The configuration for more harts than the default has room for.
MANY_HARTS_CONFIG = "qemu_virt_trace_many"
DIRECTORY_SYMBOL = "hartscope_directory"
START_SYMBOL = "hv_text_start"

# The layout of struct hartscope_image in abi/hartscope.h, of the field with the firmware's address, and of the two
# halves of a word that hv relocates.
_HEAD = struct.Struct("<4xIIIQ")
_MAGIC = int.from_bytes(b"hvim", "little")
_FIRMWARE = struct.Struct("<Q")
_ADDRESS = struct.Struct("<II")

# The configuration for each mode of a benchmark. The mode `bare` has no configuration.
MODES = {
    "bare": None,
    "hv": "qemu_virt",
    "hv+offload": "qemu_virt_offload",
    "hv+protect_payload": "qemu_virt_protect_only",
    "hv+trace": "qemu_virt_trace_only",
}


@dataclass(frozen=True)
class MemoryMap:
    """The addresses at which a firmware and a payload lie if they are raw files."""

    firmware: int = 0x80200000
    payload: int = 0x80400000


@dataclass(frozen=True)
class Image:
    """An image of hv. It can run at any address. `place` is the address that layout.py has chosen, or None if no
    address has been chosen yet."""

    config: dict[str, Any]
    binary: bytes
    elf: Elf
    elf_path: Path
    place: int | None = None

    @property
    def name(self) -> str:
        return str(self.config["name"])

    @property
    def board(self) -> str:
        """The name of the board for which the image is built."""
        return str(self.config["platform"]["name"])

    @property
    def memory(self) -> MemoryMap:
        memory = self.config["memory"]
        return MemoryMap(memory["firmware"], memory["payload"])

    def at(self, place: int) -> Image:
        """Returns the same image, placed at an address."""
        return replace(self, place=place)

    @property
    def start(self) -> int:
        """The address of hv's first byte. This is the chosen address, or the address at which hv is linked if no
        address has been chosen."""
        return self.linked_at if self.place is None else self.place

    @property
    def linked_at(self) -> int:
        return self.elf.symbols[START_SYMBOL]

    @property
    def offset(self) -> int:
        """The difference between hv's addresses in memory and those in the ELF file."""
        return self.start - self.linked_at

    @property
    def block_bytes(self) -> int:
        """The size of hv's own memory, including the rings of the trace. The size is a power of two, and hv's address
        is a multiple of the size."""
        _, size, _, _ = self._head()
        return size

    @property
    def block(self) -> Range:
        """The addresses of hv's own memory."""
        return Range(f"hv ({self.name})", self.start, self.start + self.block_bytes)

    def symbol(self, name: str) -> int:
        """Returns the address in memory of a symbol."""
        return self.elf.symbols[name] + self.offset

    @property
    def directory_address(self) -> int | None:
        """The physical address of hv's directory, or None if the image has no directory."""
        address = self.elf.symbols.get(DIRECTORY_SYMBOL)
        return None if address is None else address + self.offset

    @property
    def symbols_argument(self) -> str:
        """The ELF file and hv's address, in the form that hstrace's option --symbols takes."""
        return f"{self.elf_path}@{self.start:#x}"

    def loaded(self, firmware: int) -> bytes:
        """Returns the bytes of hv to load. They contain the address @p firmware, at which hv enters the firmware."""
        self._head()
        made = bytearray(self.binary)
        _FIRMWARE.pack_into(made, _HEAD.size - _FIRMWARE.size, firmware)
        return bytes(made)

    def relocated(self, firmware: int) -> bytes:
        """Returns the bytes in memory after hv's boot hart has relocated the image (see hv/config/image.py)."""
        made = bytearray(self.loaded(firmware))
        _, _, at, _ = self._head()
        while at:
            target, following = _ADDRESS.unpack_from(made, at)
            _FIRMWARE.pack_into(made, at, self.start + target)
            at = following
        return bytes(made)

    def _head(self) -> tuple[int, int, int, int]:
        """Returns the fields of the image's header: the magic number, the size of hv's memory, the offset of the first
        word to relocate, and the entry of the firmware."""
        if len(self.binary) < _HEAD.size or _HEAD.unpack_from(self.binary)[0] != _MAGIC:
            raise Failure(f"config {self.name}: its image does not begin with hv's header: build it again")
        magic, size, addresses, firmware = _HEAD.unpack_from(self.binary)
        return magic, size, addresses, firmware

    @property
    def versions(self) -> dict[str, str]:
        """The version of the compiler that built hv, by its name in results. Empty if the ELF file has no debugging
        information."""
        return {"compiler": self.elf.compiler} if self.elf.compiler else {}

    @property
    def has_trace(self) -> bool:
        """Returns whether hv in this image records its exits in the rings of a trace."""
        return any(module["name"] == "trace" for module in self.config["modules"])

    def require_harts(self, harts: int) -> None:
        """Raises Failure if this image cannot start on its board with @p harts harts that have S-mode."""
        platform = self.config["platform"]
        board = boards.board(self.board)
        first, last = board.left_out, board.left_out + harts - 1
        if harts > board.most_harts:
            raise Failure(f"config {self.name}: the board {self.board} has at most {board.most_harts} harts, but --harts={harts}")
        if not first <= platform["boot_hart"] <= last:
            raise Failure(
                f"config {self.name}: [platform] boot_hart = {platform['boot_hart']}, but --harts={harts}: "
                f"use more harts, or a boot hart from {first} to {last}"
            )
        if platform["max_harts"] < harts:
            remedy = f": use --config={MANY_HARTS_CONFIG}, or raise max_harts" if self.has_trace and self.name != MANY_HARTS_CONFIG else ""
            raise Failure(f"config {self.name}: [platform] max_harts = {platform['max_harts']}, but --harts={harts}{remedy}")


def load(stem: Path) -> Image:
    """Reads STEM.elf, STEM.bin and STEM.json."""
    elf_path = stem.with_name(stem.name + ".elf")
    config = json.loads(stem.with_name(stem.name + ".json").read_text())
    binary = stem.with_name(stem.name + ".bin").read_bytes()
    return Image(config, binary, Elf(elf_path.read_bytes(), elf_path.name), elf_path)


def _build_named(name: str) -> Path:
    known = sorted(path.stem for path in (source_directory() / "configs").glob("*.toml"))
    if name not in known:
        raise Failure(f"there is no config {name!r}: choose one of configs/ ({', '.join(known)}), or the path of a TOML file")
    build.run([f"//configs:{name}"], source_directory(), f"hv ({name})")
    return source_directory() / "bazel-bin" / "configs" / name


def _build_file(path: Path) -> Path:
    if not path.is_file():
        raise Failure(f"--config: no file {path}")
    arguments = [f"--repo_env=HARTSCOPE_CONFIG={path.resolve()}", "//configs:user_image"]
    build.run(arguments, source_directory(), f"hv ({path.name})")
    return source_directory() / "bazel-bin" / "configs" / "user_image"


def image(config: str) -> Image:
    """Returns the image of a configuration, which is a name in configs/ or the path of a TOML file. Builds it if necessary."""
    if config.endswith(".toml") or "/" in config:
        return load(_build_file(user_path(config)))
    stem = workspace_file(f"configs/{config}")
    if stem.with_name(stem.name + ".elf").exists():
        return load(stem)
    return load(_build_named(config))
