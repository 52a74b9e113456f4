"""Boots Linux as a user does, and checks what the run leaves behind. The test's arguments are boot_qemu's."""

import csv
import json
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any, ClassVar

from benchmarks import boot_qemu, boot_task
from benchmarks.results.files import LEFT, symbols_of
from machines import images, options, recording
from trace.format import causes
from cli.workspace import workspace_file
from trace.perfetto import check, reconcile, shares, statement, ui
from trace.perfetto.trace_processor import TraceProcessor
from trace.testing import reader_agreement

ARGUMENTS = sys.argv[1:]
DIRECTORY = Path(os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR") or os.environ["TEST_TMPDIR"])
BARE = "--bare" in ARGUMENTS
PHASES = ["hv", "firmware", "kernel", "init", "workload", "shutdown"]
NO_WORKLOAD = any(boot_task.STOP_WORD in word for word in ARGUMENTS)
NO_SSTC = any("sstc=off" in word for word in ARGUMENTS)  # without it, timers are exits: no hart is silent for long
SYNC_NS = 1000
NS_PER_SECOND = 1_000_000_000
OWNERS = ("hv", "firmware", "payload", "asleep")
SHARES = 0.001  # by which the parts of a hart's time may differ
CUTS = "trace/testing/cuts"
CUTS_OF_A_DUMP = 1000
# Rows of exit_counter's table on the console, and its counters in the trace.
CATEGORIES = {
    "world switch": "exits_world_switch",
    "read time": "exits_read_time",
    "set timer": "exits_set_timer",
    "misaligned": "exits_misaligned",
    "IPI": "exits_ipi",
    "remote fence": "exits_remote_fence",
    "firmware trap": "exits_firmware_trap",
    "page fault": "exits_page_fault",
    "other ecall": "exits_ecall",
    "interrupt": "exits_interrupt",
    "illegal instruction": "exits_illegal",
    "access fault": "exits_access",
    "other": "exits_other",
}

NOT_COUNTED = ("exits/s", "time in hv", "ring fill")  # counter tracks that the converter makes

REACHED = """select slice.name name, int_value ticks from slice join track on track.id = track_id join args using (arg_set_id)
    where track.name = 'boot_counter' and key = 'debug.value' order by slice.ts, slice.id"""
# Program counters of the kernel, which Linux links at this address; those with a function's name, and others with one.
NAMED = "select count(*) from args where key = 'debug.mepc' and string_value glob '0xffffffff8* *'"
NAMELESS = "select count(*) from args where key = 'debug.mepc' and string_value glob '0xffffffff8*' and not string_value glob '* *'"
FOREIGN = "select count(*) from args where key = 'debug.mepc' and not string_value glob '0xffffffff8*' and string_value glob '* *'"
REGISTERS = "select distinct string_value text from args where key = 'debug.mtval' and string_value glob '0x200*'"

RESULT: dict[str, Any] = {}


def setUpModule() -> None:
    for name in LEFT:
        (DIRECTORY / name).write_text("of the run before")
    code = boot_qemu.boot([f"--out={DIRECTORY}", *ARGUMENTS])
    RESULT.update(json.loads((DIRECTORY / "result.json").read_text()))
    if code != 0:
        raise AssertionError(f"the boot failed with exit code {code}: its log is above")


class Boot(unittest.TestCase):
    def test_every_phase_passes_in_order(self) -> None:
        expected = PHASES[1 if BARE else 0 : 4 if NO_WORKLOAD else None]
        self.assertEqual([phase["name"] for phase in RESULT["phases"]], expected)

    def test_the_console_is_kept(self) -> None:
        self.assertIn(b"Linux version", (DIRECTORY / "console.log").read_bytes())

    def test_the_workloads_figures_are_in_the_result(self) -> None:
        names = {figure["name"] for figure in RESULT["figures"]}
        workload = {"workload_nanosleep", "workload_pipes"}
        self.assertIn("boot_seconds", names)
        self.assertEqual(names & workload, set() if NO_WORKLOAD else workload)

    def test_exits_are_counted_on_every_hart_under_hv_and_not_at_all_without(self) -> None:
        exits = RESULT["exits"]
        if BARE:
            self.assertIsNone(exits)
            self.assertEqual([name for name in LEFT if (DIRECTORY / name).exists()], ["result.json"])
            return
        self.assertEqual(len(exits["by_hart"]), RESULT["harts"])
        for hart in exits["by_hart"]:
            self.assertGreater(hart["total"], 0)
            self.assertEqual(sum(hart["by_cause"].values()), hart["total"])
        self.assertTrue((DIRECTORY / "exits_by_cause.png").exists())


def hstrace(command: str, *arguments: str) -> str:
    """Returns what hstrace says of the boot's trace."""
    words = [str(recording.hstrace()), command, *arguments, str(DIRECTORY / recording.DUMP)]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)
    return done.stdout


