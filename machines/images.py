"""hv images: those that are among the program's data, and others, built on demand by a nested `bazel build`."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from machines.elf import Elf
from cli.failure import Failure
from cli.workspace import source_directory, user_path, workspace_file

# What the runners take: every exit is counted and traced.
DEFAULT_CONFIG = "qemu_virt_trace"
DIRECTORY_SYMBOL = "hartscope_directory"

# Modes of a benchmark: the configuration of each. bare has none.
MODES = {
    "bare": None,
    "hv": "qemu_virt",
    "hv+trace": "qemu_virt_trace_only",
}


@dataclass(frozen=True)
class MemoryMap:
    """Where hv, the firmware and the payload lie."""

    hv: int = 0x80000000
    hv_size: int = 0x200000
    firmware: int = 0x80200000
    payload: int = 0x80400000


@dataclass(frozen=True)
class Image:
    """An image of hv."""

    config: dict[str, Any]
    binary: bytes
    elf: Elf
    elf_path: Path

    @property
    def name(self) -> str:
        return str(self.config["name"])

    @property
    def memory(self) -> MemoryMap:
        return MemoryMap(**self.config["memory"])

    @property
    def directory_address(self) -> int | None:
        """The physical address of hv's directory."""
        return self.elf.symbols.get(DIRECTORY_SYMBOL)

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


def _bazel(arguments: list[str]) -> None:
    workspace = source_directory()
    program = workspace / "bazelw"
    command = [str(program) if program.exists() else "bazel", "build", "--noshow_progress", *arguments]
    print(f"building hv: {' '.join(arguments)}", file=sys.stderr, flush=True)
    done = subprocess.run(command, cwd=workspace, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"building hv failed: {' '.join(command)}\n{done.stderr.strip()}")


def _build_named(name: str) -> Path:
    known = sorted(path.stem for path in (source_directory() / "configs").glob("*.toml"))
    if name not in known:
        raise Failure(f"no config {name!r}; configs/ has {', '.join(known)}; or give a path to a TOML file")
    _bazel([f"//configs:{name}"])
    return source_directory() / "bazel-bin" / "configs" / name


def _build_file(path: Path) -> Path:
    if not path.is_file():
        raise Failure(f"--config: no file {path}")
    _bazel([f"--repo_env=HARTSCOPE_CONFIG={path.resolve()}", "//configs:user_image"])
    return source_directory() / "bazel-bin" / "configs" / "user_image"


def image(config: str) -> Image:
    """Returns hv of a configuration: a name of configs/, or the path of a TOML file."""
    if config.endswith(".toml") or "/" in config:
        return load(_build_file(user_path(config)))
    stem = workspace_file(f"configs/{config}")
    if stem.with_name(stem.name + ".elf").exists():
        return load(stem)
    return load(_build_named(config))
