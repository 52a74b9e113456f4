"""Tests that Perfetto traces, CSV and JSON name the device register that an exit accessed. The dump contains these names."""

import csv
import json
import struct
import subprocess
import tempfile
import unittest
from collections import Counter
from pathlib import Path
from typing import Any

from trace.format import causes
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
# Each key is the cause and the value of an exit. The value is the register that outputs must show for this exit. The tests give
# these causes and values to the exits of the dump, one after the other.
EXITS = {
    (STORE_FAULT, 0x2000004): "CLINT msip, hart 1",
    (STORE_FAULT, 0x2004004): "CLINT mtimecmp, hart 0",
    (LOAD_FAULT, 0x200BFF8): "CLINT mtime",
    (STORE_FAULT, 0x100000): "reset device",
    (STORE_FAULT, 0x2000008): "",
    (LOAD_FAULT, 0x80000000): "",
    (LOAD_MISALIGNED, 0x81000001): "",
    (LOAD_MISALIGNED, 0x2000004): "",  # the address of a register, but the exit was not an access to the device
}
NAMES = "select name from slice where category = 'exit' order by ts, id"
MTVAL = """select string_value text from slice join args using (arg_set_id)
    where category = 'exit' and key = 'debug.mtval' order by slice.ts, slice.id"""


def with_lines(dump: bytes, lines: str) -> bytes:
    """Returns a copy of the dump with more lines at the end of the schema. The schema is the dump's second chunk."""
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
        """Gives each exit the next cause and value in EXITS."""
        if event == EXIT and len(words) > 2:
            cause, words[2] = list(EXITS)[self.exits % len(EXITS)]
            words[0] = words[0] & ~(0xFF << 32) | cause << 32
            self.exits += 1
        return words

    def hstrace(self, *words: str | Path) -> bytes:
        """Runs hstrace on the dump, and returns its stdout."""
        return subprocess.run([HSTRACE, *words, self.dump], check=True, stdout=subprocess.PIPE, timeout=60).stdout

    def stat(self, *options: str) -> dict[str, Any]:
        """Runs hstrace stat on the dump, and returns its JSON. hstrace must exit with 1, because hv counted other causes than the
        changed exits have."""
        done = subprocess.run([HSTRACE, "stat", "--json", *options, self.dump], stdout=subprocess.PIPE, timeout=60)
        statistics: dict[str, Any] = json.loads(done.stdout)
        return statistics

    def wanted(self) -> list[str]:
        """Returns the register that each exit must have."""
        registers = list(EXITS.values())
        self.assertGreater(self.exits, 2 * len(registers))
        return [registers[index % len(registers)] for index in range(self.exits)]

    def wanted_details(self) -> list[str]:
        """Returns the detail that each exit must have. This is the name of the register, without the hart."""
        return [register.partition(",")[0] for register in self.wanted()]

    def wanted_names(self) -> list[str]:
        """Returns the name that each exit must have. The name consists of cause and detail."""
        names = [causes.NAMES[cause] + f": {register.partition(',')[0]}" * bool(register) for (cause, _), register in EXITS.items()]
        return [names[index % len(names)] for index in range(self.exits)]

    def test_csv_and_json_name_the_register_with_its_hart_and_the_detail_without(self) -> None:
        rows = list(csv.DictReader(self.hstrace("convert", "--format=csv", "-o", "-").decode().splitlines()))
        exits = [row for row in rows if row["event"] == "exit"]
        self.assertEqual([row["register"] for row in exits], self.wanted())
        self.assertEqual([row["detail"] for row in exits], self.wanted_details())
        self.assertFalse(any(row["register"] for row in rows if row["event"] != "exit"))
        records = json.loads(self.hstrace("convert", "--format=json", "-o", "-"))["records"]
        exits = [record for record in records if record["event"] == "exit"]
        self.assertEqual([record.get("register", "") for record in exits], self.wanted())
        self.assertEqual([record.get("detail", "") for record in exits], self.wanted_details())

    def test_slices_and_rows_of_statistics_are_named_after_the_register(self) -> None:
        trace = self.dump.with_suffix(".pftrace")
        self.hstrace("convert", "-o", trace)
        with TraceProcessor(trace) as processor:
            names = [str(row["name"]) for row in processor.query(NAMES)]
        self.assertEqual(names, self.wanted_names())
        rows = self.stat()["rows"]
        counts = {f"{row['cause']}: {row['detail']}" if row["detail"] else row["cause"]: row["count"] for row in rows}
        self.assertEqual(counts, Counter(self.wanted_names()))

    def test_a_register_can_be_given_to_filters_and_budgets(self) -> None:
        count = self.wanted_details().count("CLINT msip")
        for name in ("CLINT msip", "msip", "store_amo_access_fault: CLINT msip"):
            with self.subTest(name=name):
                self.assertEqual(self.stat(f"--cause={name}")["exits"], count)
                checked = subprocess.run([HSTRACE, "check", "--json", f"--max={name}=4000000", self.dump], stdout=subprocess.PIPE)
                self.assertEqual(json.loads(checked.stdout)["budgets"][0]["exits"], count)

    def test_perfetto_shows_the_name_of_the_register_at_the_address(self) -> None:
        trace = self.dump.with_suffix(".pftrace")
        self.hstrace("convert", "-o", trace)
        with TraceProcessor(trace) as processor:
            texts = [str(row["text"]) for row in processor.query(MTVAL)]
        values = [value for _, value in EXITS]
        expected = [f"{values[index % len(values)]:#x} {detail}".strip() for index, detail in enumerate(self.wanted())]
        self.assertEqual(texts, expected)

    def test_a_merged_dump_still_names_the_registers(self) -> None:
        merged = self.dump.with_name("merged.hst")
        self.hstrace("merge", "-o", merged)
        self.dump = merged
        self.test_csv_and_json_name_the_register_with_its_hart_and_the_detail_without()

    def test_no_registers_are_shown_for_an_older_dump_without_their_names(self) -> None:
        subprocess.run([SYNTHETIC, "--harts=1", "--slots=900", self.dump], check=True, stdout=subprocess.DEVNULL)
        self.dump.write_bytes(patched(self.dump.read_bytes(), self.change))
        rows = list(csv.DictReader(self.hstrace("convert", "--format=csv", "-o", "-").decode().splitlines()))
        self.assertTrue(rows)
        self.assertFalse(any(row["register"] for row in rows))
        self.assertFalse(any(row["detail"] for row in rows if row["event"] == "exit"))

    def test_check_reports_a_malformed_line_about_a_register(self) -> None:
        self.dump.write_bytes(with_lines(self.dump.read_bytes(), "register 2000000 4 x\n"))
        failed = subprocess.run([HSTRACE, "check", self.dump], capture_output=True, text=True, timeout=60)
        self.assertEqual(failed.returncode, 1)
        self.assertIn("a register needs ADDRESS BYTES NAME", failed.stderr)


if __name__ == "__main__":
    unittest.main()
