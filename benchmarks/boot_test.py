"""Boots Linux as a user does, and checks the files that the run leaves. The arguments of this test are the arguments
for boot_qemu."""

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
from cli.workspace import workspace_file
from trace.perfetto import check, reconcile, shares, statement, ui
from trace.perfetto.trace_processor import TraceProcessor
from trace.testing import reader_agreement

ARGUMENTS = sys.argv[1:]
DIRECTORY = Path(os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR") or os.environ["TEST_TMPDIR"])
BARE = "--bare" in ARGUMENTS
PHASES = ["hv", "firmware", "kernel", "init", "workload", "shutdown"]
NO_WORKLOAD = any(boot_task.STOP_WORD in word for word in ARGUMENTS)
NO_SSTC = any("sstc=off" in word for word in ARGUMENTS)  # without Sstc, each timer causes exits, so each hart writes records often
SYNC_NS = 1000
NS_PER_SECOND = 1_000_000_000
OWNERS = ("hv", "firmware", "payload", "asleep")
SHARES = 0.001  # two measurements of the same share of a hart's time may differ by at most this much
CUTS = "trace/testing/cuts"
CUTS_OF_A_DUMP = 1000
NOT_COUNTED = ("exits/s", "time in hv", "ring fill")  # the converter computes these counter tracks; they do not come from hv

REACHED = """select slice.name name, int_value ticks from slice join track on track.id = track_id join args using (arg_set_id)
    where track.name = 'boot_counter' and key = 'debug.value' order by slice.ts, slice.id"""
# Linux links the kernel at 0xffffffff8... NAMED counts the kernel's program counters that have the name of a function,
# and NAMELESS counts the kernel's program counters without a name. FOREIGN counts all other program counters with a
# name.
NAMED = "select count(*) from args where key = 'debug.mepc' and string_value glob '0xffffffff8* *'"
NAMELESS = "select count(*) from args where key = 'debug.mepc' and string_value glob '0xffffffff8*' and not string_value glob '* *'"
FOREIGN = "select count(*) from args where key = 'debug.mepc' and not string_value glob '0xffffffff8*' and string_value glob '* *'"
REGISTERS = "select distinct string_value text from args where key = 'debug.mtval' and string_value glob '0x200*'"

RESULT: dict[str, Any] = {}


def setUpModule() -> None:
    for name in LEFT:
        (DIRECTORY / name).write_text("from an earlier run")
    code = boot_qemu.boot([f"--out={DIRECTORY}", *ARGUMENTS])
    RESULT.update(json.loads((DIRECTORY / "result.json").read_text()))
    if code != 0:
        raise AssertionError(f"the boot failed with exit code {code}: its log is above")


class Boot(unittest.TestCase):
    def test_the_result_has_every_phase_in_order(self) -> None:
        expected = PHASES[1 if BARE else 0 : 4 if NO_WORKLOAD else None]
        self.assertEqual([phase["name"] for phase in RESULT["phases"]], expected)

    def test_the_console_log_has_the_output_of_linux(self) -> None:
        self.assertIn(b"Linux version", (DIRECTORY / "console.log").read_bytes())

    def test_the_result_has_the_figures_of_the_workload(self) -> None:
        names = {figure["name"] for figure in RESULT["figures"]}
        workload = {"workload_nanosleep", "workload_pipes"}
        self.assertIn("boot_seconds", names)
        self.assertEqual(names & workload, set() if NO_WORKLOAD else workload)

    def test_exits_are_counted_on_every_hart_under_hv_and_never_without_hv(self) -> None:
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
    """Runs hstrace on the boot's trace. Returns the output of hstrace."""
    words = [str(recording.hstrace()), command, *arguments, str(DIRECTORY / recording.DUMP)]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)
    return done.stdout


def part_of_each(times: dict[str, int]) -> dict[str, float]:
    """Returns which part of a hart's time was spent in each place: hv, firmware, payload, or asleep. @p times contains
    the time in each place."""
    return {owner: times.get(owner, 0) / sum(times.values()) for owner in OWNERS}


