"""Packs the headers and tools that are needed to build a module for a Debian riscv64 kernel. Their version is exactly
the version of the kernel.

linux_headers.py ROOT SUITE KERNEL_PACKAGE KERNEL_VERSION writes ROOT/linux_headers.tar and prints {"package", "version", "libc",
"sha256"}. An archive made from the same packages always has the same bytes. The archive contains build/ (the folder for
`make -C`), common/, kbuild/ (programs for x86-64) and libc/ (a C library, so that those programs run on an older Debian
too).
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from third_party.debian import apt
from third_party.debian.archive import Member, files, pack

ARCHIVE = "linux_headers.tar"
LIBC = "usr/lib/x86_64-linux-gnu/"
LOADER = "ld-linux-x86-64.so.2"

# Debian has one package with headers for all architectures. These files of the package are needed, for riscv and for
# the subsystems that our driver uses.
COMMON = ("Makefile", "arch/riscv/", *(f"include/{name}/" for name in ("asm-generic", "linux", "trace", "uapi", "vdso")))

# Programs that run during the build, and their names in the archive. The package contains one modpost for each
# combination of byte order and word size.
PROGRAMS = {"scripts/basic/fixdep": "scripts/basic/fixdep", "scripts/mod/modpost.real-lsb-64": "scripts/mod/modpost"}
LINKS = {f"{folder}/{name}": f"../kbuild/{name}" for folder in ("build", "common") for name in ("scripts", "tools")}
RUN_PROGRAM = """#!/bin/sh
libc=${0%/*}/../../../libc
exec "$libc/ld-linux-x86-64.so.2" --library-path "$libc" "$0.program" "$@"
"""


def build(deb: Path, release: str) -> dict[str, Member]:
    """Returns the files that depend on the configuration of the kernel: the options, the versions of symbols, and
    generated files."""
    left_out = ("include/config/", "vmlinux")
    wanted = ("include/config/auto.conf", "include/config/kernel.release")
    found = {
        f"build/{name}": member
        for name, member in files(deb, f"usr/src/linux-headers-{release}-riscv64/")
        if name in wanted or not name.startswith(left_out)
    }
    found["build/Makefile"] = Member(b"include ../common/Makefile\n")
    variables = f"override ARCH = riscv\noverride KERNELRELEASE = {release}-riscv64\n"
    found["build/.kernelvariables"] = Member(variables.encode())
    return found


def common(deb: Path, release: str) -> dict[str, Member]:
    """Returns the needed files from the package with the headers for all architectures."""
    found = files(deb, f"usr/src/linux-headers-{release}-common/")
    return {f"common/{name}": member for name, member in found if name.startswith(COMMON)}


def kbuild(deb: Path, release: str) -> dict[str, Member]:
    """Returns makefiles, scripts and the two programs. Each program is started by a script with the program's name. The
    script runs the program with the packed C library."""
    found: dict[str, Member] = {}
    for name, member in files(deb, f"usr/lib/linux-kbuild-{release}/"):
        if name in PROGRAMS:
            found[f"kbuild/{PROGRAMS[name]}.program"] = member
            found[f"kbuild/{PROGRAMS[name]}"] = Member(RUN_PROGRAM.encode(), executable=True)
        elif not member.content.startswith(b"\x7fELF"):
            found[f"kbuild/{name}"] = member
    found["kbuild/tools/none"] = Member()
    return found


def libc(deb: Path) -> dict[str, Member]:
    """Returns the C library and its loader."""
    return {f"libc/{name}": member for name, member in files(deb, LIBC) if name in ("libc.so.6", LOADER)}


def fetch(root: Path, suite: str, kernel: str, version: str) -> dict[str, str]:
    """Downloads the four packages and writes the archive. Returns the names and versions of the packages, and the archive's hash."""
    release = kernel.removeprefix("linux-image-").removesuffix("-riscv64")
    members = {name: Member(target=target) for name, target in LINKS.items()}

    def download(source: apt.PrivateApt, package: str, exact: bool) -> apt.Package:
        fields = source.fields(package, version if exact else "")
        if not fields:
            raise SystemExit(f"suite {suite} of the mirror has no {package} {version if exact else ''}")
        return source.download(fields)

    target = apt.PrivateApt(root / "target", suite, "riscv64")
    target.update()
    headers = download(target, f"linux-headers-{release}-riscv64", exact=True)
    members |= build(Path(headers.file), release)
    members |= common(Path(download(target, f"linux-headers-{release}-common", exact=True).file), release)
    host = apt.PrivateApt(root / "host", suite, "amd64")
    host.update()
    members |= kbuild(Path(download(host, f"linux-kbuild-{release}", exact=True).file), release)
    library = download(host, "libc6", exact=False)
    members |= libc(Path(library.file))
    pack(members, root / ARCHIVE)
    return {
        "package": headers.package,
        "version": headers.version,
        "libc": library.version,
        "sha256": apt.sha256_of(root / ARCHIVE),
    }


if __name__ == "__main__":
    print(json.dumps(fetch(Path(sys.argv[1]), *sys.argv[2:])))