def cause_name(cause: int) -> str:
    """The name that results give a cause of the trace."""
    return causes.cause_name(cause % 0x80 + (causes.CAUSE_COUNT if cause & 0x80 else 0))


def part_of_each(times: dict[str, int]) -> dict[str, float]:
    """What part of a hart's time was whose."""
    return {owner: times.get(owner, 0) / sum(times.values()) for owner in OWNERS}


def counters_on_the_console() -> dict[tuple[int, str], float]:
    """The counters that are not 0 of the table that exit_counter prints when hv shuts down, by hart and name."""
    table = (DIRECTORY / "console.log").read_text(errors="replace").split("exits by category")[1].split("exits by world")[0]
    rows = re.findall(r"^  (\w+(?: \w+)*) +\d+((?: +\d+)+)\r?$", table, re.MULTILINE)
    return {(i, CATEGORIES[name]): int(word) for name, words in rows for i, word in enumerate(words.split()) if int(word)}


def counters_in_the_result() -> dict[tuple[int, str], float]:
    """What result.json has of exit_counter_per_cause, by hart and name, and of boot_counter, which hart 0 tells of."""
    found: dict[tuple[int, str], float] = {}
    for hart in RESULT["exits"]["by_hart"]:
        found |= {(hart["hart"], f"cycles_{where}"): cycles for where, cycles in hart["cycles"].items()}
        found |= {(hart["hart"], cause): count for cause, count in hart["by_cause"].items()}
    exits = 0
    for phase in RESULT["phases"][:3]:
        found[0, f"boot_exits_{phase['name']}"] = exits
        exits += phase["exits"]
    return found


def without_worlds(counters: dict[tuple[int, str], float]) -> dict[tuple[int, str], float]:
    """Counters of firmware_CAUSE and payload_CAUSE together, as results have them; without those of exit_counter."""
    found: dict[tuple[int, str], float] = {}
    for (hart, name), value in counters.items():
        name = re.sub("^(firmware|payload)_", "", name)
        if not name.startswith("exits_"):
            found[hart, name] = found.get((hart, name), 0) + value
    return found


def distance_from_mtime(row: dict[str, str], tick: int, ns_per_cycle: float) -> float:
    """How far the time that a SYNC record was given, that of its end, lies from all times at which mtime may have had the
    value in it: mtime was read between the record's two readings of mcycle. In ns."""
    begin, mtime, end = (int(row[word], 0) for word in ("word1", "word2", "word3"))
    earliest = mtime * tick
    latest = earliest + tick + (end - begin) * ns_per_cycle
    return max(earliest - int(row["ns"]), int(row["ns"]) - latest, 0)


