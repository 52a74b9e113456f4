"""Checks that each room of hv includes only headers that docs/architecture.md allows. A room is a folder of hv, or a
module.

Bazel stops a file from including headers of targets that its target does not depend on. But a file can also include the headers of
targets that its dependencies depend on. This test checks those includes as well.
"""

from __future__ import annotations

import re
import unittest
from pathlib import Path

INCLUDE = re.compile(r'^\s*#\s*include\s+"(?P<path>[^"]+)"', re.MULTILINE)

# The files that each room may include in addition to its own files.
MAY_INCLUDE: dict[str, tuple[str, ...]] = {
    "hv/arch/": ("abi/", "hv/config/", "hv/core/offsets.h"),
    "hv/ring/": ("abi/", "hv/arch/", "hv/config/config.h", "trace/format/"),
    "hv/virt/": ("abi/", "hv/arch/", "hv/config/config.h", "hv/ring/"),
    "hv/platform/": ("hv/config/config.h",),
    "hv/device/": ("hv/arch/", "hv/platform/", "hv/virt/"),
    "hv/log/": ("hv/arch/", "hv/config/", "hv/device/"),
    "hv/libc/": (),
    "hv/crypto/": ("hv/arch/",),
    "hv/module/": ("abi/", "hv/arch/", "hv/config/config.h", "hv/config/module_index.h", "hv/device/", "hv/log/", "hv/virt/"),
    "hv/core/": ("abi/", "hv/", "third_party/rules/asm_offsets.h", "trace/format/console.h"),
    "modules/": ("hv/module/api.h", "hv/crypto/crypto.h", "abi/"),
    "modules/trace/": ("hv/module/api.h", "abi/", "hv/ring/", "trace/format/"),
}


def room_of(path: str) -> str:
    """Returns the room of a file. This is the folder of the file in hv, or the module of the file."""
    return "/".join(path.split("/")[:2]) + "/"


def may_include(path: str, included: str) -> bool:
    """Returns whether the file @p path may include @p included."""
    room = room_of(path)
    allowed = MAY_INCLUDE.get(room) or MAY_INCLUDE["modules/"] if room.startswith("modules/") else MAY_INCLUDE[room]
    return included.startswith((room, *allowed))


def sources() -> list[Path]:
    """Returns all C and assembly files in the data of the test, except unit tests."""
    found = [path for room in ("hv", "modules") for path in Path(room).rglob("*") if path.suffix in (".c", ".h", ".S")]
    return [path for path in found if not path.stem.endswith("_test") and room_of(str(path)) != "hv/config/"]


class Rooms(unittest.TestCase):
    """Checks the includes of hv and of the modules."""

    def test_every_file_includes_only_what_its_room_may_include(self) -> None:
        for path in sources():
            for match in INCLUDE.finditer(path.read_text(encoding="utf-8")):
                if "/" in match["path"]:
                    with self.subTest(path=str(path), includes=match["path"]):
                        self.assertTrue(may_include(str(path), match["path"]))

    def test_every_room_has_files(self) -> None:
        rooms = {room_of(str(path)) for path in sources()}
        self.assertGreaterEqual(rooms, {room for room in MAY_INCLUDE if room.startswith("hv/")})

    def test_a_module_may_include_neither_hv_core_nor_another_module(self) -> None:
        self.assertTrue(may_include("modules/a/a.c", "hv/module/api.h"))
        self.assertFalse(may_include("modules/a/a.c", "hv/core/hart.h"))
        self.assertFalse(may_include("modules/a/a.c", "modules/b/b.h"))


if __name__ == "__main__":
    unittest.main()
