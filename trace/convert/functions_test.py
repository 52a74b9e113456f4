"""Tests the names of functions in every output. The names contain any characters, and come from ELF files of any size and from
lists of symbols. Different functions must always have different names in the output."""

import csv
import json
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from trace.perfetto.trace_processor import TraceProcessor
from trace.testing.elf_image import Function, elf
from trace.testing.patched_dump import patched

HSTRACE, SYNTHETIC = "trace/hstrace/hstrace", "trace/testing/synthetic"
EXIT = 1
BASE, SIZE, OFFSET = 0x81000000, 0x40, 0x1C
ESCAPED = re.compile(rb"\\x([0-9a-f]{2})")
MEPC = """select slice.ts, string_value text from slice join args using (arg_set_id)
    where category = 'exit' and key = 'debug.mepc' order by slice.ts, slice.id"""

# Names of functions. The first two names are a hundred times as long as a line. Some pairs of names differ in only one character.
# Other pairs differ only in a character that an output cannot contain.
NAMES = [
    b"_ZN4core3fmt9Formatter" + b"9aaaaaaaaa" * 900 + b"E",
    b"_ZN4core3fmt9Formatter" + b"9aaaaaaaaa" * 900 + b"F",
    b"plain",
    b'a"quote',
    b"a'quote",
    b"with space",
    b"with\ttab",
    b"comma,semi;colon",
    b"comma;semi,colon",
    b"<html>&amp;",
    "ünïcödé→🐍".encode(),
    "ünïcödé←🐍".encode(),
    b"back\\slash",
    b"new\nline",
    b"new\rline",
    b"%s%n%x",
    b"{json}",
    b"bad\xff\xfeutf8",
    b"bad\xfe\xffutf8",
    b"bad\\xff\\xfeutf8",
    b"esc\x1b[31mred",
    b"del\x7f\x01ctl",
    b"=cmd|calc",
    b"$dollar",
    b".dot",
]


def original(text: str) -> bytes:
    """Returns the name that a function has in the ELF file. @p text is the escaped name that an output shows."""
    return ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), text.encode())


