"""Tests hstrace extract. This file makes the logs itself, in the form that trace/format/console.h describes."""

from __future__ import annotations

import base64
import bz2
import gzip
import html
import json
import lzma
import struct
import subprocess
import tempfile
import unittest
from collections.abc import Callable
from pathlib import Path

import zstandard

from trace.format.events import record
from trace.testing.crc32c import crc32c

HSTRACE = "trace/hstrace/hstrace"
MACHINE, HART, SLOTS, END = 1, 2, 3, 4
RUN = 0x12345678


def frame(kind: int, contents: bytes, count: int = 0, hart: int = 0, sequence: int = 0) -> str:
    """Returns one line of a dump, which is called a frame."""
    rest = struct.pack("<BBHQ", kind, count, hart, sequence) + contents.ljust(64, b"\0") + struct.pack("<I", RUN)
    return "<hst:" + base64.b64encode(struct.pack("<I", crc32c(rest)) + rest).decode() + ">"


def hart_lines(hart: int, first: int, after: int) -> list[str]:
    """Returns the lines of one hart. They contain the hart's state, and the hart's slots with the numbers from `first` to
    `after` - 1."""
    lines = [frame(HART, struct.pack("<6Q", 10 + hart, first, after, after, 0, 0), hart=hart)]
    for sequence in range(first, after, 4):
        numbers = range(sequence, min(sequence + 4, after))
        slots = b"".join(struct.pack("<QQ", *record(1000 + number, "wfi_enter")[0]) for number in numbers)
        lines.append(frame(SLOTS, slots, len(numbers), hart, sequence))
    return lines


