"""Pins the present Debian packages: looks up each one in pins.bzl, downloads and hashes it, rewrites the file."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

from third_party.debian import apt, libfdt, linux_headers

HEADER = '"""The Debian packages that this tree builds with. Written by `bazel run //third_party/debian:pin`."""\n'
OPENSBI = Path("/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin")

Pin = dict[str, str]


def packed_libfdt(deb: Path) -> str:
    """Hash of the archive that the repository rule makes of the package."""
    output = deb.with_name("libfdt.tar")
    libfdt.main(deb, output)
    return apt.sha256_of(output)


def pinned(name: str, pin: Pin) -> Pin:
    """The pin of the package as it is now."""
    if name == "opensbi":
        version = subprocess.run(
            ["dpkg-query", "-W", "-f", "${Version}", "opensbi"], check=True, capture_output=True, text=True
        ).stdout
        return pin | {"version": version, "sha256": apt.sha256_of(OPENSBI)}
    with tempfile.TemporaryDirectory() as folder:
        if name == "linux_headers":
            return pin | pinned_headers(Path(folder), pin)
        package = "" if pin["ask_for"] != pin["package"] else pin["package"]
        got = apt.fetch(Path(folder), pin["suite"], pin["architecture"], pin["ask_for"], package, "")
        new = pin | {"package": got.package, "version": got.version, "sha256": got.sha256}
        return new | {"files_sha256": packed_libfdt(Path(got.file))} if name == "libfdt" else new


def pinned_headers(folder: Path, kernel: Pin) -> Pin:
    """The pin of the headers of a kernel; its fields `kernel` and `version` name it."""
    got = linux_headers.fetch(folder, kernel["suite"], kernel["kernel"], kernel["version"])
    return {"package": got["package"], "libc": got["libc"], "files_sha256": got["sha256"]}


def text(pins: dict[str, Pin]) -> str:
    """pins.bzl."""
    return f"{HEADER}\nPINS = {starlark(pins)}\n"


def starlark(pins: dict[str, Pin]) -> str:
    """The dictionary in the form of a Starlark formatter: keys sorted, a comma after each."""
    entries = []
    for name, pin in sorted(pins.items()):
        fields = "".join(f"        {json.dumps(key)}: {json.dumps(value)},\n" for key, value in sorted(pin.items()))
        entries.append(f"    {json.dumps(name)}: {{\n{fields}    }},\n")
    return "{\n" + "".join(entries) + "}"


def main() -> None:
    folder = Path(os.environ["BUILD_WORKSPACE_DIRECTORY"]) / "third_party/debian"
    file = folder / "pins.bzl"
    values: dict[str, dict[str, Pin]] = {}
    exec(file.read_text(), {}, values)
    old = values["PINS"]
    new = {name: pinned(name, pin) for name, pin in old.items() if name != "linux_headers"}
    kernel = {"kernel": new["kernel"]["package"], "version": new["kernel"]["version"]}
    new["linux_headers"] = pinned("linux_headers", old["linux_headers"] | kernel)
    for name, pin in new.items():
        was = old[name]
        print(f"{name}: {pin['package']} {pin['version']}" + ("" if was == pin else f" (was {was['version']})"))
    file.write_text(text(new))


main()
