"""Tests that hstrace reads and writes files that gzip or zstd has packed as if they were not packed."""

from __future__ import annotations

import gzip
import json
import subprocess
import tempfile
import time
import unittest
from collections.abc import Callable
from pathlib import Path

import zstandard

from trace.testing.live_guest import SHUT_DOWN, Guest

HSTRACE, SYNTHETIC = "trace/hstrace/hstrace", "trace/testing/synthetic"
Pack = Callable[[bytes], bytes]


def unzstd(data: bytes) -> bytes:
    """Returns what zstd has packed. The data must be complete."""
    unpacker = zstandard.ZstdDecompressor().decompressobj()
    unpacked: bytes = unpacker.decompress(data)
    assert unpacker.eof
    return unpacked


PACK: dict[str, Pack] = {".gz": gzip.compress, ".zst": zstandard.compress}
UNPACK: dict[str, Pack] = {".gz": gzip.decompress, ".zst": unzstd}


class Packed(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.dump = self.folder / "trace.hst"
        subprocess.run([SYNTHETIC, "--harts=2", "--slots=20000", self.dump], check=True, stdout=subprocess.DEVNULL)

    def hstrace(self, *words: str | Path, code: int = 0, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        done = subprocess.run([HSTRACE, *words], capture_output=True, input=stdin, timeout=60)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def packed(self, ending: str) -> Path:
        file = self.folder / f"packed.hst{ending}"
        file.write_bytes(PACK[ending](self.dump.read_bytes()))
        return file

    def test_commands_say_the_same_about_a_packed_dump(self) -> None:
        for command in (["info", "--json"], ["stat", "--json"], ["check", "--json"], ["convert", "--format=csv", "-o", "-"]):
            wanted = self.hstrace(*command, self.dump).stdout
            for ending in PACK:
                with self.subTest(command=command, ending=ending):
                    packed = self.packed(ending)
                    self.assertEqual(self.hstrace(*command, packed).stdout.replace(bytes(packed), bytes(self.dump)), wanted)
                    self.assertEqual(self.hstrace(*command, "-", stdin=packed.read_bytes()).stdout.replace(b"stdin", bytes(self.dump)), wanted)

    def test_the_name_of_the_output_decides_how_it_is_packed(self) -> None:
        for form, name in (("pftrace", "out.pftrace"), ("json", "out.json"), ("csv", "out.csv")):
            self.hstrace("convert", f"--format={form}", self.dump, "-o", self.folder / name)
            for ending, unpack in UNPACK.items():
                with self.subTest(form=form, ending=ending):
                    file = self.folder / (name + ending)
                    self.hstrace("convert", f"--format={form}", self.dump, "-o", file)
                    self.assertEqual(unpack(file.read_bytes()), (self.folder / name).read_bytes())
                    self.assertLess(file.stat().st_size, (self.folder / name).stat().st_size / 2)
        for option, unpack in (("--gzip", gzip.decompress), ("-z", gzip.decompress), ("--zstd", unzstd)):
            made = self.hstrace("convert", "--format=csv", option, self.dump, "-o", "-").stdout
            self.assertEqual(unpack(made), (self.folder / "out.csv").read_bytes())

    def test_a_merged_dump_can_be_packed(self) -> None:
        self.hstrace("merge", self.dump, "-o", self.folder / "plain.hst")
        for ending, unpack in UNPACK.items():
            file = self.folder / f"merged.hst{ending}"
            self.hstrace("merge", self.packed(ending), "-o", file)
            self.assertEqual(unpack(file.read_bytes()), (self.folder / "plain.hst").read_bytes())

    def test_a_recording_that_was_killed_can_be_read_up_to_the_last_write(self) -> None:
        for ending, name in ((".gz", "gzip"), (".zst", "zstd")):
            guest, file = Guest(self.folder), self.folder / f"live.hst{ending}"
            guest.appear()
            process = subprocess.Popen([HSTRACE, "live", f"--memory={guest.path}", "--follow", "-o", file])
            self.addCleanup(process.kill)
            guest.emit(0, 100)
            until = time.monotonic() + 60
            while self.slots(file) < 100:
                self.assertLess(time.monotonic(), until, "the slots do not arrive in the file")
                time.sleep(0.05)
            process.kill()
            process.communicate()
            done = self.hstrace("info", "--salvage", file)
            self.assertIn(f"it is packed by {name}, and was cut", done.stderr.decode())
            self.assertEqual(self.slots(file), 100)

    def slots(self, dump: Path) -> int:
        """Returns how many slots a dump has that may not be complete."""
        done = subprocess.run([HSTRACE, "info", "--json", "--salvage", dump], capture_output=True, timeout=60)
        return sum(hart["slots"] for hart in json.loads(done.stdout)["harts"]) if done.returncode == 0 else 0

    def test_a_recording_that_ends_is_packed_completely(self) -> None:
        for ending in PACK:
            guest, file = Guest(self.folder), self.folder / f"live.hst{ending}"
            guest.appear()
            guest.emit(0, 100)
            guest.set_state(SHUT_DOWN)
            self.hstrace("live", f"--memory={guest.path}", "--follow", "-o", file)
            self.hstrace("check", file)
            self.assertEqual(self.slots(file), 100)

    def test_a_packed_dump_that_was_cut_is_an_error_and_can_be_salvaged(self) -> None:
        harts = json.loads(self.hstrace("info", "--json", self.dump).stdout)["harts"]
        for ending, name in ((".gz", "gzip"), (".zst", "zstd")):
            with self.subTest(ending=ending):
                packed = self.packed(ending)
                packed.write_bytes(packed.read_bytes()[: packed.stat().st_size * 2 // 3])
                done = self.hstrace("info", packed, code=1)
                self.assertIn(f"it is packed by {name}, and was cut", done.stderr.decode())
                done = self.hstrace("info", "--json", "--salvage", packed)
                self.assertIn(f"{packed}: it is packed by {name}, and was cut", done.stderr.decode())
                found = sum(hart["slots"] for hart in json.loads(done.stdout)["harts"])
                self.assertGreater(found, 0)
                self.assertLess(found, sum(hart["slots"] for hart in harts))

    def test_a_damaged_packed_dump_is_an_error(self) -> None:
        for ending, name in ((".gz", "gzip"), (".zst", "zstd")):
            with self.subTest(ending=ending):
                packed = self.packed(ending)
                data = bytearray(packed.read_bytes())
                data[len(data) // 2] ^= 0xFF
                packed.write_bytes(data)
                message = self.hstrace("stat", packed, code=1).stderr.decode()
                self.assertRegex(message, f"packed by {name}, and cannot be unpacked|check sum")

    def test_a_list_of_functions_can_be_packed(self) -> None:
        symbols = self.folder / "kallsyms"
        symbols.write_text("".join(f"{address:x} T somewhere\n" for address in range(0x80000000, 0x90000000, 1 << 20)))
        wanted = self.hstrace("stat", "--by=function", f"--symbols={symbols}", self.dump).stdout
        self.assertIn(b"somewhere", wanted)
        for ending, pack in PACK.items():
            packed = self.folder / f"kallsyms{ending}"
            packed.write_bytes(pack(symbols.read_bytes()))
            self.assertEqual(self.hstrace("stat", "--by=function", f"--symbols={packed}", self.dump).stdout, wanted)


if __name__ == "__main__":
    unittest.main()
