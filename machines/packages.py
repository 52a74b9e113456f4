"""The Debian packages that guests are made of, and which versions they are."""

from __future__ import annotations

import json
from pathlib import Path

from cli.failure import Failure
from cli.workspace import repository_file, workspace_file
from machines.firmware import Program, raw


def opensbi(address: int) -> Program:
    """Returns Debian's OpenSBI: position-independent, entered at its first byte."""
    path = repository_file("opensbi", "fw_dynamic.bin")
    elf = path.with_suffix(".elf")
    return raw("OpenSBI", address, path.read_bytes(), elf if elf.is_file() else None, address)


def opensbi_of(suite: str, address: int) -> Program:
    """Returns the OpenSBI of another Debian suite."""
    path = repository_file(f"opensbi_{suite}", "fw_dynamic.bin")
    return raw(f"OpenSBI of {suite}", address, path.read_bytes())


def linux_kernel(address: int) -> Program:
    """Returns Debian's kernel, an uncompressed Image."""
    return raw("Linux", address, repository_file("debian_kernel", "Image").read_bytes())


def initramfs() -> Path:
    """Returns the initramfs of payloads/linux."""
    path = workspace_file("payloads/linux/initramfs.cpio.gz")
    if not path.is_file():
        raise Failure("//payloads/linux:initramfs is not among this program's data: run it by bazel run")
    return path


def version(repository: str) -> str:
    """Returns the version of a package's repository."""
    described = json.loads(repository_file(repository, "versions.json").read_text())
    return str(described["version"])


def linux_versions() -> dict[str, str]:
    """Returns the versions of all that a Linux boot is made of."""
    return {
        "opensbi": version("opensbi"),
        "kernel": version("debian_kernel"),
        "busybox": version("debian_busybox"),
    }
