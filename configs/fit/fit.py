"""Puts hv into a FIT image that U-Boot's SPL starts. The image stays as it is, except that SPL loads hv, too, and enters hv instead of
OpenSBI. hv then enters OpenSBI, which SPL has loaded as before.

SPL enters the program that a configuration of the image names as `firmware`, if its OS is OpenSBI, with the device tree in a1 and a struct
fw_dynamic_info in a2. hv passes both on. SPL finds U-Boot among the `loadables`, which begin with U-Boot, because SPL gives its device tree
to what comes next.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cli import entry
from cli.failure import Failure
from cli.workspace import user_path

EXAMPLES = """\
example:
  bazel run //configs/fit -- --fit=u-boot.itb --config=bazel-bin/configs/visionfive2 --at=0xa0000000 -o hartscope.itb"""

# struct hartscope_image (abi/hartscope.h): the magic number, the size of hv's block, and where hv enters the firmware. A loader may write
# another address there.
_HEAD = struct.Struct("<4xIIIQ")
_FIRMWARE_AT, _FIRMWARE_ADDRESS = 16, struct.Struct("<Q")
_MAGIC = int.from_bytes(b"hvim", "little")

HV_FILE = "hv.bin"

_LOAD = re.compile(r"^\t\t\tload = <0x([0-9a-f]+)(?: 0x([0-9a-f]+))?>;$", re.MULTILINE)
_IMAGES = re.compile(r"^\timages \{\n(.*?)^\t\};$", re.MULTILINE | re.DOTALL)
_IMAGE = re.compile(r"^\t\t([\w@-]+) \{\n(.*?)^\t\t\};$", re.MULTILINE | re.DOTALL)
_FIRMWARE = re.compile(r'^(\t\t\t)firmware = "([\w@-]+)";$', re.MULTILINE)
_LOADABLES = re.compile(r"^(\t\t\tloadables = )(.*);$", re.MULTILINE)
_OPENSBI = 'os = "opensbi";'


@dataclass(frozen=True)
class Hv:
    """hv's image. at: the address where SPL loads it. block: the size of the memory that hv keeps."""

    name: str
    binary: bytes
    at: int
    block: int

    def entering(self, firmware: int) -> bytes:
        """Returns the image of an hv that enters the firmware at the address @p firmware."""
        made = bytearray(self.binary)
        _FIRMWARE_ADDRESS.pack_into(made, _FIRMWARE_AT, firmware)
        return bytes(made)


def read_hv(stem: Path, at: int) -> Hv:
    """Reads STEM.bin and STEM.json. Raises Failure if hv cannot be at the address @p at."""
    path = stem.with_name(stem.name + ".bin")
    name = json.loads(stem.with_name(stem.name + ".json").read_text())["name"]
    binary = path.read_bytes()
    magic, block, _, _ = _HEAD.unpack_from(binary)
    if magic != _MAGIC:
        raise Failure(f"{path} is not an image of hv")
    if at % block:
        raise Failure(f"--at={at:#x} is not a multiple of hv's memory, which has {block:#x} bytes ({name})")
    return Hv(name, binary, at, block)


def _run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"{words[0]} failed: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def _address(body: str) -> int | None:
    """Returns the address where an image of the FIT is loaded."""
    found = _LOAD.search(body)
    if not found:
        return None
    return int(found[1] + (found[2] or "").zfill(8), 16) if found[2] else int(found[1], 16)


def _opensbi_address(images: dict[str, str], firmware: str) -> int:
    """Returns where SPL loads OpenSBI. Raises Failure if the FIT starts something else."""
    address = _address(images.get(firmware, ""))
    if _OPENSBI not in images.get(firmware, "") or address is None:
        raise Failure(f"the FIT starts {firmware}, which is not OpenSBI: hv can only take OpenSBI's place")
    return address


def _check_free(images: dict[str, str], hv: Hv) -> None:
    """Raises Failure if SPL loads another image into hv's memory."""
    for name, body in images.items():
        address = _address(body)
        if address is not None and hv.at <= address < hv.at + hv.block:
            raise Failure(f"--at={hv.at:#x}: the FIT loads {name} at {address:#x}, in hv's memory ({hv.block:#x} bytes)")


def _node(hv: Hv, cells: int) -> str:
    """Returns the source text of hv's node. Its data are in the file HV_FILE beside the source."""
    address = f"<{hv.at >> 32:#x} {hv.at & 0xFFFFFFFF:#x}>" if cells == 2 else f"<{hv.at:#x}>"
    properties = [
        f'description = "hartscope ({hv.name})"', 'type = "firmware"', _OPENSBI.rstrip(";"), 'arch = "riscv"', 'compression = "none"',
        f"load = {address}", f"entry = {address}", f'data = /incbin/("{HV_FILE}")',
    ]
    return "\t\thv {\n" + "".join(f"\t\t\t{line};\n" for line in properties) + "\t\t};\n"


def with_hv(source: str, hv: Hv) -> tuple[str, bytes]:
    """Returns the source text of a FIT with hv in it, and hv's image. @p source is the text that dtc makes of the FIT."""
    found = _IMAGES.search(source)
    if not found:
        raise Failure("this is not a FIT: it has no images")
    if "data-offset" in source or "data-position" in source:
        raise Failure("the data of this FIT lie outside of its device tree: make it with the data inside (mkimage without -E)")
    images = {match[1]: match[2] for match in _IMAGE.finditer(found[1])}
    if "hv" in images:
        raise Failure("this FIT has an hv already")
    firmwares = {match[2] for match in _FIRMWARE.finditer(source)}
    if len(firmwares) != 1:
        raise Failure(f"the configurations of the FIT start {len(firmwares)} firmwares; exactly one is needed")
    (firmware,) = firmwares
    entered = _opensbi_address(images, firmware)
    _check_free(images, hv)
    cells = int((re.search(r"#address-cells = <0x0*([12])>;", source) or ["", "1"])[1])
    made = source[: found.end(1)] + _node(hv, cells) + source[found.end(1) :]
    made = _FIRMWARE.sub(r'\1firmware = "hv";', made)
    return _LOADABLES.sub(rf'\1\2, "{firmware}";', made), hv.entering(entered)


def make(fit: Path, hv: Hv, out: Path) -> None:
    """Writes the FIT with hv to @p out."""
    source, image = with_hv(_run("dtc", "-q", "-I", "dtb", "-O", "dts", str(fit)), hv)
    with tempfile.TemporaryDirectory() as folder:
        its = Path(folder, "fit.its")
        its.write_text(source)
        its.with_name(HV_FILE).write_bytes(image)
        os.environ.setdefault("SOURCE_DATE_EPOCH", "0")  # mkimage writes the time of the build into the FIT
        _run("mkimage", "-f", str(its), str(out))


def insert(arguments: list[str]) -> int:
    """Runs the program. Returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="bazel run //configs/fit --", description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--fit", required=True, type=user_path, metavar="FILE", help="the FIT of U-Boot and OpenSBI, often u-boot.itb")
    parser.add_argument("--config", required=True, type=user_path, metavar="STEM", help="hv: STEM.bin and STEM.json")
    parser.add_argument("--at", required=True, type=lambda text: int(text, 0), metavar="ADDRESS", help="where SPL loads hv")
    parser.add_argument("-o", "--output", required=True, type=user_path, metavar="FILE", help="the FIT to write")
    chosen = parser.parse_args(arguments)
    make(chosen.fit, read_hv(chosen.config, chosen.at), chosen.output)
    return 0


if __name__ == "__main__":
    sys.exit(entry.run(insert))
