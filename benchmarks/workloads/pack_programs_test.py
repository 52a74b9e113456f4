"""Tests that the archives of the workloads' programs contain the libraries that these programs need, and no others."""

import re
import subprocess
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.workloads import pack_programs
from cli.failure import Failure
from cli.workspace import workspace_file
from machines.elf import MAGIC, Elf
from payloads.linux import pack

ARCHIVES = ("programs", "compiler")
READELF = "riscv64-linux-gnu-readelf"
HEADER = 110  # bytes of a newc header: a magic number of 6 digits, and 13 fields of 8 digits


def files_of(archive: bytes) -> dict[str, bytes]:
    """Returns the files of a newc archive."""
    found: dict[str, bytes] = {}
    at = 0
    while True:
        size, name_size = (int(archive[at + start : at + start + 8], 16) for start in (54, 94))
        name = archive[at + HEADER : at + HEADER + name_size - 1].decode()
        start = (at + HEADER + name_size + 3) // 4 * 4
        if name == pack.TRAILER:
            return found
        if size:
            found[name] = archive[start : start + size]
        at = (start + size + 3) // 4 * 4


def needed(data: bytes) -> list[str]:
    """Returns the libraries that a program needs, as readelf shows them."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "program")
        path.write_bytes(data)
        shown = subprocess.run([READELF, "-d", path], check=True, capture_output=True, text=True).stdout
    return re.findall(r"\(NEEDED\).*\[(.*)\]", shown)


class Archives(unittest.TestCase):
    def test_each_archive_has_exactly_the_libraries_that_its_programs_and_their_libraries_need(self) -> None:
        for name in ARCHIVES:
            files = files_of(workspace_file(f"benchmarks/workloads/{name}.cpio").read_bytes())
            programs = {path: data for path, data in files.items() if data.startswith(MAGIC) and not path.endswith((".o", ".a"))}
            wanted = set()
            for path, data in programs.items():
                self.assertEqual(Elf(data, path).needed, needed(data), path)
                wanted |= set(needed(data))
            libraries = {Path(path).name for path in programs if path.startswith(f"{pack_programs.LIBRARIES}/")}
            self.assertGreater(len(wanted), 5)
            self.assertEqual(libraries - {"libgcc_s.so.1"}, wanted - {"libgcc_s.so.1"}, "programs that are compiled need libgcc_s")
            self.assertIn(pack_programs.LOADER_PATH, files)


class Errors(unittest.TestCase):
    def test_a_library_that_is_absent_and_a_pattern_without_a_file_are_errors(self) -> None:
        files = files_of(workspace_file("benchmarks/workloads/programs.cpio").read_bytes())
        with TemporaryDirectory() as folder:
            Path(folder, "hackbench").write_bytes(files["usr/bin/hackbench"])
            self.assertRaisesRegex(Failure, "no library lib.*: add its package", pack_programs.archive, Path(folder), ["hackbench"], {})
            self.assertRaisesRegex(Failure, "has no file usr/bin/.*", pack_programs.archive, Path(folder), ["usr/bin/*"], {})


if __name__ == "__main__":
    unittest.main()