def counters_on_the_console() -> dict[tuple[int, str], float]:
    """Returns the counters, by hart and name, that the module exit_counter prints on the console when hv shuts down.
    Counters with the value 0 are left out."""
    table = (DIRECTORY / "console.log").read_text(errors="replace").split("exits by category")[1].split("exits by world")[0]
    rows = re.findall(r"^  (\w+) +\d+((?: +\d+)+)\r?$", table, re.MULTILINE)
    return {(i, f"exits_{name}"): int(word) for name, words in rows for i, word in enumerate(words.split()) if int(word)}


def counters_in_the_result() -> dict[tuple[int, str], float]:
    """Returns the counters in result.json by hart and name. The module exit_counter_per_cause counts for each hart. The
    counters of the module boot_counter are returned as counters of hart 0."""
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
    """Converts counters of the trace to the form of result.json. For each cause, firmware_CAUSE and payload_CAUSE are
    added up. The counters of the module exit_counter are left out."""
    found: dict[tuple[int, str], float] = {}
    for (hart, name), value in counters.items():
        name = re.sub("^(firmware|payload)_", "", name)
        if not name.startswith("exits_"):
            found[hart, name] = found.get((hart, name), 0) + value
    return found


def distance_from_mtime(row: dict[str, str], tick: int, ns_per_cycle: float) -> float:
    """Returns the error (ns) of the time of a SYNC record, which pairs a value of mtime with a time. The error is the
    distance between that time and the period in which mtime had that value. hv reads mcycle, then mtime, and then
    mcycle again. The time of the record is the time of the second reading of mcycle."""
    begin, mtime, end = (int(row[word], 0) for word in ("word1", "word2", "word3"))
    earliest = mtime * tick
    latest = earliest + tick + (end - begin) * ns_per_cycle
    return max(earliest - int(row["ns"]), int(row["ns"]) - latest, 0)


