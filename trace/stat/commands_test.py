"""Tests hstrace stat, hstrace diff, and hstrace convert with the formats CSV and JSON. The tests know the contents of the dumps."""

import csv
import json
import math
import re
import struct
import subprocess
import unittest
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from trace.format.events import EVENTS, pack, record, record_slots, schema_text
from trace.stat.dump_case import EXIT, HSTRACE, LATER, MARK, SYNC, Case, short_exit, write_chunks, write_dump

SYNTHETIC_BUILD_ID = bytes((i * 13 + 1) % 256 for i in range(20))
CONFIG = '{"name":"x","modules":[{"name":"named_by_elf","hooks":[],"events":[]}]}'
FORWARDED = 4  # the outcome of an exit that the firmware got
BOOT_FIRMWARE = 0x401  # the id of the counter boot_exits_firmware, which marks the phase "firmware"
ALL = re.compile(r"all +\d")  # the last row of a table
QUANTILES = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999}


class Stat(Case):
    def test_counts_and_percentiles_by_hart_agree_with_the_records(self) -> None:
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

    def test_an_sbi_call_is_named_after_its_function_even_if_the_firmware_answers_it(self) -> None:
        dump, facts = self.make("a.hst", "--harts=1")
        rows = {(row["cause"], row["detail"]): row["count"] for row in self.stat(dump)["rows"]}
        cause = "environment_call_from_s_mode"
        self.assertLessEqual(rows.get((cause, None), 0), 1)
        self.assertGreater(rows[cause, "sbi debug_console_write_byte"], 0)
        calls = sum(count for (name, _), count in rows.items() if name == cause)
        self.assertIn(calls - facts["ecalls"], (0, 1))  # the last call may not have returned yet

    def test_counts_are_compared_with_those_that_hv_has_counted(self) -> None:
        dump, _ = self.make("a.hst", "--harts=2")
        self.assertEqual([hart["counted"] for hart in self.stat(dump)["harts"]], ["the same"] * 2)
        lossy, _ = self.make("b.hst", "--harts=1", "--overwritten")
        self.assertEqual([hart["counted"] for hart in self.stat(lossy)["harts"]], ["more, because slots are missing"])

    def test_exits_that_are_still_in_the_ring_do_not_contradict_the_counts_of_hv(self) -> None:
        dump, exits = self.folder / "a.hst", [0] * 128
        exits[64 + 9] = 3
        records = [short_exit(1000 * i, duration=50, cause=9, before=1, after=1)[0] for i in range(1, 3)]
        for emitted, said in ((3, "more, because slots are missing"), (2, "DIFFERENT")):
            write_dump(dump, [(0, 0, records)], (emitted, 2, 0), exits=exits)
            verdict = self.run_tool("stat", dump, code=said == "DIFFERENT").splitlines()[-1 - (said == "DIFFERENT")]
            self.assertIn(said, verdict)

    def test_a_warning_says_that_times_without_sync_records_are_a_guess(self) -> None:
        dump, timed = self.folder / "a.hst", self.make("b.hst", "--harts=2")[0]
        write_dump(dump, [(0, 0, record_slots(1000, MARK, [7]))], (1, 1, 0))
        for path, wanted in ((dump, f"hstrace stat: {dump}: hart 0: too few SYNC records: its times are a guess\n"), (timed, "")):
            done = subprocess.run([str(HSTRACE), "stat", str(path)], check=True, capture_output=True, text=True)
            self.assertEqual(done.stderr, wanted)

    def test_a_time_of_more_nanoseconds_than_can_be_counted_is_an_error_in_every_command(self) -> None:
        dump, out = self.folder / "a.hst", self.folder / "out"
        for mtime, code in ((46_116_860_184_273_879 - 2000, 0), (46_116_860_184_273_879, 1), (2**63, 1), (2**64 - 1, 1)):
            slots = [slot for number in (1, 2) for slot in self.sync(number * 1_000_000, mtime + number * 1000 - 1000)]
            write_dump(dump, [(0, 0, slots)], (len(slots), len(slots), 0), more_events=f"event {SYNC} sync 3\n")
            for words in ("check", "stat", f"convert -o {out}", f"convert -f csv -o {out}", f"convert -f json -o {out}",
                          f"diff {dump}", f"merge --align=start -o {out}"):
                command = [str(HSTRACE), *words.split(), str(dump)]
                done = subprocess.run(command, capture_output=True, text=True)
                self.assertEqual(done.returncode, code, (command, mtime, done.stderr))
                self.assertEqual("hart 0: a time of 146 years or later" in done.stderr, code == 1, (command, mtime))

    def test_times_long_after_the_start_are_as_exact_as_others(self) -> None:
        rows = []
        for shift in (0, 46_000_000_000_000_000):
            slots = [slot for number in range(1, 4) for slot in self.sync(number * 1_000_003, shift + number * 10_000)]
            write_dump(self.folder / "a.hst", [(0, 0, slots)], (len(slots), len(slots), 0), more_events=f"event {SYNC} sync 3\n")
            table = csv.DictReader(self.run_tool("convert", self.folder / "a.hst", "-f", "csv", "-o", "-").splitlines())
            rows.append([int(row["ns"]) - shift * 100 for row in table])
        self.assertEqual(rows[0], rows[1])

    @staticmethod
    def sync(cycles: int, mtime: int) -> list[tuple[int, int]]:
        """Returns the slots of a SYNC record."""
        return record(cycles, "sync", mcycle=cycles - 10, mtime=mtime % 2**64, mcycle_again=cycles)

    def test_folded_lines_add_up_to_all_cycles(self) -> None:
        dump, _ = self.make("a.hst")
        lines = self.run_tool("stat", "--folded", dump).splitlines()
        self.assertEqual(sum(int(line.rsplit(" ", 1)[1]) for line in lines), self.stat(dump)["cycles"])
        by_frames: Counter[str] = Counter()
        for line in lines:
            world, function, name = line.rpartition(" ")[0].split(";", 2)
            self.assertIn(world, ("firmware", "payload"))
            by_frames[name] += int(line.rpartition(" ")[2])
        rows = self.stat(dump)["rows"]
        self.assertEqual(by_frames, {";".join(filter(None, (row["cause"], row["detail"]))): row["cycles"] for row in rows})

    def test_the_option_cause_selects_rows_by_cause_or_detail(self) -> None:
        dump, _ = self.make("a.hst")
        (row,) = self.stat(dump, "--cause=load_address_misaligned")["rows"]
        self.assertEqual((row["cause"], row["detail"]), ("load_address_misaligned", None))
        for name in ("set_timer", "sbi set_timer", "environment_call_from_s_mode: sbi set_timer"):
            (row,) = self.stat(dump, f"--cause={name}")["rows"]
            self.assertEqual((row["cause"], row["detail"]), ("environment_call_from_s_mode", "sbi set_timer"))
        rows = self.stat(dump, "--cause=environment_call_from_s_mode")["rows"]
        self.assertIn(row["count"], [each["count"] for each in rows if each["detail"] == "sbi set_timer"])
        self.assertGreater(len(rows), 1)

    def test_the_table_has_a_column_for_causes_and_one_for_details(self) -> None:
        dump, _ = self.make("a.hst")
        head, *lines = self.run_tool("stat", dump).splitlines()
        detail, count = head.index("detail"), head.index("count") - 5
        rows = {(line[:detail].strip(), line[detail:count].strip()) for line in lines[: lines.index(next(filter(ALL.match, lines)))]}
        self.assertEqual(rows, {(row["cause"], row["detail"] or "") for row in self.stat(dump)["rows"]})
        self.assertNotIn("detail", self.run_tool("stat", "--by=hart", dump).splitlines()[0])
        self.assertIn("detail", self.run_tool("diff", dump, dump).splitlines()[0])

    def test_an_earlier_name_is_accepted_and_a_message_gives_the_current_name(self) -> None:
        dump, _ = self.make("a.hst")
        for old, present in (("load misaligned", "load_address_misaligned"), ("ecall set_timer", "sbi set_timer")):
            done = subprocess.run([str(HSTRACE), "stat", "--json", f"--cause={old}", str(dump)], capture_output=True, text=True)
            self.assertEqual(done.stderr, f"hstrace stat: --cause={old}: it is called {present} now\n")
            self.assertEqual(json.loads(done.stdout), self.stat(dump, f"--cause={present}"))
        done = subprocess.run([str(HSTRACE), "check", "--max=load_misaligned=4000000", str(dump)], capture_output=True, text=True)
        self.assertEqual(done.stderr, "hstrace check: --max=load_misaligned: it is called load_address_misaligned now\n")
        self.assertTrue(done.stdout.startswith("load_address_misaligned: "))

    def test_meaningless_options_are_refused(self) -> None:
        dump, _ = self.make("a.hst", "--slots=100", "--harts=2")
        self.run_tool("stat", "--hart=2", dump, code=1)
        for option in ("--hart=x", "--from=soon", "--to=-1", "--by=day"):
            self.run_tool("stat", option, dump, code=2)
        self.run_tool("convert", dump, "-o", self.folder / "no" / "folder", code=1)
        self.run_tool("convert", dump, "-o", self.folder / "out", "--format=xml", code=2)

    def test_a_damaged_dump_is_refused_unless_salvage_is_given(self) -> None:
        dump, _ = self.make("a.hst")
        data = bytearray(dump.read_bytes())
        data[len(data) // 2] ^= 1
        dump.write_bytes(data)
        self.run_tool("stat", dump, code=1)
        self.assertIn("cycles by cause", self.run_tool("stat", "--salvage", dump))


class Redefined(Case):
    """Tests dumps of an hv that uses the ids of this version's events for other events."""

    # Other names for all events, except exit and mark, which write_dump() lists: they get other fields.
    OTHERS = "".join(f"event {event.id} other{event.id} 3\n" for event in EVENTS.values() if event.id not in (EXIT, MARK))
    SCHEMA = OTHERS + "field exit length 0 0 64 uint\nfield mark text 0 0 64 hex\n"

    def setUp(self) -> None:
        super().setUp()
        self.dump = self.folder / "a.hst"
        # To this version, these words mean: an exit of 1000 cycles by mret, sleeps, calls, interrupts, phases, marks and losses.
        exit_words = pack("exit", duration=1000, cause=2, before=0, after=1, pc=1, value=0x30200073)
        words = {event.id: [9] * (1 + event.ext) for event in EVENTS.values() if event.id} | {EXIT: exit_words}
        self.slots = [slot for number, own in words.items() for slot in record_slots(10000 + 10 * number, number, own)]
        write_dump(self.dump, [(0, 0, self.slots)], (len(self.slots), len(self.slots), 0), more_events=self.SCHEMA)
        self.records = len(words)

    def test_stat_counts_no_exits_and_no_time(self) -> None:
        said = self.stat(self.dump)
        self.assertEqual((said["exits"], said["rows"], len(said["events"])), (0, [], self.records))
        self.assertEqual({value for hart in said["time"] for value in hart.values()}, {0})
        self.assertEqual(said["harts"][0]["lost"], 0)

    def test_check_finds_only_that_the_schema_contradicts_this_version(self) -> None:
        said = json.loads(self.run_tool("check", "--json", "--max=mret=1", self.dump, code=1))
        self.assertEqual({rule: times for rule, times in said["broken"].items() if times}, {"event": self.records})
        self.assertEqual((said["budgets"][0]["exits"], said["interrupts"], said["lost"]), (0, 0, 0))

    def test_convert_shows_the_fields_that_the_dumps_schema_lists(self) -> None:
        rows = list(csv.DictReader(self.run_tool("convert", self.dump, "-f", "csv", "-o", "-").splitlines()))
        self.assertEqual(len(rows), self.records)
        self.assertEqual({row["cause"] + row["detail"] + row["name"] + row["duration_cycles"] for row in rows}, {""})
        self.assertEqual([row["fields"] for row in rows if row["payload"] == "0x9" and "text" in row["fields"]], ["text=0x9"])
        said = json.loads(self.run_tool("convert", "--json", self.dump, "-o", self.folder / "a.pftrace"))
        self.assertEqual((said["exits"], said["gaps"]), (0, 0))

    def test_a_mark_is_not_found(self) -> None:
        self.run_tool("merge", "--align=mark:9", self.dump, self.dump, "-o", self.folder / "merged.hst", code=1)

    def test_merge_copies_the_words_without_changes(self) -> None:
        merged, second = self.folder / "merged.hst", self.folder / "b.hst"
        second.write_bytes(self.dump.read_bytes())
        self.run_tool("merge", "--align=start", self.dump, second, "-o", merged)
        rows = list(csv.DictReader(self.run_tool("convert", merged, "-f", "csv", "-o", "-").splitlines()))
        first, other = ([row["payload"] for row in rows if row["hart"] == hart] for hart in "01")
        self.assertEqual((len(first), first), (self.records, other))


class OneRedefined(Case):
    """Tests dumps of an hv that uses the id of one event for another event. The dumps contain records of all events. To
    find out whether a command takes a record for what its id means in this version, each test compares two dumps. In one
    of them the other event has an id of this version, and in the second one it has a larger id. All else is equal."""

    def records(self, mtime: int) -> list[tuple[str, int, list[int]]]:
        """Returns records of all events, as name, time and words. The first SYNC record has the time `mtime`."""
        mret, wfi, set_timer, flow, base = 0x30200073, 0x10500073, 0x54494D45, 5, 5 << 48
        own = [
            ("mark", 900, dict(id=6, value=1)),
            ("sync", 1000, dict(entry=20, leave=10, mcycle=base + 990, mtime=mtime, mcycle_again=base + 1000)),
            ("module", 1100, dict(module=1, event=1, value=mtime + 1)),
            ("counter", 1101, dict(id=BOOT_FIRMWARE, value=3)),
            ("exit", 2000, dict(duration=100, cause=2, before=0, after=1, pc=0x80000000, value=mret)),
            ("exit", 3000, dict(duration=100, cause=9, before=1, after=0, outcome=FORWARDED, pc=0x81000000)),
            ("interrupt", 3100, dict(cause=0x87, source=1)),
            ("wfi_enter", 3500, dict(pc=0x80000004)),
            ("wfi_leave", 3900, dict(slept=350)),
            ("exit", 4000, dict(duration=200, cause=2, before=0, after=0, pc=0x80000004, value=wfi)),
            ("ipi_send", 4100, dict(flow=flow)),
            ("ipi_recv", 4200, dict(flow=flow)),
            ("pmp", 4300, dict(entry=1, config=0x1F, address=0x1000)),
            ("ecall", 4500, dict(eid=set_timer, fid=0)),
            ("observing", 4950, dict(since=base + 4960)),
            ("exit", 5000, dict(duration=300, cause=2, before=0, after=1, pc=0x80000008, value=mret)),
            ("mark", 5100, dict(id=7, value=1)),
            ("exit", 5200, dict(duration=60, cause=9, before=1, after=0, outcome=FORWARDED, pc=0x81000000)),
            ("lost", 6000, dict(slots=3, first=base + 5200, last=base + 5900)),
            ("ecall", 6500, dict(eid=set_timer, fid=0)),
            ("exit", 7000, dict(duration=100, cause=2, before=0, after=1, pc=0x81000000, value=mret)),
            ("sync", 2_001_000, dict(entry=20, leave=10, mcycle=base + 2_000_990, mtime=mtime + 20_000, mcycle_again=base + 2_001_000)),
        ]
        return [(name, base + cycles, pack(name, **fields)) for name, cycles, fields in own]

    def dump(self, name: str, other: str, number: int, mtime: int = 1000) -> Path:
        """Writes a dump in which the event `other` of this version is another event, with the id `number`."""
        events = [event for event in EVENTS.values() if event.id and event.name != other]
        fields = "".join(f"field another word{word} {word} 0 64 hex\n" for word in range(1 + EVENTS[other].ext))
        schema = f"{schema_text(events)}event {number} another {EVENTS[other].ext}\n{fields}"
        slots = []
        for event, cycles, words in self.records(mtime):
            slots += record_slots(cycles, number if event == other else EVENTS[event].id, words)
        path = self.folder / name
        write_dump(path, [(0, 0, slots)], (len(slots) + 3, len(slots), 3), events=schema, mode=1)
        return path

    def outputs(self, other: str, number: int) -> dict[str, Any]:
        """Returns what the commands print about the dump, without what depends on the id of an event."""
        dump, later = self.dump("a.hst", other, number), self.dump("b.hst", other, number, 5000)
        merged, out, made = self.folder / "merged.hst", self.folder / "out.pftrace", {}
        for words in ("stat", "stat --by=hart", "info", "check --max=mret=1 --max=set_timer=1",
                      f"convert --from=0 -o {out}", f"convert --from=103us -o {out}", f"convert --to=103500ns -o {out}"):
            done = subprocess.run([str(HSTRACE), *words.split(), "--json", str(dump)], capture_output=True, text=True)
            said = json.loads(done.stdout)
            if isinstance(said["events"], list):  # info prints the events by name, without ids
                said["events"] = {row["event"]: row | {"id": None} for row in said["events"]}
            said.get("broken", {}).pop("event", None)
            for differs in ("good", "bytes"):
                said.pop(differs, None)
            made[words] = said
        self.run_tool("merge", "--align=start", dump, later, "-o", merged)
        for path in (dump, merged):
            made[path.name] = self.run_tool("convert", "-f", "csv", path, "-o", "-").splitlines()
        return made

    def test_an_event_with_the_id_of_any_other_event_changes_no_output(self) -> None:
        self.maxDiff = 3000
        for event in EVENTS.values():
            if event.id == 0:
                continue
            own, later = self.outputs(event.name, event.id), self.outputs(event.name, LATER)
            for what in own:
                with self.subTest(event=event.name, output=what):
                    self.assertEqual(own[what], later[what])

    def test_two_events_that_have_exchanged_their_ids_are_counted_as_neither(self) -> None:
        dump, slots = self.folder / "a.hst", []
        for number, words in ((EXIT, pack("mark", id=7)), (MARK, pack("exit", duration=9, cause=2, value=0x30200073)[:2])):
            slots += record_slots(1000 + number, number, words)
        write_dump(dump, [(0, 0, slots)], (len(slots), len(slots), 0), events=f"event {MARK} exit 1\nevent {EXIT} mark 1\n")
        said = self.stat(dump)
        self.assertEqual((said["exits"], said["rows"]), (0, []))
        self.assertEqual({event["event"]: event["records"] for event in said["events"]}, {f"event_{EXIT}": 1, f"event_{MARK}": 1})


class Text(Case):
    """Tests of CSV and JSON."""

    def test_each_record_has_the_uncertainty_of_its_time_if_it_is_known(self) -> None:
        dump, unknown = self.make("a.hst", "--harts=2")[0], self.folder / "b.hst"
        write_dump(unknown, [(0, 0, record_slots(1000, MARK, [7]))], (1, 1, 0))
        for path, known in ((dump, True), (unknown, False)):
            table = csv.DictReader(self.run_tool("convert", path, "-f", "csv", "-o", "-").splitlines())
            said = {row["uncertainty_ns"] for row in table}
            records = json.loads(self.run_tool("convert", path, "-f", "json", "-o", "-"))["records"]
            self.assertEqual(said, {str(row["uncertainty_ns"]) if known else "" for row in records})
            self.assertEqual({row["uncertainty_ns"] is not None for row in records}, {known})
            if known:
                self.assertLess(max(map(int, said)), 1000)

    def rows(self, dump: Path) -> tuple[dict[str, str], dict[str, Any]]:
        """Converts a dump that has only one record. Returns this record as CSV and as JSON show it."""
        (table,) = csv.DictReader(self.run_tool("convert", dump, "-f", "csv", "-o", "-").splitlines())
        (record,) = json.loads(self.run_tool("convert", dump, "-f", "json", "-o", "-"))["records"]
        return table, record

    def test_an_exit_that_took_too_long_for_its_record_has_no_start(self) -> None:
        dump = self.folder / "a.hst"
        for duration, known in ((0xFFFFFFFE, True), (0xFFFFFFFF, False)):
            write_dump(dump, [(0, 0, short_exit(5 << 32, duration=duration, cause=9, before=1, after=1))], (1, 1, 0))
            table, record = self.rows(dump)
            self.assertEqual((table["duration_cycles"], record["duration_cycles"]), (str(duration), duration))
            self.assertEqual((table["start_ns"] != "", "start_ns" in record), (known, known))
            self.assertEqual(self.stat(dump)["saturated"], not known)
            self.assertEqual("2^32 - 1 cycles or more" in self.run_tool("stat", dump), not known)

    def test_an_event_of_another_version_has_the_name_in_the_dumps_schema(self) -> None:
        dump = self.folder / "a.hst"
        for schema, name in (("event 200 later 1\n", "later"), ('event 200 a,"b 1\n', "a??b"), ("", f"event_{LATER}")):
            write_dump(dump, [(0, 0, record_slots(1000, LATER, [7]))], (1, 1, 0), more_events=schema)
            table, record = self.rows(dump)
            self.assertEqual((table["event"], record["event"]), (name, name))

    def test_a_malformed_line_of_the_schema_only_makes_its_own_event_unknown(self) -> None:
        dump = self.folder / "a.hst"
        wrong = {
            f"event 200 {32 * 'a'} 1": "line 3: a name is too long",
            "event 200 a 4": "line 3: an event's ID or EXT is too large",
            "event 2000 a 1": "line 3: an event's ID or EXT is too large",
            "event 2000 1": "line 3: an event needs ID NAME EXT",
            "field exit a 0 -1 1 number": "line 3: a field lies outside of its event's words",
            300 * "x": "line 3: a line is too long",
        }
        for line, problem in wrong.items():
            for name in ("later", f"event_{LATER}"):
                more = f"{line}\n" + f"event 200 {name} 1\n" * (name == "later")
                write_dump(dump, [(0, 0, record_slots(1000, LATER, [7]))], (1, 1, 0), more_events=more)
                self.assertEqual(self.rows(dump)[0]["event"], name)
                self.assertIn(problem, self.complaint("check", dump))

    def complaint(self, *words: str | Path) -> str:
        """Runs hstrace, and returns its stderr."""
        return subprocess.run([str(HSTRACE), *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True).stderr

    def test_an_event_of_another_version_cannot_have_the_name_of_an_event_of_this_version(self) -> None:
        dump = self.folder / "a.hst"
        for name in ("gap", "wfi_enter"):
            write_dump(dump, [(0, 0, record_slots(1000, LATER, [7]))], (1, 1, 0), more_events=f"event 200 {name} 1\n")
            self.assertEqual(self.rows(dump)[0]["event"], f"event_{LATER}")

    def test_json_and_csv_stay_valid_whatever_the_configuration_contains(self) -> None:
        dump, exits = self.folder / "a.hst", short_exit(5000, cause=9, before=1, after=1, module=1)
        module = b'{"modules":[{"name":"a,b\x1b","events":[]}],\n\t"x":[]}\n'
        cases: tuple[tuple[bytes, object], ...] = ((module, {"x": []}), (b'no "json\\', 'no "json\\'), (b"", None))
        for config, wanted in cases:
            write_dump(dump, [(0, 0, exits)], (1, 1, 0), config=config)
            said = json.loads(self.run_tool("convert", dump, "-f", "json", "-o", "-"))["machine"]["config"]
            self.assertEqual({"x": said["x"]} if isinstance(said, dict) else said, wanted)
            header, row = self.run_tool("convert", dump, "-f", "csv", "-o", "-").splitlines()
            self.assertEqual(row.count(","), header.count(","))

    def test_outputs_stay_valid_with_odd_names_of_functions(self) -> None:
        dump, elf = self.make("a.hst", "--harts=1", "--slots=2000")[0], self.folder / "odd.elf"
        source = elf.with_suffix(".S")
        source.write_text('.globl "a\\"b,c;d e"\n.type "a\\"b,c;d e", @function\n"a\\"b,c;d e":\n.space 0x100000\n')
        command = ["riscv64-unknown-elf-gcc", "-nostdlib", "-Wl,-Ttext=0x80100000", "-Wl,-e0", "-o", str(elf), str(source)]
        subprocess.run(command, check=True)
        symbols = f"--symbols={elf}"
        table = self.run_tool("convert", dump, "-f", "csv", "-o", "-", symbols)
        named = [row for row in csv.DictReader(table.splitlines()) if 'a"b,c;d e+' in (row["function"] or "")]
        self.assertGreater(len(named), 0)
        self.assertEqual([row for row in named if None in row], [])
        json.loads(self.run_tool("convert", dump, "-f", "json", "-o", "-", symbols))
        folded = self.run_tool("stat", "--folded", dump, symbols).splitlines()
        self.assertTrue(all(2 <= line.count(";") <= 3 for line in folded))


class Diff(Case):
    def test_a_row_has_the_figures_of_both_runs(self) -> None:
        first, _ = self.make("a.hst")
        second, _ = self.make("b.hst", "--seed=2")
        rows = json.loads(self.run_tool("diff", "--json", first, second))["rows"]
        for side, dump in (("before", first), ("after", second)):
            counts = {(row["cause"], row["detail"]): row[side]["count"] for row in rows if row[side]["count"]}
            self.assertEqual(counts, {(row["cause"], row["detail"]): row["count"] for row in self.stat(dump)["rows"]})

    def test_two_harts_with_the_same_id_have_two_rows(self) -> None:
        dumps, exits = [self.folder / "a.hst", self.folder / "b.hst"], ((1, 2), (3, 4))
        for dump, counts in zip(dumps, exits):
            chunks = [(b"MACH", struct.pack("<QII24sQIIQQ", 10_000_000, 2, 1, b"", 64, 0, 0, 5, 5)), (b"SCHM", b"event 1 exit 2")]
            for hart, count in enumerate(counts):
                slot = struct.pack("<QQ", *short_exit(1000, duration=50, cause=9, before=1, after=1)[0])
                chunks.append((b"RING", struct.pack("<IIQQQ", hart, count, 0, 0, 0) + slot * count))
            write_chunks(dump, chunks, sum(counts))
        rows = json.loads(self.run_tool("diff", "--json", "--by=hart", *dumps))["rows"]
        self.assertEqual(sorted((row["before"]["count"], row["after"]["count"]) for row in rows), [(1, 3), (2, 4)])


class Elf(Case):
    """Tests with a dump that does not contain hv's configuration. The tests also make hv's ELF file, which contains it."""

    def setUp(self) -> None:
        super().setUp()
        self.dump, _ = self.make("a.hst", "--no-config")
        self.elf = self.folder / "hv.elf"
        self.make_elf(self.elf, SYNTHETIC_BUILD_ID)

    def make_elf(self, elf: Path, build_id: bytes) -> None:
        """Writes an ELF file with the two notes that hv has. One note contains the build id, and the other the configuration."""
        source = elf.with_suffix(".S")
        source.write_text(
            '.section .note.other, "", @note\n.word 6, 4, 1\n.asciz "other"\n.balign 4\n.word 0\n'
            f'.section .note.hartscope, "", @note\n.word 10, {len(CONFIG)}, 1\n.asciz "hartscope"\n.balign 4\n'
            f".ascii {json.dumps(CONFIG)}\n.balign 4\n"
        )
        command = ["riscv64-unknown-elf-gcc", "-nostdlib", "-r", f"-Wl,--build-id=0x{build_id.hex()}", "-o", str(elf), str(source)]
        subprocess.run(command, check=True)

    def modules(self, dump: Path, *options: str | Path) -> set[str]:
        """Returns the names of the modules that stat prints."""
        return {row["name"] for row in self.stat(dump, "--by=module", *map(str, options))["rows"]}

    def test_modules_have_the_names_in_the_elf_file(self) -> None:
        self.assertIn("module 1", self.modules(self.dump))
        self.assertIn("missing", self.run_tool("info", self.dump))
        self.assertIn("named_by_elf", self.modules(self.dump, f"--elf={self.elf}"))
        self.run_tool("diff", self.dump, self.dump, f"--elf={self.elf}")

    def test_merge_writes_the_configuration_of_the_elf_file_into_the_dump(self) -> None:
        named = self.folder / "named.hst"
        self.run_tool("merge", self.dump, "-o", named, f"--elf={self.elf}")
        self.assertIn("named_by_elf", self.modules(named))
        self.run_tool("check", "--complete", named)

    def test_an_elf_file_of_another_build_is_refused_unless_it_is_not_needed(self) -> None:
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


    def test_an_at_sign_without_a_number_after_it_is_part_of_a_symbol_files_name(self) -> None:
        at = self.elf.with_name("hv@work.elf")
        self.elf.rename(at)
        messages = [self.run_for_errors(f"--symbols={name}") for name in (at, f"{at}@0x80000000", f"{at}@8OOOOOOO")]
        self.assertNotIn("No such file", messages[0] + messages[1])
        self.assertIn(f"{at}@8OOOOOOO: No such file", messages[2])

    def run_for_errors(self, option: str) -> str:
        """Runs hstrace stat with the option, and returns its stderr."""
        command = [str(HSTRACE), "stat", option, str(self.dump)]
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True).stderr


if __name__ == "__main__":
    unittest.main()