@unittest.skipIf(BARE, "there is no trace without hv")
class Trace(unittest.TestCase):
    """The trace that the boot left, as Perfetto's own engine has it."""

    info: ClassVar[dict[str, Any]]
    stated: ClassVar[dict[str, Any]]
    symbols: ClassVar[list[str]]  # of hv, the kernel, and the firmware if that has any; Debian's OpenSBI has none
    registers: ClassVar[set[str]]  # of the CLINT, with their addresses, as exits name them
    found: ClassVar[list[str]]
    arrows: ClassVar[reconcile.Arrows]
    counters: ClassVar[dict[tuple[int, str], float]]
    worlds: ClassVar[dict[int, dict[str, int]]]  # ns by hart and owner, on the world tracks
    reached: ClassVar[list[tuple[str, int]]]  # phases that boot_counter tells of, with mtime
    phases: ClassVar[list[tuple[str, int, int]]]  # on the track of phases: name, ns at the start, ns that it lasts

    @classmethod
    def setUpClass(cls) -> None:
        """Converts again, for what the converter says that it wrote, and has the engine read what the boot had left."""
        again, said = DIRECTORY / "again.pftrace", DIRECTORY / "again.json"
        config = options.choice(boot_qemu.parse(ARGUMENTS)).config
        cls.symbols = symbols_of(boot_qemu.linux_guest(images.image(str(config)), ""), DIRECTORY)
        said.write_text(hstrace("convert", "--json", f"--symbols={','.join(cls.symbols)}", "-o", str(again)))
        cls.stated = json.loads(said.read_text())
        cls.info = json.loads(hstrace("info", "--json"))
        trace = DIRECTORY / recording.PERFETTO
        cls.found = check.problems(trace, statement.load(said), cls.more)
        cls.found += [] if trace.read_bytes() == again.read_bytes() else ["converted again, it is another trace"]
        again.unlink()

    @classmethod
    def more(cls, processor: TraceProcessor) -> list[str]:
        reconcile.open_harts(processor)
        cls.counters = reconcile.last_values(processor)
        cls.reached = [(str(row["name"]), int(row["ticks"] or 0)) for row in processor.query(REACHED)]
        rows = processor.query("select name, ts, dur from slice where category = 'phase' order by ts")
        cls.phases = [(str(row["name"]), int(row["ts"] or 0), int(row["dur"] or 0)) for row in rows]
        cls.worlds = shares.of_worlds(processor)
        cls.arrows, found = reconcile.arrow_problems(processor)
        cls.registers = {str(row["text"]) for row in processor.query(REGISTERS)}
        named, nameless, foreign = (processor.number(query) for query in (NAMED, NAMELESS, FOREIGN))
        found += [] if named else ["no program counter has the name of a kernel function"]
        found += [f"{nameless} program counters of the kernel have no name"] if nameless else []
        if len(cls.symbols) == 2 and foreign:
            found.append(f"{foreign} program counters have the name of a function of hv, which has no exits")
        return found + reconcile.count_problems(processor, cls.stated, cls.info)

    def test_the_engine_has_what_the_dump_has_and_no_ipi_is_received_before_it_was_sent(self) -> None:
        self.assertEqual(self.found, [])
        self.assertLessEqual(self.arrows.unreceived, RESULT["harts"])
        if RESULT["harts"] > 1:
            self.assertGreater(self.arrows.count, 100)
        print(f"{self.arrows.count} interrupts from hart to hart; least time on the way: {self.arrows.least_ns} ns")

    def test_an_access_to_the_clint_names_the_register_and_its_hart(self) -> None:
        harts = range(RESULT["harts"])
        known = {f"{0x2000000 + 4 * hart:#x} CLINT msip, hart {hart}" for hart in harts}
        known |= {f"{0x2004000 + 8 * hart:#x} CLINT mtimecmp, hart {hart}" for hart in harts}
        if RESULT["harts"] > 1:
            self.assertIn("0x2000004 CLINT msip, hart 1", self.registers)
        if "--numa-nodes=2" not in ARGUMENTS:  # each node has a CLINT of its own
            self.assertLessEqual(self.registers, known)

    def test_every_exit_that_was_counted_is_there_by_hart_and_cause(self) -> None:
        hstrace("check")
        self.assertEqual(json.loads(hstrace("stat", "--json"))["exits"], RESULT["exits"]["total"])
        self.assertEqual((self.stated["exits"], self.stated["lost"]), (RESULT["exits"]["total"], 0))
        seen: dict[int, dict[str, int]] = {}
        for row in self.stated["exits_by_cause"]:
            seen.setdefault(row["hart"], {})[cause_name(row["cause"])] = row["count"]
        self.assertEqual(seen, {i: hart["by_cause"] for i, hart in enumerate(RESULT["exits"]["by_hart"])})

    @unittest.skipUnless(NO_WORKLOAD, "a reader in Python takes minutes for a trace of the workload")
    def test_the_reader_of_the_formats_page_reads_what_hstrace_reads(self) -> None:
        self.assertEqual(reader_agreement.differences(DIRECTORY / recording.DUMP), [])

    def test_counters_end_with_what_the_result_and_the_console_say(self) -> None:
        self.maxDiff = None
        seen = {key: value for key, value in without_worlds(self.counters).items() if key[1] not in NOT_COUNTED}
        self.assertEqual(seen, counters_in_the_result())
        on_console = counters_on_the_console()
        self.assertGreater(len(on_console), RESULT["harts"])
        self.assertEqual({key: value for key, value in self.counters.items() if key[1].startswith("exits_")}, on_console)

    def test_boot_counter_tells_of_its_phases_when_the_result_has_them(self) -> None:
        phases, frequency = RESULT["phases"], self.info["machine"]["timebase_hz"]
        self.assertEqual([name for name, _ in self.reached], [f"reached_{phase['name']}" for phase in phases[:3]])
        for phase, (_, begin), (_, end) in zip(phases, self.reached, self.reached[1:]):
            self.assertAlmostEqual(phase["seconds"], (end - begin) / frequency, delta=1 / frequency)

    def test_the_phases_are_on_a_track_of_the_machine_as_long_as_in_the_result(self) -> None:
        self.assertEqual([name for name, _, _ in self.phases], [phase["name"] for phase in RESULT["phases"]])
        tick = NS_PER_SECOND // self.info["machine"]["timebase_hz"]
        for (_, mtime), (_, start, _) in zip(self.reached, self.phases):
            self.assertEqual(start, mtime * tick)
        for before, (name, start, _) in zip(self.phases, self.phases[1:]):
            self.assertEqual(before[1] + before[2], start, f"{name} begins where {before[0]} ends")
        if not RESULT["icount"]:  # there the host's seconds are not the guest's
            for phase, (_, _, length) in zip(RESULT["phases"][:-1], self.phases):
                self.assertAlmostEqual(phase["seconds"], length / NS_PER_SECOND, delta=0.001)

    @unittest.skipIf("--harts=1" in ARGUMENTS, "one hart has nobody to interrupt")
    @unittest.skipUnless(NO_WORKLOAD, "a browser takes its time for a trace of the workload")
    def test_perfettos_ui_shows_the_worlds_of_all_harts_and_an_interrupts_way(self) -> None:
        with ui.opened(DIRECTORY / recording.PERFETTO, side_bar=False) as view:
            pages = [view.page()]
            view.select("name glob 'IPI to *'")
            pages.append(view.page())
        for page, name in zip(pages, ("boot", "interrupt")):
            (DIRECTORY / f"{name}.png").write_bytes(page.picture)
            self.assertEqual(page.errors + page.outside + ui.picture_problems(page.picture), [])
            self.assertEqual(page.pinned, ["phases", *(f"world, hart {hart:02}" for hart in range(RESULT["harts"]))])
        self.assertNotEqual(pages[0].picture, pages[1].picture)

    def test_each_harts_times_are_within_a_microsecond_of_mtime(self) -> None:
        rows = [row for row in csv.DictReader(hstrace("convert", "--format=csv", "-o", "-").splitlines()) if row["event"] == "sync"]
        self.assertEqual({int(row["hart"]) for row in rows}, set(range(RESULT["harts"])))
        tick = NS_PER_SECOND // self.info["machine"]["timebase_hz"]
        ns_per_cycle = (int(rows[-1]["ns"]) - int(rows[0]["ns"])) / (int(rows[-1]["cycles"]) - int(rows[0]["cycles"]))
        farthest = max(distance_from_mtime(row, tick, ns_per_cycle) for row in rows)
        print(f"{len(rows)} SYNC records; farthest from the mtime that they have read: {farthest:.0f} ns")
        self.assertLess(farthest, SYNC_NS)

    def test_counters_statistics_and_the_world_track_say_alike_whose_the_time_was(self) -> None:
        counted = {hart["hart"]: hart["cycles"] for hart in RESULT["exits"]["by_hart"]}
        told = {hart["hart"]: {owner: hart[owner] for owner in OWNERS} for hart in json.loads(hstrace("stat", "--json"))["time"]}
        for hart, cycles in counted.items():
            parts = [part_of_each(times) for times in (cycles, told[hart], self.worlds[hart])]
            print(f"hart {hart}: {' '.join(f'{owner} {part:.5f}' for owner, part in parts[0].items())}")
            for other in parts[1:]:
                for owner in OWNERS:
                    self.assertLess(abs(other[owner] - parts[0][owner]), SHARES, f"hart {hart}: {owner} of {parts}")

    def test_a_dump_that_is_cut_anywhere_gives_what_was_cut_off_its_time_or_says_how_uncertain_that_is(self) -> None:
        words = [str(workspace_file(CUTS)), str(DIRECTORY / recording.DUMP), str(CUTS_OF_A_DUMP)]
        made = json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout)
        for side, found in made.items():
            print(f"cuts, {side}: {found}")
            self.assertEqual(found["cuts"], CUTS_OF_A_DUMP, side)
            self.assertEqual((found["dishonest"], found["far_though_near"]), (0, 0), side)
            asleep = found["vague_asleep"] if RESULT["harts"] == 1 and not NO_SSTC else 0
            self.assertLessEqual(found["vague"] - asleep, CUTS_OF_A_DUMP // 100, side)

    def test_the_figures_of_the_trace_show_what_the_tables_say(self) -> None:
        for name in ("exits_over_time", "latency_by_cause", "hart_shares"):
            self.assertTrue((DIRECTORY / f"{name}.png").exists(), name)
        drawn = json.loads((DIRECTORY / "trace_figures.json").read_text())
        self.assertEqual([phase["name"] for phase in drawn["phases"]], [phase["name"] for phase in RESULT["phases"]])
        begins = [phase["begin_seconds"] for phase in drawn["phases"]]
        self.assertEqual(begins, sorted(begins))
        for shown, counted in zip(drawn["harts"], RESULT["exits"]["by_hart"]):
            self.assertEqual(sum(shown["exits"].values()), counted["total"])
            self.assertEqual({owner: shown["cycles"][owner] for owner in counted["cycles"]}, counted["cycles"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
