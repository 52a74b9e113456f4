"""hstrace stat, diff and merge, on dumps whose contents are known."""

import csv
import json
import math
import struct
import subprocess
import tempfile
import time
import unittest
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).absolute().parents[2]
HSTRACE = ROOT / "trace/hstrace/hstrace"
SYNTHETIC = ROOT / "trace/testing/synthetic"
SYNTHETIC_BUILD_ID = bytes((i * 13 + 1) % 256 for i in range(20))
CONFIG = '{"name":"x","modules":[{"name":"named_by_elf","hooks":[],"events":[]}]}'
QUANTILES = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999}
EXIT, MARK = 1, 10  # events; the records here have no EXT slots


def crc32c(data: bytes) -> int:
    """CRC-32C, bit by bit."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def write_chunks(path: Path, chunks: Sequence[tuple[bytes, bytes]], slots: int) -> None:
    """A dump of these chunks, which have so many slots, and its end."""
    data = bytearray(b"\x89HST\r\n\x1a\n" + struct.pack("<II", 1, 0))
    for kind, contents in (*chunks, (b"DONE", struct.pack("<QQ", slots, len(chunks)))):
        head = struct.pack("<4sHHI", kind, 1, 0, len(contents))
        data.extend(head + struct.pack("<I", crc32c(head + contents)) + contents + bytes(-len(contents) % 16))
    path.write_bytes(data)


def write_machine(path: Path, hart_ids: Sequence[int], build_id: bytes = b"") -> None:
    """A dump of a machine that has these harts and no slots."""
    head = struct.pack("<QII24sQII", 10_000_000, len(hart_ids), 1, build_id, 64, 0, 0)
    write_chunks(path, [(b"MACH", head + struct.pack(f"<{len(hart_ids)}Q", *hart_ids)), (b"SCHM", b"")], 0)


def write_dump(
    path: Path,
    rings: list[tuple[int, int, list[tuple[int, int]]]],
    account: tuple[int, int, int],
    exits: Sequence[int] = (0,) * 128,
    mode: int = 0,
    build_id: bytes = b"",
    config: bytes = b"",
    more_events: str = "",
    more_chunks: Sequence[tuple[bytes, bytes]] = (),
) -> None:
    """A dump of one hart: `rings` are first, lost, slots; `account` is what its statistics say: emitted, read, lost."""
    machine = struct.pack("<QII24sQIIQ", 10_000_000, 1, 1, build_id, 64, len(config), mode, 0) + config
    chunks = [(b"MACH", machine), (b"SCHM", f"event {EXIT} exit 2\nevent {MARK} mark 1\n{more_events}".encode())]
    for first, lost, slots in rings:
        ring = struct.pack("<IIQQQ", 0, len(slots), first, lost, 0)
        chunks.append((b"RING", ring + b"".join(struct.pack("<QQ", *slot) for slot in slots)))
    chunks.append((b"STAT", struct.pack("<IIQQQ", 0, 0, *account) + struct.pack("<Q128Q3Q", 0, *exits, 0, 0, 0)))
    write_chunks(path, [*chunks, *more_chunks], sum(len(slots) for _, _, slots in rings))


class Case(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def make(self, name: str, *options: str) -> tuple[Path, dict[str, Any]]:
        """A synthetic dump, and what is in it."""
        dump = self.folder / name
        made = subprocess.run([str(SYNTHETIC), *options, str(dump)], check=True, stdout=subprocess.PIPE)
        return dump, json.loads(made.stdout)

    def run_tool(self, *words: str | Path, code: int = 0) -> str:
        """stdout of hstrace, which must end with `code`."""
        done = subprocess.run([str(HSTRACE), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout

    def stat(self, dump: Path, *options: str) -> dict[str, Any]:
        """What stat says, as JSON."""
        said: dict[str, Any] = json.loads(self.run_tool("stat", "--json", *options, dump))
        return said

    def exits(self, dump: Path) -> list[dict[str, str]]:
        """The exits of a dump, from its CSV."""
        table = self.run_tool("convert", dump, "-f", "csv", "-o", "-")
        return [row for row in csv.DictReader(table.splitlines()) if row["event"] == "exit"]


class Stat(Case):
    def test_counts_and_percentiles_by_hart_are_those_of_the_records(self) -> None:
        dump, _ = self.make("a.hst", "--harts=3")
        durations = defaultdict(list)
        for line in self.exits(dump):
            durations[f"hart {line['hart']}"].append(int(line["duration_cycles"]))
        rows = self.stat(dump, "--by=hart")["rows"]
        self.assertEqual({row["name"] for row in rows}, set(durations))
        for row in rows:
            own = sorted(durations[row["name"]])
            self.assertEqual((row["count"], row["cycles"]), (len(own), sum(own)))
            self.assertEqual((row["min"], row["max"]), (own[0], own[-1]))
            for name, fraction in QUANTILES.items():
                exact = own[math.ceil(fraction * len(own)) - 1]
                self.assertLessEqual(abs(row[name] - exact), exact / 100)

    def test_every_exit_is_counted_once_by_cause_and_by_module(self) -> None:
        dump, facts = self.make("a.hst", "--harts=2")
        exits = sum(row["count"] for row in facts["exits_by_cause"])
        for key in ("cause", "module"):
            self.assertEqual(sum(row["count"] for row in self.stat(dump, f"--by={key}")["rows"]), exits)

    def test_a_call_is_named_by_its_function_also_if_the_firmware_answers_it(self) -> None:
        dump, facts = self.make("a.hst", "--harts=1")
        rows = {row["name"]: row["count"] for row in self.stat(dump)["rows"]}
        self.assertLessEqual(rows.get("ecall from S", 0), 1)
        self.assertGreater(rows["ecall debug_console_write_byte"], 0)
        calls = sum(count for name, count in rows.items() if name.startswith("ecall "))
        self.assertIn(calls - facts["ecalls"], (0, 1))  # the last may not have returned

    def test_counts_are_compared_with_those_of_hv(self) -> None:
        dump, _ = self.make("a.hst", "--harts=2")
        self.assertEqual([hart["counted"] for hart in self.stat(dump)["harts"]], ["the same"] * 2)
        lossy, _ = self.make("b.hst", "--harts=1", "--overwritten")
        self.assertEqual([hart["counted"] for hart in self.stat(lossy)["harts"]], ["more, as slots are missing"])

    def test_exits_whose_slots_are_still_in_the_ring_do_not_contradict(self) -> None:
        dump, exits = self.folder / "a.hst", [0] * 128
        exits[64 + 9] = 3
        slots = [(1000 * i | EXIT << 48, 50 | 9 << 32 | 1 << 40 | 1 << 42) for i in range(1, 3)]
        for emitted, said in ((3, "more, as slots are missing"), (2, "DIFFERENT")):
            write_dump(dump, [(0, 0, slots)], (emitted, 2, 0), exits=exits)
            verdict = self.run_tool("stat", dump, code=said == "DIFFERENT").splitlines()[-1 - (said == "DIFFERENT")]
            self.assertIn(said, verdict)

    def test_times_without_sync_records_are_told_to_be_a_guess(self) -> None:
        dump, timed = self.folder / "a.hst", self.make("b.hst", "--harts=2")[0]
        write_dump(dump, [(0, 0, [(1000 | MARK << 48, 7)])], (1, 1, 0))
        for path, wanted in ((dump, f"hstrace stat: {dump}: hart 0: too few SYNC records: its times are a guess\n"), (timed, "")):
            done = subprocess.run([str(HSTRACE), "stat", str(path)], check=True, capture_output=True, text=True)
            self.assertEqual(done.stderr, wanted)

    def test_folded_lines_have_all_cycles(self) -> None:
        dump, _ = self.make("a.hst")
        lines = self.run_tool("stat", "--folded", dump).splitlines()
        self.assertEqual(sum(int(line.rsplit(" ", 1)[1]) for line in lines), self.stat(dump)["cycles"])
        self.assertTrue(all(line.count(";") == 2 for line in lines))

    def test_a_cause_is_chosen(self) -> None:
        dump, _ = self.make("a.hst")
        (row,) = self.stat(dump, "--cause=load_misaligned")["rows"]
        self.assertEqual(row["name"], "load misaligned")

    def test_what_makes_no_sense_is_refused(self) -> None:
        dump, _ = self.make("a.hst", "--slots=100", "--harts=2")
        self.run_tool("stat", "--hart=2", dump, code=1)
        for option in ("--hart=x", "--from=soon", "--to=-1", "--by=day"):
            self.run_tool("stat", option, dump, code=2)
        self.run_tool("convert", dump, "-o", self.folder / "no" / "folder", code=1)
        self.run_tool("convert", dump, "-o", self.folder / "out", "--format=xml", code=2)

    def test_a_damaged_dump_is_refused_and_salvaged(self) -> None:
        dump, _ = self.make("a.hst")
        data = bytearray(dump.read_bytes())
        data[len(data) // 2] ^= 1
        dump.write_bytes(data)
        self.run_tool("stat", dump, code=1)
        self.assertIn("exits, cycles", self.run_tool("stat", "--salvage", dump))


class Text(Case):
    """CSV and JSON."""

    def rows(self, dump: Path) -> tuple[dict[str, str], dict[str, Any]]:
        """A dump's only record, from both."""
        (table,) = csv.DictReader(self.run_tool("convert", dump, "-f", "csv", "-o", "-").splitlines())
        (record,) = json.loads(self.run_tool("convert", dump, "-f", "json", "-o", "-"))["records"]
        return table, record

    def test_of_an_exit_that_took_too_long_for_its_record_no_start_is_told(self) -> None:
        dump = self.folder / "a.hst"
        for duration, known in ((0xFFFFFFFE, True), (0xFFFFFFFF, False)):
            slot = (5 << 32 | EXIT << 48, duration | 9 << 32 | 1 << 40 | 1 << 42)
            write_dump(dump, [(0, 0, [slot])], (1, 1, 0))
            table, record = self.rows(dump)
            self.assertEqual((table["duration_cycles"], record["duration_cycles"]), (str(duration), duration))
            self.assertEqual((table["start_ns"] != "", "start_ns" in record), (known, known))
            self.assertEqual(self.stat(dump)["saturated"], not known)
            self.assertEqual("2^32 - 1 cycles or more" in self.run_tool("stat", dump), not known)

    def test_an_event_of_another_version_has_the_name_that_the_dump_gives(self) -> None:
        dump = self.folder / "a.hst"
        for schema, name in (("event 200 later 1\n", "later"), ('event 200 a,"b 1\n', "a??b"), ("", "unknown")):
            write_dump(dump, [(0, 0, [(1000 | 200 << 48, 7)])], (1, 1, 0), more_events=schema)
            table, record = self.rows(dump)
            self.assertEqual((table["event"], record["event"]), (name, name))

    def test_a_line_of_the_schema_that_cannot_be_read_costs_no_more_than_its_name(self) -> None:
        dump = self.folder / "a.hst"
        wrong = {
            f"event 200 {32 * 'a'} 1": "line 3: a name is too long",
            "event 200 a 4": "line 3: an event's number is out of its limits",
            "event 2000 a 1": "line 3: an event's number is out of its limits",
            "event 2000 1": "line 3: an event needs ID NAME EXT",
            "field exit a 0 -1 1 number": "line 3: a field lies outside of its event's words",
            300 * "x": "line 3: a line is too long",
        }
        for line, problem in wrong.items():
            for name in ("later", "unknown"):
                more = f"{line}\n" + f"event 200 {name} 1\n" * (name == "later")
                write_dump(dump, [(0, 0, [(1000 | 200 << 48, 7)])], (1, 1, 0), more_events=more)
                self.assertEqual(self.rows(dump)[0]["event"], name)
                self.assertIn(problem, self.complaint("check", dump))

    def complaint(self, *words: str | Path) -> str:
        """What hstrace says on stderr."""
        return subprocess.run([str(HSTRACE), *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True).stderr

    def test_an_event_of_another_version_does_not_pass_for_one_of_this(self) -> None:
        dump = self.folder / "a.hst"
        for name in ("gap", "wfi_enter"):
            write_dump(dump, [(0, 0, [(1000 | 200 << 48, 7)])], (1, 1, 0), more_events=f"event 200 {name} 1\n")
            self.assertEqual(self.rows(dump)[0]["event"], "unknown")

    def test_whatever_the_configuration_is_json_is_json_and_rows_have_all_columns(self) -> None:
        dump, slot = self.folder / "a.hst", (5000 | EXIT << 48, 9 << 32 | 1 << 40 | 1 << 42 | 1 << 48)
        module = b'{"modules":[{"name":"a,b\x1b","events":[]}],\n\t"x":[]}\n'
        cases: tuple[tuple[bytes, object], ...] = ((module, {"x": []}), (b'no "json\\', 'no "json\\'), (b"", None))
        for config, wanted in cases:
            write_dump(dump, [(0, 0, [slot])], (1, 1, 0), config=config)
            said = json.loads(self.run_tool("convert", dump, "-f", "json", "-o", "-"))["machine"]["config"]
            self.assertEqual({"x": said["x"]} if isinstance(said, dict) else said, wanted)
            header, row = self.run_tool("convert", dump, "-f", "csv", "-o", "-").splitlines()
            self.assertEqual(row.count(","), header.count(","))

    def test_odd_names_of_functions_do_no_harm(self) -> None:
        dump, elf = self.make("a.hst", "--harts=1", "--slots=2000")[0], self.folder / "odd.elf"
        source = elf.with_suffix(".S")
        source.write_text('.globl "a\\"b,c;d e"\n.type "a\\"b,c;d e", @function\n"a\\"b,c;d e":\n.space 0x100000\n')
        command = ["riscv64-unknown-elf-gcc", "-nostdlib", "-Wl,-Ttext=0x80100000", "-Wl,-e0", "-o", str(elf), str(source)]
        subprocess.run(command, check=True)
        symbols = f"--symbols={elf}"
        table = self.run_tool("convert", dump, "-f", "csv", "-o", "-", symbols)
        named = [row for row in csv.DictReader(table.splitlines()) if "a?b?c?d?e+" in (row["function"] or "")]
        self.assertGreater(len(named), 0)
        self.assertEqual([row for row in named if None in row], [])
        json.loads(self.run_tool("convert", dump, "-f", "json", "-o", "-", symbols))
        folded = self.run_tool("stat", "--folded", dump, symbols).splitlines()
        self.assertTrue(all(line.count(";") == 2 for line in folded))


class Diff(Case):
    def test_rows_of_both_runs_stand_side_by_side(self) -> None:
        first, _ = self.make("a.hst")
        second, _ = self.make("b.hst", "--seed=2")
        rows = json.loads(self.run_tool("diff", "--json", first, second))["rows"]
        for side, dump in (("before", first), ("after", second)):
            counts = {row["name"]: row[side]["count"] for row in rows if row[side]["count"]}
            self.assertEqual(counts, {row["name"]: row["count"] for row in self.stat(dump)["rows"]})


class Elf(Case):
    """A dump without hv's configuration, and hv's ELF file."""

    def setUp(self) -> None:
        super().setUp()
        self.dump, _ = self.make("a.hst", "--no-config")
        self.elf = self.folder / "hv.elf"
        self.make_elf(self.elf, SYNTHETIC_BUILD_ID)

    def make_elf(self, elf: Path, build_id: bytes) -> None:
        """An ELF file with hv's two notes."""
        source = elf.with_suffix(".S")
        source.write_text(
            '.section .note.other, "", @note\n.word 6, 4, 1\n.asciz "other"\n.balign 4\n.word 0\n'
            f'.section .note.hartscope, "", @note\n.word 10, {len(CONFIG)}, 1\n.asciz "hartscope"\n.balign 4\n'
            f".ascii {json.dumps(CONFIG)}\n.balign 4\n"
        )
        command = ["riscv64-unknown-elf-gcc", "-nostdlib", "-r", f"-Wl,--build-id=0x{build_id.hex()}", "-o", str(elf), str(source)]
        subprocess.run(command, check=True)

    def modules(self, dump: Path, *options: str | Path) -> set[str]:
        """Names of the modules that stat has lines for."""
        return {row["name"] for row in self.stat(dump, "--by=module", *map(str, options))["rows"]}

    def test_the_elf_file_names_modules(self) -> None:
        self.assertIn("module 1", self.modules(self.dump))
        self.assertIn("missing", self.run_tool("info", self.dump))
        self.assertIn("named_by_elf", self.modules(self.dump, f"--elf={self.elf}"))
        self.run_tool("diff", self.dump, self.dump, f"--elf={self.elf}")

    def test_merge_makes_a_dump_that_has_the_names(self) -> None:
        named = self.folder / "named.hst"
        self.run_tool("merge", self.dump, "-o", named, f"--elf={self.elf}")
        self.assertIn("named_by_elf", self.modules(named))
        self.run_tool("check", "--complete", named)

    def test_another_builds_file_is_refused_but_where_it_is_not_needed(self) -> None:
        self.make_elf(self.elf, bytes(20))
        self.run_tool("stat", f"--elf={self.elf}", self.dump, code=1)
        self.run_tool("merge", f"--elf={self.elf}", self.dump, "-o", self.folder / "out", code=1)
        own, _ = self.make("b.hst")
        self.assertIn("offload", self.modules(own, f"--elf={self.elf}"))

    def test_a_damaged_elf_file_is_refused(self) -> None:
        data, cut = self.elf.read_bytes(), self.folder / "cut.elf"
        for size in [*range(0, len(data), max(1, len(data) // 40)), len(data) - 1]:
            cut.write_bytes(data[:size])
            self.run_tool("stat", f"--elf={cut}", self.dump, code=1)
        self.run_tool("stat", f"--elf={self.folder}", self.dump, code=1)


    def test_an_address_of_symbols_is_a_number_or_part_of_the_name(self) -> None:
        at = self.elf.with_name("hv@work.elf")
        self.elf.rename(at)
        told = []
        for name in (at, f"{at}@0x80000000", f"{at}@8OOOOOOO"):
            command = [str(HSTRACE), "stat", f"--symbols={name}", str(self.dump)]
            told.append(subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True).stderr)
        self.assertNotIn("No such file", told[0] + told[1])
        self.assertIn(f"{at}@8OOOOOOO: No such file", told[2])


class Merge(Case):
    def test_parts_of_one_run_are_one_run_again(self) -> None:
        dump, _ = self.make("a.hst", "--harts=2")
        part = self.folder / "part.hst"
        part.write_bytes(dump.read_bytes()[: dump.stat().st_size // 2])
        merged = self.folder / "merged.hst"
        self.run_tool("merge", dump, dump, "-o", merged)
        self.assertEqual(merged.read_bytes(), dump.read_bytes())
        self.run_tool("merge", "--salvage", part, dump, "-o", merged)
        self.assertEqual(Counter(map(str, self.exits(merged))), Counter(map(str, self.exits(dump))))

    def test_what_is_lost_behind_the_last_slot_is_told_unless_another_dump_has_it(self) -> None:
        slots = [(1000 + i | MARK << 48, i) for i in range(30)]
        dumps: dict[str, list[tuple[int, int, list[tuple[int, int]]]]] = {
            "gap": [(0, 0, slots[:8]), (20, 12, [])],
            "all": [(20, 20, [])],
            "later": [(8, 8, slots[8:])],
            "much later": [(14, 14, slots[14:])],
        }
        for name, rings in dumps.items():
            read = sum(len(own) for _, _, own in rings)
            write_dump(self.folder / name, rings, (rings[-1][0] + len(rings[-1][2]), read, sum(lost for _, lost, _ in rings)))
        merged = self.folder / "merged.hst"
        for names, wanted in (
            (["gap"], (8, 12)),
            (["gap", "gap"], (8, 12)),
            (["all"], (0, 20)),
            (["all", "gap"], (8, 12)),
            (["gap", "all"], (8, 12)),
            (["gap", "later"], (30, 0)),
            (["all", "later"], (22, 8)),
            (["gap", "much later"], (24, 6)),
            (["gap", "later", "gap"], (30, 0)),
        ):
            self.run_tool("merge", *(self.folder / name for name in names), "-o", merged)
            self.run_tool("check", merged)
            (hart,) = self.stat(merged)["harts"]
            self.assertEqual((hart["slots"], hart["lost"]), wanted, names)

    def merge(self, *words: str | Path, code: int = 0) -> str:
        """stderr of a merge into out.hst, which must end with `code`."""
        command = [str(HSTRACE), "merge", *map(str, words), "-o", str(self.folder / "out.hst")]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr

    def test_events_of_another_version_keep_their_names(self) -> None:
        dumps = [self.folder / "one.hst", self.folder / "two.hst"]
        schemas = ("event 200 later 1\n", "event 201 latest 1\nfield latest x 0 0 8 UINT\nremark 1\n")
        for dump, event, schema, build_id in zip(dumps, (200, 201), schemas, (b"1", b"2")):
            write_dump(dump, [(0, 0, [(1000 | event << 48, 7)])], (1, 1, 0), more_events=schema, build_id=build_id)
        self.assertEqual(self.merge(*dumps, dumps[1]), "")
        self.run_tool("check", self.folder / "out.hst")
        table = self.run_tool("convert", self.folder / "out.hst", "-f", "csv", "-o", "-")
        self.assertEqual([row["event"] for row in csv.DictReader(table.splitlines())], ["later", "latest"])
        self.assertEqual((self.folder / "out.hst").read_bytes().count(b"remark 1\n"), 1)

    def test_events_that_mean_something_else_in_another_dump_are_refused(self) -> None:
        dumps = [self.folder / "one.hst", self.folder / "two.hst"]
        own = "event 200 later 1\nfield later x 0 0 8 UINT"
        write_dump(dumps[0], [(0, 0, [])], (0, 0, 0), more_events=own + "".join(f"\nremark {i}" for i in range(3000)))
        for other, wanted in (
            ("event 200 other 1", "event 200 is another than in a dump before"),
            ("event 201 later 1", "event 201 is another than in a dump before"),
            ("event 200 later 2", "event 200 is another than in a dump before"),
            ("event 200 later 1\nfield later x 0 0 9 UINT", "event 200 is another than in a dump before"),
            ("event 200 later 1" + "".join(f"\nfield later y{i} 0 8 8 UINT" for i in range(16)), "an event has too many fields"),
            ("event 200", "line 3: an event needs ID NAME EXT"),
            ("".join(f"remark b{i}\n" for i in range(3000)), "with those of the dumps before it is over 65536 bytes"),
        ):
            write_dump(dumps[1], [(0, 0, [])], (0, 0, 0), more_events=other)
            told = self.merge(*dumps, code=1)
            self.assertIn(f"hstrace merge: {dumps[1]}: offset 0x60: schema: ", told)
            self.assertIn(wanted, told)

    def test_chunks_that_are_left_out_are_told(self) -> None:
        dump = self.folder / "a.hst"
        write_dump(dump, [(0, 0, [(1000 | MARK << 48, 7)])], (1, 1, 0), more_chunks=((b"NEW1", b"x"), (b"NEW2", b"")))
        told = f"hstrace merge: {dump}: 2 chunks of types that this tool does not know are left out; the first is NEW1\n"
        self.assertEqual(self.merge(dump), told)

    def test_a_dump_without_its_machine_is_refused(self) -> None:
        one, many = self.make("a.hst", "--harts=1")[0], self.make("b.hst", "--harts=8")[0]
        mixed, header = bytearray(many.read_bytes()), self.folder / "header.hst"
        header.write_bytes(mixed[:16])
        mixed[40] ^= 1  # in the machine's chunk: the one that is found comes from the other dump, after slots of 8 harts
        damaged = self.folder / "mixed.hst"
        damaged.write_bytes(mixed + one.read_bytes())
        cases = (
            ([str(header)], "no end chunk"),
            (["--salvage", str(damaged)], "a hart that the machine does not have"),
        )
        for words, wanted in cases:
            command = [str(HSTRACE), "merge", *words, "-o", str(self.folder / "out.hst")]
            done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(wanted, done.stderr)

    def test_harts_whose_ids_are_taken_get_the_next_that_are_free(self) -> None:
        dump, most = self.folder / "a.hst", 2**64 - 1
        for ids, wanted in (
            ([7, 7, 8, 7], [7, 8, 9, 10]),
            ([9, 7, 7, 7, 0], [9, 7, 8, 10, 0]),
            ([most, most, 0, 5], [most, 0, 1, 5]),
            ([0] * 4096, list(range(4096))),
        ):
            write_machine(dump, ids)
            begin = time.monotonic()
            told = json.loads(self.run_tool("merge", "--json", dump, "-o", self.folder / "out.hst"))["harts"]
            self.assertEqual([hart["id"] for hart in told], wanted)
            self.assertLess(time.monotonic() - begin, 5)
        write_machine(self.folder / "b.hst", [0], b"another")
        self.assertIn("b.hst: with those of the dumps before there are over 4096 harts", self.merge(dump, self.folder / "b.hst", code=1))

    def test_parts_of_a_run_in_discard_mode_add_up(self) -> None:
        merged, parts = self.folder / "merged.hst", [self.folder / "first.hst", self.folder / "second.hst"]
        slots, discarded = [(1000 + i | MARK << 48, i) for i in range(20)], 5
        for dump, first in zip(parts, (0, 12)):
            own = slots[first : first + 8 if dump == parts[0] else None]
            lost = first + (discarded if first else 0)
            write_dump(dump, [(first, first, own)], (first + len(own) + lost - first, len(own), lost), mode=1)
        self.run_tool("merge", *parts, "-o", merged)
        self.run_tool("check", merged)
        self.assertIn("read 16, lost 9", self.run_tool("info", merged))

    def test_modules_of_another_build_are_told_to_have_the_names_of_the_first(self) -> None:
        dumps = [self.folder / f"{name}.hst" for name in ("one", "two", "three")]
        for dump, build_id, module in zip(dumps, (b"1", b"2", b"3"), (b"a", b"b", b"a")):
            config = b'{"modules":[{"name":"' + module + b'","events":[]}]}'
            write_dump(dump, [(0, 0, [(1000 | MARK << 48, 7)])], (1, 1, 0), build_id=build_id, config=config)
        command = [str(HSTRACE), "merge", *map(str, dumps), "-o", str(self.folder / "out.hst")]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        told = f"hstrace merge: {dumps[1]}: another build of hv: names of modules are those of {dumps[0]}\n"
        self.assertEqual(done.stderr, told)

    def test_another_run_of_the_same_machine_is_not_taken_for_a_part_of_the_first(self) -> None:
        first, _ = self.make("a.hst", "--harts=2")
        for options in (["--slots=200000"], ["--slots=3000"]):
            other, _ = self.make("b.hst", "--harts=2", "--start-ns=7000000", *options)
            self.run_tool("merge", first, other, "-o", self.folder / "out.hst", code=1)

    def events(self, dump: Path, event: str, name: str = "") -> list[dict[str, str]]:
        """Records of a dump, from its CSV, harts one after the other."""
        table = self.run_tool("convert", dump, "-f", "csv", "-o", "-")
        rows = [row for row in csv.DictReader(table.splitlines()) if row["event"] == event and name in ("", row["name"])]
        return sorted(rows, key=lambda row: (int(row["hart"]), int(row["sequence"])))

    def test_runs_are_aligned_at_their_start_or_at_a_mark(self) -> None:
        first, _ = self.make("a.hst", "--harts=2", "--start-ns=900000000")
        second, _ = self.make("b.hst", "--harts=2", "--start-ns=5000000")
        third, _ = self.make("c.hst", "--harts=1", "--seed=3")
        merged = self.folder / "merged.hst"
        for option, event, name in (("start", "", ""), ("mark:3", "mark", "mark 3")):
            self.run_tool("merge", f"--align={option}", first, second, third, "-o", merged)
            self.run_tool("check", "--complete", merged)
            rows = self.events(merged, event or "sync", name)
            starts = [min(int(row["ns"]) for row in rows if int(row["hart"]) in harts) for harts in ((0, 1), (2, 3), (4,))]
            self.assertLess(max(starts) - min(starts), 400, option)  # a tick is 100 ns
            self.assertEqual(len(self.exits(merged)), sum(len(self.exits(dump)) for dump in (first, second, third)))
        self.run_tool("merge", "--align=mark:99", first, second, "-o", merged, code=1)
        self.run_tool("merge", "--align=end", first, second, "-o", merged, code=2)

    def test_harts_of_another_machine_are_added_behind(self) -> None:
        first, one = self.make("a.hst", "--harts=2")
        second, two = self.make("b.hst", "--harts=3", "--seed=2")
        merged = self.folder / "merged.hst"
        told = json.loads(self.run_tool("merge", "--json", first, second, "-o", merged))["harts"]
        self.assertEqual([hart["id"] for hart in told], [0, 1, 2, 3, 4])
        origins = [(str(first), 0), (str(first), 1), *((str(second), own) for own in range(3))]
        self.assertEqual([(hart["file"], hart["hart_of_file"]) for hart in told], origins)
        self.assertEqual(sum(hart["slots"] for hart in told), one["slots"] + two["slots"])
        self.run_tool("check", merged)
        harts = Counter(int(row["hart"]) for row in self.exits(merged))
        expected: Counter[int] = Counter()
        for facts, offset in ((one, 0), (two, 2)):
            for row in facts["exits_by_cause"]:
                expected[row["hart"] + offset] += row["count"]
        self.assertEqual(harts, expected)


if __name__ == "__main__":
    unittest.main()