@unittest.skipIf(BARE, "there is no trace without hv")
class Trace(unittest.TestCase):
    """Checks the trace of the boot. Perfetto's trace processor reads the trace for this."""

    info: ClassVar[dict[str, Any]]
    stated: ClassVar[dict[str, Any]]
    symbols: ClassVar[list[str]]  # symbol files of hv, the kernel and perhaps the firmware (Debian's OpenSBI has no symbols)
    registers: ClassVar[set[str]]  # the addresses and names of CLINT registers that exits in the trace contain
    found: ClassVar[list[str]]
    arrows: ClassVar[reconcile.Arrows]
    counters: ClassVar[dict[tuple[int, str], float]]
    worlds: ClassVar[dict[int, dict[str, int]]]  # total ns on the world track of each hart, by hart and world
    reached: ClassVar[list[tuple[str, int]]]  # the phases that the module boot_counter recorded, each with its mtime
    phases: ClassVar[list[tuple[str, int, int]]]  # name, start (ns) and duration (ns) of each slice on the track of phases

    @classmethod
    def setUpClass(cls) -> None:
        """Converts the dump again, because the test needs the text that the converter prints about its output. Then
        reads the trace that the boot left."""
        again, said = DIRECTORY / "again.pftrace", DIRECTORY / "again.json"
        config = options.choice(boot_qemu.parse(ARGUMENTS)).config
        cls.symbols = symbols_of(boot_qemu.linux_guest(images.image(str(config)), ""), DIRECTORY)
        said.write_text(hstrace("convert", "--json", f"--symbols={','.join(cls.symbols)}", "-o", str(again)))
        cls.stated = json.loads(said.read_text())
        cls.info = json.loads(hstrace("info", "--json"))
        trace = DIRECTORY / recording.PERFETTO
        cls.found = check.problems(trace, statement.load(said), cls.more)
        cls.found += [] if trace.read_bytes() == again.read_bytes() else ["converting the dump again gives another trace"]
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
        found += [] if named else ["no program counter is named after a kernel function"]
        found += [f"{nameless} program counters of the kernel have no name"] if nameless else []
        if len(cls.symbols) == 2 and foreign:
            found.append(f"{foreign} program counters are named after a function of hv, although hv itself takes no exits")
        return found + reconcile.count_problems(processor, cls.stated, cls.info)

    def test_perfetto_has_everything_in_the_dump_and_no_ipi_arrives_before_it_was_sent(self) -> None:
        self.assertEqual(self.found, [])
        self.assertLessEqual(self.arrows.unreceived, RESULT["harts"])
        if RESULT["harts"] > 1:
            self.assertGreater(self.arrows.count, 100)
        print(f"{self.arrows.count} interrupts from hart to hart; the fastest took {self.arrows.least_ns} ns")

    def test_an_access_to_the_clint_shows_the_name_of_the_register_and_its_hart(self) -> None:
        harts = range(RESULT["harts"])
        known = {f"{0x2000000 + 4 * hart:#x} CLINT msip, hart {hart}" for hart in harts}
        known |= {f"{0x2004000 + 8 * hart:#x} CLINT mtimecmp, hart {hart}" for hart in harts}
        if RESULT["harts"] > 1:
            self.assertIn("0x2000004 CLINT msip, hart 1", self.registers)
        if "--numa-nodes=2" not in ARGUMENTS:  # a machine with two nodes has two CLINTs
            self.assertLessEqual(self.registers, known)

    def test_the_trace_has_every_exit_that_hv_counted_by_hart_and_cause(self) -> None:
        hstrace("check")
        self.assertEqual(json.loads(hstrace("stat", "--json"))["exits"], RESULT["exits"]["total"])
        self.assertEqual((self.stated["exits"], self.stated["lost"]), (RESULT["exits"]["total"], 0))
        seen: dict[int, dict[str, int]] = {}
        for row in self.stated["exits_by_cause"]:
            seen.setdefault(row["hart"], {})[row["cause"]] = row["count"]
        self.assertEqual(seen, {i: hart["by_cause"] for i, hart in enumerate(RESULT["exits"]["by_hart"])})

    @unittest.skipUnless(NO_WORKLOAD, "the Python reader takes minutes for a trace of the workload")
    def test_the_python_reader_of_the_trace_format_page_agrees_with_hstrace(self) -> None:
        self.assertEqual(reader_agreement.differences(DIRECTORY / recording.DUMP), [])

    def test_the_last_values_of_the_counters_equal_those_in_the_result_and_on_the_console(self) -> None:
        self.maxDiff = None
        seen = {key: value for key, value in without_worlds(self.counters).items() if key[1] not in NOT_COUNTED}
        self.assertEqual(seen, counters_in_the_result())
        on_console = counters_on_the_console()
        self.assertGreater(len(on_console), RESULT["harts"])
        self.assertEqual({key: value for key, value in self.counters.items() if key[1].startswith("exits_")}, on_console)

    def test_phases_of_boot_counter_begin_at_the_times_in_the_result(self) -> None:
        phases, frequency = RESULT["phases"], self.info["machine"]["timebase_hz"]
        self.assertEqual([name for name, _ in self.reached], [f"reached_{phase['name']}" for phase in phases[:3]])
        for phase, (_, begin), (_, end) in zip(phases, self.reached, self.reached[1:]):
            self.assertAlmostEqual(phase["seconds"], (end - begin) / frequency, delta=1 / frequency)

    def test_the_phases_have_a_track_and_last_as_long_as_in_the_result(self) -> None:
        self.assertEqual([name for name, _, _ in self.phases], [phase["name"] for phase in RESULT["phases"]])
        tick = NS_PER_SECOND // self.info["machine"]["timebase_hz"]
        for (_, mtime), (_, start, _) in zip(self.reached, self.phases):
            self.assertEqual(start, mtime * tick)
        for before, (name, start, _) in zip(self.phases, self.phases[1:]):
            self.assertEqual(before[1] + before[2], start, f"{name} begins when {before[0]} ends")
        if not RESULT["icount"]:  # under icount, the clocks of host and guest run at different rates
            for phase, (_, _, length) in zip(RESULT["phases"][:-1], self.phases):
                self.assertAlmostEqual(phase["seconds"], length / NS_PER_SECOND, delta=0.001)

    @unittest.skipIf("--harts=1" in ARGUMENTS, "with one hart there are no interrupts between harts")
    @unittest.skipUnless(NO_WORKLOAD, "a browser takes too long for a trace of the workload")
    def test_perfettos_ui_shows_the_worlds_of_all_harts_and_an_interrupt_between_harts(self) -> None:
        with ui.opened(DIRECTORY / recording.PERFETTO, side_bar=False) as view:
            pages = [view.page()]
            view.select("name glob 'IPI to *'")
            pages.append(view.page())
        for page, name in zip(pages, ("boot", "interrupt")):
            (DIRECTORY / f"{name}.png").write_bytes(page.picture)
            self.assertEqual(page.errors + page.outside + ui.picture_problems(page.picture), [])
            self.assertEqual(page.pinned, ["phases", *(f"{name}, hart {hart:02}" for hart in range(RESULT["harts"]) for name in ("world", "exits"))])
        self.assertNotEqual(pages[0].picture, pages[1].picture)

    def test_the_times_of_each_hart_are_within_a_microsecond_of_mtime(self) -> None:
        rows = [row for row in csv.DictReader(hstrace("convert", "--format=csv", "-o", "-").splitlines()) if row["event"] == "sync"]
        self.assertEqual({int(row["hart"]) for row in rows}, set(range(RESULT["harts"])))
        tick = NS_PER_SECOND // self.info["machine"]["timebase_hz"]
        ns_per_cycle = (int(rows[-1]["ns"]) - int(rows[0]["ns"])) / (int(rows[-1]["cycles"]) - int(rows[0]["cycles"]))
        farthest = max(distance_from_mtime(row, tick, ns_per_cycle) for row in rows)
        print(f"{len(rows)} SYNC records; the greatest distance from the mtime in the record is {farthest:.0f} ns")
        self.assertLess(farthest, SYNC_NS)

    def test_counters_statistics_and_the_world_track_agree_on_how_the_time_was_spent(self) -> None:
        counted = {hart["hart"]: hart["cycles"] for hart in RESULT["exits"]["by_hart"]}
        shown = {hart["hart"]: {owner: hart[owner] for owner in OWNERS} for hart in json.loads(hstrace("stat", "--json"))["time"]}
        for hart, cycles in counted.items():
            self.assertEqual(shown[hart]["hv"], cycles["hv"], f"cycles of hv on hart {hart}")
            parts = [part_of_each(times) for times in (cycles, shown[hart], self.worlds[hart])]
            print(f"hart {hart}: {' '.join(f'{owner} {part:.5f}' for owner, part in parts[0].items())}")
            for other in parts[1:]:
                for owner in OWNERS:
                    self.assertLess(abs(other[owner] - parts[0][owner]), SHARES, f"hart {hart}: {owner} of {parts}")

    def test_the_part_before_or_after_a_cut_keeps_its_times_or_reports_how_uncertain_they_are(self) -> None:
        words = [str(workspace_file(CUTS)), str(DIRECTORY / recording.DUMP), str(CUTS_OF_A_DUMP)]
        made = json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout)
        for side, found in made.items():
            print(f"cuts, {side}: {found}")
            self.assertEqual(found["cuts"], CUTS_OF_A_DUMP, side)
            self.assertEqual((found["dishonest"], found["far_though_near"]), (0, 0), side)
            asleep = found["vague_asleep"] if RESULT["harts"] == 1 and not NO_SSTC else 0
            self.assertLessEqual(found["vague"] - asleep, CUTS_OF_A_DUMP // 100, side)

    def test_the_figures_of_the_trace_agree_with_the_result(self) -> None:
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
