"""Packs the sources of libfdt from Debian's package of the kernel's sources: libfdt.py PACKAGE.deb OUTPUT.tar

Bazel's repository cache keeps this small archive instead of the package, which has 139 MB. The archive made from the
same package always has the same bytes.
"""

import io
import sys
import tarfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from third_party.debian.archive import Member, files, pack

FOLDER = "scripts/dtc/libfdt"


def c_files(kernel: tarfile.TarFile) -> dict[str, Member]:
    """Returns libfdt's C sources and headers from the kernel's sources, by their names in the new archive."""
    found: dict[str, Member] = {}
    for member in kernel:
        path = Path(*Path(member.name).parts[1:])
        content = kernel.extractfile(member) if str(path.parent) == FOLDER and path.suffix in (".c", ".h") else None
        if content:
            found[f"libfdt/{path.name}"] = Member(content.read())
    return found


def main(package: Path, output: Path) -> None:
    members: dict[str, Member] = {}
    for name, member in files(package, "usr/src/"):
        if name.endswith(".tar.xz"):
            with tarfile.open(fileobj=io.BytesIO(member.content), mode="r|xz") as kernel:
                members |= c_files(kernel)
    if not members:
        raise SystemExit(f"{package.name} has no sources in {FOLDER}")
    pack(members, output)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
