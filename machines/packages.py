"""Finds the files of the Debian packages from which guests are made, and the versions of these packages."""

from __future__ import annotations

import json
from pathlib import Path

from cli.failure import Failure
from cli.workspace import repository_file, workspace_file
from machines.firmware import Program, raw

# The packages with the programs of benchmarks/workloads. The others contain libraries.
WORKLOADS = ("gcc-14-riscv64-linux-gnu", "redis-server", "rt-tests", "stress-ng")


def opensbi(address: int) -> Program:
    """Returns Debian's OpenSBI at address @p address. OpenSBI is position-independent, and its first byte is its
    entry."""
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
        raise Failure("//payloads/linux:initramfs is not among this program's data: start the program with `bazel run`")
    return path


def ftrace() -> Path:
    """Returns the program of payloads/linux/ftrace."""
    path = workspace_file("payloads/linux/ftrace/ftrace.elf")
    if not path.is_file():
        raise Failure("//payloads/linux/ftrace is not among this program's data: start the program with `bazel run`")
    return path


def version(repository: str) -> str:
    """Returns the version of the Debian package from which a Bazel repository was made."""
    described = json.loads(repository_file(repository, "versions.json").read_text())
    return str(described["version"])


def linux_versions() -> dict[str, str]:
    """Returns the versions of the packages of a Linux boot."""
    return {
        "opensbi": version("opensbi"),
        "kernel": version("debian_kernel"),
        "busybox": version("debian_busybox"),
    }


def workload_versions() -> dict[str, str]:
    """Returns the versions of the packages of the Linux workloads that are measured."""
    described = json.loads(repository_file("debian_workloads", "versions.json").read_text())
    versions = {entry["package"]: str(entry["version"]) for entry in described}
    return {name: versions[name] for name in WORKLOADS}