class WithDump(unittest.TestCase):
    """A base class with a dump. In this dump, each exit comes from the next function in NAMES."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dump, self.elf = Path(folder.name, "trace.hst"), Path(folder.name, "all.elf")
        subprocess.run([SYNTHETIC, "--harts=1", "--slots=1500", self.dump], check=True, stdout=subprocess.DEVNULL)
        self.dump.write_bytes(patched(self.dump.read_bytes(), self.change))
        self.exits = 0

    exits = 0

    def change(self, event: int, words: list[int]) -> list[int]:
        """Changes the pc of each exit, so that each exit comes from the next function in NAMES."""
        if event == EXIT and len(words) > 1:
            words[1] = BASE + self.exits % len(NAMES) * SIZE + OFFSET
            self.exits += 1
        return words

    def make_elf(self, address: int = BASE, sections: int = 0, segments: int = 0) -> None:
        """Writes an ELF file that contains the functions in NAMES, one after the other. The first function begins at `address`."""
        functions = [Function(name, address + index * SIZE, SIZE) for index, name in enumerate(NAMES)]
        self.elf.write_bytes(elf(functions, sections, segments))

    def hstrace(self, *words: str | Path) -> bytes:
        """Runs hstrace on the dump, and returns its stdout."""
        return subprocess.run([HSTRACE, *words, self.dump], check=True, stdout=subprocess.PIPE, timeout=60).stdout

    def names_in_csv(self, where: str = "") -> list[str]:
        """Converts the dump to CSV, and returns the function of each exit. Checks and removes the offset after each function."""
        table = self.hstrace("convert", "--format=csv", "-o", "-", f"--symbols={self.elf}{where}").decode()
        rows = list(csv.DictReader(table.splitlines()))
        self.assertEqual(len(rows), len(table.splitlines()) - 1, "a record has more than one line")
        functions = [str(row["function"]) for row in rows if row["event"] == "exit"]
        self.assertTrue(all(function.endswith(f"+{OFFSET:#x}") for function in functions))
        return [function.rpartition("+")[0] for function in functions]


class Functions(WithDump):
    def assert_all(self, names: list[str]) -> None:
        """Checks the functions of the exits: they must be the functions of the ELF file, one after the other."""
        self.assertGreater(len(names), 2 * len(NAMES))
        for index, name in enumerate(names):
            self.assertEqual(original(name), NAMES[index % len(NAMES)])
        self.assertEqual(len(set(names)), len(NAMES))

    def test_csv_has_every_character_of_utf8_except_control_characters(self) -> None:
        self.make_elf()
        names = self.names_in_csv()
        self.assert_all(names)
        for name in ("with space", "comma,semi;colon", 'a"quote', "ünïcödé→🐍", "back\\slash", "new\\x0aline", "bad\\xff\\xfeutf8"):
            self.assertIn(name, names)

    def test_json_has_every_character_of_utf8(self) -> None:
        self.make_elf()
        converted = json.loads(self.hstrace("convert", "--format=json", "-o", "-", f"--symbols={self.elf}"))
        functions = [record["function"] for record in converted["records"] if record["event"] == "exit"]
        names = [function.rpartition("+")[0] for function in functions]
        self.assert_all(names)
        self.assertLessEqual({"new\nline", "esc\x1b[31mred", 'a"quote', "ünïcödé→🐍", "bad\\xff\\xfeutf8"}, set(names))

    def test_perfetto_has_every_character_of_utf8(self) -> None:
        self.make_elf()
        trace = self.dump.with_suffix(".pftrace")
        self.hstrace("convert", "-o", trace, f"--symbols={self.elf}")
        with TraceProcessor(trace) as processor:
            texts = [str(row["text"]) for row in processor.query(MEPC)]
        names = [text.partition(" ")[2].rpartition("+")[0] for text in texts]
        self.assert_all(names)
        self.assertLessEqual({"new\nline", "esc\x1b[31mred", 'a"quote', "ünïcödé→🐍", "bad\\xff\\xfeutf8"}, set(names))

    def test_a_function_is_one_frame_in_a_flame_graph(self) -> None:
        self.make_elf()
        lines = self.hstrace("stat", "--folded", f"--symbols={self.elf}").decode().splitlines()
        frames = [line.rpartition(" ")[0].split(";") for line in lines]
        self.assertEqual({len(frame) for frame in frames}, {3, 4})  # world, function, cause, and the detail if there is one
        self.assertEqual({original(frame[1]) for frame in frames}, set(NAMES))
        self.assertIn("comma,semi\\x3bcolon", {frame[1] for frame in frames})

    def test_an_elf_file_may_have_more_sections_than_its_header_can_count(self) -> None:
        for sections in (*range(0xFF00 - 7, 0xFF01), 0xFFFF, 66000):
            self.make_elf(sections=sections)
            self.assert_all(self.names_in_csv())

    def test_an_elf_file_may_have_more_segments_than_its_header_can_count(self) -> None:
        for segments in (0xFFFD, 0xFFFE, 0xFFFF, 70000):
            self.make_elf(0x1000, segments=segments)
            self.assert_all(self.names_in_csv(f"@{BASE:#x}"))

    def test_the_tables_of_an_elf_file_need_not_be_aligned(self) -> None:
        self.make_elf()
        data = self.elf.read_bytes()
        for moved in range(1, 8):
            self.elf.write_bytes(move(data, moved))
            self.assert_all(self.names_in_csv())


class Lists(WithDump):
    """Tests of names that come from lists of symbols, such as System.map and /proc/kallsyms."""

    def make_list(self, last: str = "") -> list[str]:
        """Writes a list of symbols with functions that lie one after the other. Returns the names that outputs must show."""
        names = [f"function_{index}" for index in range(len(NAMES) - 1)] + ["read"]
        lines = [f"{BASE + index * SIZE:016x} {'tT'[index % 2]} {name}" for index, name in enumerate(names)]
        self.elf.write_text("".join(f"{line}\n" for line in lines[:-1]) + lines[-1] + f"\t[module]\n{last}")
        return [*names[:-1], "read [module]"]

    def test_csv_json_perfetto_and_flame_graphs_have_the_functions_of_a_list(self) -> None:
        wanted = self.make_list()
        csv_names = self.names_in_csv()
        self.assertGreater(len(csv_names), 2 * len(wanted))
        self.assertEqual(csv_names, [wanted[index % len(wanted)] for index in range(len(csv_names))])
        converted = json.loads(self.hstrace("convert", "--format=json", "-o", "-", f"--symbols={self.elf}"))
        functions = [record["function"] for record in converted["records"] if record["event"] == "exit"]
        self.assertEqual([function.rpartition("+")[0] for function in functions], csv_names)
        trace = self.dump.with_suffix(".pftrace")
        self.hstrace("convert", "-o", trace, f"--symbols={self.elf}")
        with TraceProcessor(trace) as processor:
            texts = [str(row["text"]) for row in processor.query(MEPC)]
        self.assertEqual([text.partition(" ")[2].rpartition("+")[0] for text in texts], csv_names)
        folded = self.hstrace("stat", "--folded", f"--symbols={self.elf}").decode().splitlines()
        self.assertEqual({line.split(";")[1] for line in folded}, set(wanted))

    def test_statistics_by_function_have_a_row_for_each_function_and_for_exits_outside_of_them(self) -> None:
        wanted = self.make_list()
        self.elf.write_text("".join(self.elf.read_text().splitlines(keepends=True)[1:]))  # removes the first function
        rows = json.loads(self.hstrace("stat", "--json", "--by=function", f"--symbols={self.elf}"))["rows"]
        names = {row["name"] for row in rows}
        nameless = {"firmware, no function", "payload, no function"}
        self.assertEqual(names - nameless, set(wanted[1:]))
        self.assertTrue(names & nameless)
        whole = json.loads(self.hstrace("stat", "--json"))
        self.assertEqual(sum(row["count"] for row in rows), whole["exits"])
        self.assertEqual(sum(row["cycles"] for row in rows), whole["cycles"])
        folded = self.hstrace("stat", "--folded", f"--symbols={self.elf}").decode().splitlines()
        cycles = sum(int(line.rpartition(" ")[2]) for line in folded if line.split(";")[1] == wanted[3])
        self.assertEqual(next(row["cycles"] for row in rows if row["name"] == wanted[3]), cycles)

    def test_files_of_both_kinds_can_be_given_in_one_option_or_in_several(self) -> None:
        wanted = self.make_list()
        half = len(wanted) // 2
        lines = self.elf.read_text().splitlines(keepends=True)
        self.elf.write_text("".join(lines[:half]))
        other = self.elf.with_name("other.elf")
        other.write_bytes(elf([Function(name.encode(), BASE + index * SIZE, SIZE) for index, name in enumerate(wanted) if index >= half]))
        for words in ([f"--symbols={self.elf},{other}"], [f"--symbols={self.elf}", f"--symbols={other}"]):
            folded = self.hstrace("stat", "--folded", *words).decode().splitlines()
            self.assertEqual({line.split(";")[1] for line in folded}, set(wanted), words)

    def test_a_list_may_come_through_a_pipe(self) -> None:
        wanted = self.make_list()
        command = [HSTRACE, "stat", "--folded", "--symbols=/dev/stdin", str(self.dump)]
        folded = subprocess.run(command, input=self.elf.read_bytes(), check=True, stdout=subprocess.PIPE, timeout=60).stdout.decode()
        self.assertEqual({line.split(";")[1] for line in folded.splitlines()}, set(wanted))

    def test_the_message_about_a_bad_line_has_the_files_name_and_the_lines_number(self) -> None:
        self.make_list("nonsense\n")
        failed = subprocess.run([HSTRACE, "stat", f"--symbols={self.elf}", self.dump], capture_output=True, text=True, timeout=60)
        self.assertEqual(failed.returncode, 1)
        self.assertEqual(failed.stderr, f"hstrace stat: {self.elf}: line {len(NAMES) + 1}: it does not begin with a hexadecimal address\n")


def move(data: bytes, by: int) -> bytes:
    """Returns a copy of the ELF file in which `by` more bytes follow the header."""
    made = bytearray(data[:64] + bytes(by) + data[64:])
    for at in (32, 40):  # the offsets of the tables of segments and sections
        made[at : at + 8] = (int.from_bytes(made[at : at + 8], "little") + by).to_bytes(8, "little")
    table, count = int.from_bytes(made[40:48], "little"), int.from_bytes(made[60:62], "little")
    for section in range(1, count):
        at = table + 64 * section + 24
        made[at : at + 8] = (int.from_bytes(made[at : at + 8], "little") + by).to_bytes(8, "little")
    return bytes(made)


if __name__ == "__main__":
    unittest.main()
