"""Accesses to a device name its register, by what the dump says of its machine: in Perfetto, CSV and JSON."""

import csv
import json
import struct
import subprocess
import tempfile
import unittest
from pathlib import Path

from trace.perfetto.trace_processor import TraceProcessor
from trace.testing.crc32c import crc32c
from trace.testing.patched_dump import patched

HSTRACE, SYNTHETIC = "trace/hstrace/hstrace", "trace/testing/synthetic"
HEADER, CHUNK, EXIT = 16, 16, 1
LOAD_MISALIGNED, LOAD_FAULT, STORE_FAULT = 4, 5, 7
LINES = """register 0x2000000 4 CLINT msip, hart 0
register 0x2000004 4 CLINT msip, hart 1
register 0x2004000 8 CLINT mtimecmp, hart 0
register 0x200bff8 8 CLINT mtime
register 0x100000 4096 reset device
"""
# Cause and value of exits, in turn; and the detail that each is to have.
EXITS = {
    (STORE_FAULT, 0x2000004): "CLINT msip, hart 1",
    (STORE_FAULT, 0x2004004): "CLINT mtimecmp, hart 0",
    (LOAD_FAULT, 0x200BFF8): "CLINT mtime",
    (STORE_FAULT, 0x100000): "reset device",
    (STORE_FAULT, 0x2000008): "",
    (LOAD_FAULT, 0x80000000): "",
    (LOAD_MISALIGNED, 0x81000001): "",
}
MTVAL = """select string_value text from slice join args using (arg_set_id)
    where category = 'exit' and key = 'debug.mtval' order by slice.ts, slice.id"""


def with_lines(dump: bytes, lines: str) -> bytes:
    """The dump with more lines in its schema, which is its second chunk."""
    machine = CHUNK + (int.from_bytes(dump[HEADER + 8 : HEADER + 12], "little") + 15) // 16 * 16
    at = HEADER + machine
    length = int.from_bytes(dump[at + 8 : at + 12], "little")
    text = dump[at + CHUNK : at + CHUNK + length] + lines.encode()
    head = dump[at : at + 8] + struct.pack("<I", len(text))
    chunk = head + struct.pack("<I", crc32c(head + text)) + text + bytes(-len(text) % 16)
    return dump[:at] + chunk + dump[at + CHUNK + (length + 15) // 16 * 16 :]


class Registers(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dump = Path(folder.name, "trace.hst")
        subprocess.run([SYNTHETIC, "--harts=1", "--slots=900", self.dump], check=True, stdout=subprocess.DEVNULL)
        self.exits = 0
        self.dump.write_bytes(with_lines(patched(self.dump.read_bytes(), self.change), LINES))

    def change(self, event: int, words: list[int]) -> list[int]:
        """Makes each exit the next of EXITS."""
        if event == EXIT and len(words) > 2:
            cause, words[2] = list(EXITS)[self.exits % len(EXITS)]
            words[0] = words[0] & ~(0xFF << 32) | cause << 32
            self.exits += 1
        return words

    def hstrace(self, *words: str | Path) -> bytes:
        """What hstrace writes to stdout about the dump."""
        return subprocess.run([HSTRACE, *words, self.dump], check=True, stdout=subprocess.PIPE, timeout=60).stdout

    def wanted(self) -> list[str]:
        """The details of all exits."""
        details = list(EXITS.values())
        self.assertGreater(self.exits, 2 * len(details))
        return [details[index % len(details)] for index in range(self.exits)]

    def test_csv_and_json_have_the_register_as_detail(self) -> None:
        rows = list(csv.DictReader(self.hstrace("convert", "--format=csv", "-o", "-").decode().splitlines()))
        self.assertEqual([row["detail"] for row in rows if row["event"] == "exit"], self.wanted())
        self.assertFalse(any(row["detail"] for row in rows if row["event"] != "exit"))
        records = json.loads(self.hstrace("convert", "--format=json", "-o", "-"))["records"]
        self.assertEqual([record.get("detail", "") for record in records if record["event"] == "exit"], self.wanted())

    def test_perfetto_has_the_register_behind_the_address(self) -> None:
        trace = self.dump.with_suffix(".pftrace")
        self.hstrace("convert", "-o", trace)
        with TraceProcessor(trace) as processor:
            texts = [str(row["text"]) for row in processor.query(MTVAL)]
        values = [value for _, value in EXITS]
        expected = [f"{values[index % len(values)]:#x} {detail}".strip() for index, detail in enumerate(self.wanted())]
        self.assertEqual(texts, expected)

    def test_a_merged_dump_names_them_too(self) -> None:
        merged = self.dump.with_name("merged.hst")
        self.hstrace("merge", "-o", merged)
        self.dump = merged
        self.test_csv_and_json_have_the_register_as_detail()

    def test_a_dump_of_before_there_were_names_has_no_details(self) -> None:
        subprocess.run([SYNTHETIC, "--harts=1", "--slots=900", self.dump], check=True, stdout=subprocess.DEVNULL)
        self.dump.write_bytes(patched(self.dump.read_bytes(), self.change))
        rows = list(csv.DictReader(self.hstrace("convert", "--format=csv", "-o", "-").decode().splitlines()))
        self.assertTrue(rows)
        self.assertFalse(any(row["detail"] for row in rows))

    def test_check_tells_of_a_line_that_names_no_register(self) -> None:
        self.dump.write_bytes(with_lines(self.dump.read_bytes(), "register 2000000 4 x\n"))
        failed = subprocess.run([HSTRACE, "check", self.dump], capture_output=True, text=True, timeout=60)
        self.assertEqual(failed.returncode, 1)
        self.assertIn("a register needs ADDRESS BYTES NAME", failed.stderr)


if __name__ == "__main__":
    unittest.main()