def dump_lines() -> list[str]:
    """Returns the lines of a dump of two harts. Hart 0 has 50 slots, so that the last frame with its slots is not full. Hart 1 has
    100 slots."""
    machine = struct.pack("<QQIIII", 10_000_000, 256, 2, 1, 0, 1) + bytes(range(1, 21))
    lines = [frame(MACHINE, machine), *hart_lines(0, 0, 50), *hart_lines(1, 1000, 1100)]
    return [*lines, frame(END, b"", sequence=len(lines))]


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs hstrace with these arguments."""
    return subprocess.run([HSTRACE, *map(str, words)], capture_output=True, text=True, timeout=60)


class ExtractTest(unittest.TestCase):
    def extract(self, log: str) -> tuple[subprocess.CompletedProcess[str], dict[str, list[dict[str, int]]]]:
        """Runs `hstrace extract` on a log, and `hstrace info` on the dump. Returns the result of the first command, and the JSON of
        the second one."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "trace.hst"
            result = subprocess.run(
                [HSTRACE, "extract", "-", "-o", path], input=log, capture_output=True, text=True, timeout=60
            )
            info = subprocess.run([HSTRACE, "info", "--json", path], capture_output=True, check=True, timeout=60)
            return result, json.loads(info.stdout)

    def test_a_whole_dump_is_extracted(self) -> None:
        log = "boot\r\n" + "\r\n".join(dump_lines()) + "\r\nend\r\n"
        result, info = self.extract(log)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual([hart["slots"] for hart in info["harts"]], [50, 100])
        self.assertEqual([hart["id"] for hart in info["harts"]], [10, 11])
        self.assertEqual([hart["lost"] for hart in info["harts"]], [0, 1000])

    def test_the_summary_is_printed_as_json(self) -> None:
        result = subprocess.run(
            [HSTRACE, "extract", "--json", "-", "-o", "/dev/null"],
            input="\n".join(dump_lines()), capture_output=True, text=True, check=True, timeout=60,
        )
        summary = json.loads(result.stdout)
        self.assertEqual((summary["complete"], summary["dumps"]), (True, 1))
        self.assertEqual([hart["slots"] for hart in summary["harts"]], [50, 100])

    def test_every_missing_line_is_reported(self) -> None:
        lines = dump_lines()
        for number in range(len(lines)):
            result, info = self.extract("\n".join(lines[:number] + lines[number + 1 :]))
            self.assertEqual(result.returncode, 1, number)
            self.assertIn("is missing" if number in (0, len(lines) - 1) else "the log has", result.stderr, number)
            found = sum(hart["slots"] for hart in info["harts"])
            lost = sum(hart["lost"] for hart in info["harts"])
            self.assertEqual(found + lost, 1150, number)

    def test_a_dump_without_the_line_of_the_machine_is_still_read(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            log, dump = Path(folder) / "log", Path(folder) / "trace.hst"
            log.write_text("\n".join(dump_lines()[1:]))
            self.assertEqual(run("extract", "--salvage", log, "-o", dump).returncode, 0)
            stat, info = run("stat", "--json", dump), run("info", dump)
            table, check = run("convert", "-f", "csv", dump, "-o", "-"), run("check", "--json", dump)
            guess = "".join(f"hart {hart}: the rate of mtime is unknown: its times are a guess\n" for hart in range(2))
            self.assertEqual(stat.stderr.replace(f"hstrace stat: {dump}: ", ""), guess)
            self.assertEqual([hart["slots"] for hart in json.loads(stat.stdout)["harts"]], [50, 100])
            self.assertIn("2 harts, time base unknown, ABI", info.stdout)
            self.assertEqual(len(table.stdout.splitlines()), 1 + 150 + 1)
            self.assertIn("0,0,1000,1000,wfi_enter", table.stdout)
            broken = {rule for rule, times in json.loads(check.stdout)["broken"].items() if times}
            self.assertEqual(broken, {"wfi"})  # the harts of dump_lines() enter wfi again and again without leaving it
            self.assertIn("the order of interrupts was not checked", check.stderr)
            for option, code in (("--salvage", 0), ("--align=start", 1)):
                merge = run("merge", option, dump, dump, "-o", Path(folder) / "out.hst")
                self.assertEqual(merge.returncode, code, merge.stderr)

    def test_a_packed_log_is_extracted_and_what_comes_before_damage_is_salvaged(self) -> None:
        text = "\n".join(dump_lines()).encode()
        with tempfile.TemporaryDirectory() as folder:
            log, dump = Path(folder) / "log", Path(folder) / "out.hst"
            packs: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "zstd": zstandard.compress}
            for name, pack in packs.items():
                log.write_bytes(pack(text))
                self.assertEqual(run("extract", log, "-o", dump).returncode, 0)
                harts = json.loads(run("info", "--json", dump).stdout)["harts"]
                self.assertEqual([hart["slots"] for hart in harts], [50, 100])
                log.write_bytes(pack((text + b"\n") * 100)[:-1])  # zstd loses up to 128 KiB before the cut
                dump.unlink()
                failed = run("extract", log, "-o", dump)
                self.assertEqual((failed.returncode, dump.exists()), (1, False))
                self.assertIn(f"{log}: it is packed by {name}, and was cut", failed.stderr)
                salvaged = run("extract", "--salvage", log, "-o", dump)
                self.assertEqual((salvaged.returncode, dump.exists()), (0, True), salvaged.stderr)
                self.assertIn(f"{log}: it is packed by {name}, and was cut", salvaged.stderr)

    def complaint(self, log: bytes) -> str:
        """Runs `hstrace extract` on a log that contains no dump. Returns the error message."""
        with tempfile.TemporaryDirectory() as folder:
            words = [HSTRACE, "extract", "-", "-o", f"{folder}/out"]
            result = subprocess.run(words, input=log, capture_output=True, timeout=60)
            self.assertEqual((result.returncode, list(Path(folder).iterdir())), (1, []))
        self.assertIn(b"there is no dump of hv in this log", result.stderr)
        return result.stderr.decode()

    def test_the_message_about_a_log_without_a_dump_says_what_the_log_is(self) -> None:
        text = "\n".join(dump_lines())
        cases = {
            b"": "it is empty",
            bz2.compress(text.encode()): "bunzip2",
            lzma.compress(text.encode()): "unxz",
            b"PK\x03\x04 1234": "zip archive",
            b"%PDF-1.7": "PDF",
            b"\x89HST\r\n\x1a\n": "it is a dump already",
            b"\x7fELF": "a program",
            text.lower().encode(): "42 frames are entirely in upper or in lower case",
            "\n".join(line[:80] for line in dump_lines()).encode(): "41 frames are cut at the ends of lines, the longest after 80 of 118",
            text.replace("A", "@").encode(): "their characters were changed",
            text.replace("<hst:", "(HST:").replace(">", ")").replace("A", "B").encode(): "their characters were changed",
            b"just\na log\n": "no line contains the start of a frame",
        }
        for log, wanted in cases.items():
            self.assertIn(wanted, self.complaint(log))

    def test_a_log_saved_by_windows_or_as_a_web_page_is_extracted(self) -> None:
        text = "boot\r\n" + "\r\n".join(dump_lines()) + "\r\nend\r\n"
        escaped = f"<html><pre>{html.escape(text)}</pre></html>"
        page = f"<html>{html.escape(escaped)}</html>"
        encodings = ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32")
        logs = [text.encode(encoding) for encoding in encodings]
        logs += [escaped.encode(), escaped.encode("utf-16"), page.encode(), json.dumps({"log": text}).encode()]
        for log in logs:
            with tempfile.TemporaryDirectory() as folder:
                words = [HSTRACE, "extract", "--json", "-", "-o", f"{folder}/out"]
                result = subprocess.run(words, input=log, capture_output=True, timeout=60)
            self.assertEqual((result.returncode, result.stderr), (0, b""), log[:40])
            self.assertEqual([hart["slots"] for hart in json.loads(result.stdout)["harts"]], [50, 100])

    def test_an_interrupted_line_is_repaired(self) -> None:
        lines = dump_lines()
        lines[5] = lines[5][:40] + "\r\n[   12.345678] watchdog: BUG: soft lockup > CPU#1\r\n" + lines[5][40:]
        result, _ = self.extract("\n".join(lines))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("1 of them repaired", result.stdout)


if __name__ == "__main__":
    unittest.main()
