"""Selects the firmware, the kernel and the initial RAM disk of a boot: Debian's, or the user's files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.results.result import short_hash
from cli.failure import Failure
from cli.workspace import existing_file
from machines import firmware, measurement, packages
from machines.firmware import Program
from machines.images import Image, MemoryMap
from machines.measurement import GZIP_MAGIC


@dataclass(frozen=True)
class Parts:
    """The user's firmware, kernel and initial RAM disk. If the user did not give a file, the member is None. Then the
    boot uses Debian's OpenSBI, Debian's kernel, or the initial RAM disk of payloads/linux."""

    firmware: Path | None = None
    kernel: Path | None = None
    initrd: Path | None = None

    def program(self, memory: MemoryMap) -> Program:
        """Returns the firmware. A firmware like OpenSBI's fw_dynamic gets the address of the kernel from QEMU."""
        return firmware.load(self.firmware, memory.firmware) if self.firmware else packages.opensbi(memory.firmware)

    def payload(self, memory: MemoryMap) -> Program:
        """Returns the kernel. The file is an Image, or an ELF file that is linked at physical addresses."""
        if self.kernel is None:
            return packages.linux_kernel(memory.payload)
        with self.kernel.open("rb") as file:
            if file.read(len(GZIP_MAGIC)) == GZIP_MAGIC:
                raise Failure(f"--kernel: {self.kernel} is compressed: unpack it with gunzip and pass the Image")
        return firmware.load(self.kernel, memory.payload)

    def initrd_file(self) -> Path:
        """Returns the initial RAM disk."""
        return self.initrd or packages.initramfs()

    def versions(self) -> dict[str, str]:
        """Returns the versions of Debian's packages, and the names and hashes of the user's files."""
        found = packages.linux_versions()
        for option, package, file in (
            ("firmware", "opensbi", self.firmware),
            ("kernel", "kernel", self.kernel),
            ("initrd", "busybox", self.initrd),
        ):
            if file:
                del found[package]
                found[option] = f"{file.name}, sha256 {short_hash(file)}"
        return found


def parts_of(given: dict[str, str | None]) -> Parts:
    """Returns the parts for the options --firmware, --kernel and --initrd, each of which may be absent."""
    return Parts(**{name: existing_file(text, f"--{name}") for name, text in given.items() if text})


def require_accepted(image: Image, payload: Program) -> None:
    """Raises Failure if @p image accepts only a payload that differs from @p payload. Then hv would end the run before the
    payload's first instruction. The message has the table for a configuration that accepts @p payload."""
    table = image.config.get("protect_payload", {})
    wanted = table.get("sha256")
    if wanted is None or table["measure_only"]:
        return
    found = measurement.of_range(payload, table["start"], table["size"]).sha256
    if found == wanted.lower():
        return
    raise Failure(
        f"config {image.name} accepts only a payload with the SHA-256 {wanted}, but with {payload.name} the {table['size']:#x} bytes"
        f" at {table['start']:#x} have {found}. To boot {payload.name}, use a configuration with this table:\n\n"
        f"{measurement.table(measurement.of_program(payload))}"
    )
