"""hv images: those that are among the program's data, and others, built on demand by a nested `bazel build`."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cli.failure import Failure
from cli.workspace import source_directory, user_path, workspace_file
from machines import build
from machines.elf import Elf
from machines.layout import Range

# What the runners take: every exit is counted and traced.
DEFAULT_CONFIG = "qemu_virt_trace"
DIRECTORY_SYMBOL = "hartscope_directory"
START_SYMBOL = "hv_text_start"

# struct hartscope_image of abi/hartscope.h, and what is written into it.
_HEAD = struct.Struct("<4xIIIQ")
_MAGIC = int.from_bytes(b"hvim", "little")
_FIRMWARE = struct.Struct("<Q")
_ADDRESS = struct.Struct("<II")

# Modes of a benchmark: the configuration of each. bare has none.
MODES = {
    "bare": None,
    "hv": "qemu_virt",
    "hv+trace": "qemu_virt_trace_only",
}


@dataclass(frozen=True)
class MemoryMap:
    """Where a firmware and a payload lie that are no ELF files."""

    firmware: int = 0x80200000
    payload: int = 0x80400000


@dataclass(frozen=True)
class Image:
    """An image of hv. It runs wherever it is loaded: at `place`, once someone has chosen that (layout.py)."""

    config: dict[str, Any]
    binary: bytes
    elf: Elf
    elf_path: Path
    place: int | None = None

    @property
    def name(self) -> str:
        return str(self.config["name"])

    @property
    def memory(self) -> MemoryMap:
        memory = self.config["memory"]
        return MemoryMap(memory["firmware"], memory["payload"])

    def at(self, place: int) -> Image:
        """Returns the image as it is loaded at an address."""
        return replace(self, place=place)

    @property
    def start(self) -> int:
        """The address of hv's first byte: where it was placed, else where it is linked."""
        return self.linked_at if self.place is None else self.place

    @property
    def linked_at(self) -> int:
        return self.elf.symbols[START_SYMBOL]

    @property
    def offset(self) -> int:
        """What is to be added to the addresses of the ELF file."""
        return self.start - self.linked_at

    @property
    def block_bytes(self) -> int:
        """The memory that hv keeps for itself, its rings included: a power of two, at a multiple of which it lies."""
        _, size, _, _ = self._head()
        return size

    @property
    def block(self) -> Range:
        """hv's own memory."""
        return Range(f"hv ({self.name})", self.start, self.start + self.block_bytes)

    def symbol(self, name: str) -> int:
        """Returns the address of a symbol."""
        return self.elf.symbols[name] + self.offset

    @property
    def directory_address(self) -> int | None:
        """The physical address of hv's directory."""
        address = self.elf.symbols.get(DIRECTORY_SYMBOL)
        return None if address is None else address + self.offset

    @property
    def symbols_argument(self) -> str:
        """The ELF file and where hv lies, as hstrace takes files of symbols."""
        return f"{self.elf_path}@{self.start:#x}"

    def loaded(self, firmware: int) -> bytes:
        """Returns the image as it is loaded, for a firmware that is entered at this address."""
        self._head()
        made = bytearray(self.binary)
        _FIRMWARE.pack_into(made, _HEAD.size - _FIRMWARE.size, firmware)
        return bytes(made)

    def relocated(self, firmware: int) -> bytes:
        """Returns the image as hv has it in memory once its boot hart has begun: see hv/config/image.py."""
        made = bytearray(self.loaded(firmware))
        _, _, at, _ = self._head()
        while at:
            target, following = _ADDRESS.unpack_from(made, at)
            _FIRMWARE.pack_into(made, at, self.start + target)
            at = following
        return bytes(made)

    def _head(self) -> tuple[int, int, int, int]:
        """Returns the image's magic, size of hv's memory, offset of the first word with an address, and the firmware's entry."""
        if len(self.binary) < _HEAD.size or _HEAD.unpack_from(self.binary)[0] != _MAGIC:
            raise Failure(f"config {self.name}: its image does not begin as hv's do: build it anew")
        magic, size, addresses, firmware = _HEAD.unpack_from(self.binary)
        return magic, size, addresses, firmware

    @property
    def has_trace(self) -> bool:
        """Whether it writes its exits into rings."""
        return any(module["name"] == "trace" for module in self.config["modules"])

    def require_harts(self, harts: int) -> None:
        """Raises Failure if a machine with harts 0 to @p harts - 1 is not one that this image can start on."""
        platform = self.config["platform"]
        if platform["boot_hart"] >= harts:
            raise Failure(
                f"config {self.name}: [platform] boot_hart = {platform['boot_hart']}, but --harts={harts}: "
                f"give more harts, or a boot hart from 0 to {harts - 1}"
            )
        if platform["max_harts"] < harts:
            remedy = ": raise it, or take a configuration without module trace" if self.has_trace else ""
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
        raise Failure(f"no config {name!r}; configs/ has {', '.join(known)}; or give a path to a TOML file")
    build.run([f"//configs:{name}"], source_directory(), f"hv ({name})")
    return source_directory() / "bazel-bin" / "configs" / name


def _build_file(path: Path) -> Path:
    if not path.is_file():
        raise Failure(f"--config: no file {path}")
    arguments = [f"--repo_env=HARTSCOPE_CONFIG={path.resolve()}", "//configs:user_image"]
    build.run(arguments, source_directory(), f"hv ({path.name})")
    return source_directory() / "bazel-bin" / "configs" / "user_image"


def image(config: str) -> Image:
    """Returns hv of a configuration: a name of configs/, or the path of a TOML file."""
    if config.endswith(".toml") or "/" in config:
        return load(_build_file(user_path(config)))
    stem = workspace_file(f"configs/{config}")
    if stem.with_name(stem.name + ".elf").exists():
        return load(stem)
    return load(_build_named(config))
