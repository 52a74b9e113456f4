"""Tests the figures of a trace. The figures must show the numbers of `hstrace stat`. A dump must either be drawn, or be
refused with a reason."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import struct
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any, ClassVar
from unittest import mock

import numpy as np

from analysis import histogram, phases, style, trace_drawing, trace_figures, trace_rows, trigger_figure
from analysis.time_bins import BINS, TimeBins
from analysis.trace_summary import Summary
from trace.testing.crc32c import crc32c

SYNTHETIC = Path(__file__).absolute().parents[1] / "trace/testing/synthetic"
PNG = b"\x89PNG"


class Case(unittest.TestCase):
    folder: ClassVar[Path]

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)

    def make(self, name: str, *options: str) -> Path:
        """Makes a synthetic dump."""
        dump = self.folder / name
        subprocess.run([str(SYNTHETIC), *options, str(dump)], check=True, stdout=subprocess.DEVNULL)
        return dump

    def stat(self, dump: Path, *options: str) -> dict[str, Any]:
        """Returns the output of `hstrace stat --json`."""
        command = [str(trace_rows.HSTRACE), "stat", "--json", *options, str(dump)]
        said: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        return said

    def draw(self, dump: Path, *options: str, code: int = 0) -> str:
        """Runs the command as if a user had typed it in the test's folder. Returns the output of the command."""
        said = io.StringIO()
        environment = {"BUILD_WORKING_DIRECTORY": str(self.folder)}
        with mock.patch.dict(os.environ, environment), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            try:
                ended = trace_figures.run([str(dump), *options])
            except SystemExit as stop:
                ended = stop.code  # type: ignore[assignment]
        self.assertEqual(ended, code, said.getvalue())
        return said.getvalue()

    def numbers(self, dump: Path, *window: str) -> dict[str, Any]:
        """Returns the numbers of the figures of a dump."""
        return trace_figures.numbers(trace_figures.gather(dump, None, trace_figures.Choice(window=window)))


class Agreement(Case):
    """Compares the numbers of the figures with the numbers of `hstrace stat`."""

    DUMPS: ClassVar[dict[str, tuple[str, ...]]] = {
        "plain": ("--slots=60000", "--harts=3"),
        "one hart": ("--slots=20000", "--harts=1"),
        "lossy": ("--slots=60000", "--harts=2", "--loss=100"),
        "discard": ("--slots=60000", "--harts=2", "--loss=100", "--discard"),
        "hung": ("--slots=20000", "--harts=2", "--hung=1"),
        "overwritten": ("--slots=20000", "--harts=2", "--overwritten"),
        "wrapping clock": ("--slots=20000", "--start-cycles=0xfffffff00000"),
        "no arguments": ("--slots=20000", "--exit-args=0"),
    }

    def test_counts_durations_and_percentiles_of_each_cause_equal_those_of_stat(self) -> None:
        for name, options in self.DUMPS.items():
            dump = self.make("a.hst", *options)
            for part in (97, 100_000):
                with self.subTest(dump=name, part=part), mock.patch.object(trace_rows, "PART", part):
                    drawn, said = self.numbers(dump), self.stat(dump)
                    rows = {(row["cause"], row["detail"]): row for row in drawn["causes"]}
                    self.assertGreater(drawn["exits"], 1000)
                    self.assertEqual(set(rows), {(row["cause"], row["detail"]) for row in said["rows"]})
                    for row in said["rows"]:
                        own = rows[row["cause"], row["detail"]]
                        for key in ("count", "cycles", "min", "max"):
                            self.assertEqual(own[key], row[key], (row, key))
                        for key in trace_figures.QUANTILES:
                            self.assertLessEqual(abs(own[key] - row[key]), row[key] / 100, (row, key))

    def test_exits_of_each_hart_and_lost_slots_equal_those_of_stat(self) -> None:
        for name, options in self.DUMPS.items():
            dump = self.make("a.hst", *options)
            with self.subTest(dump=name):
                drawn = self.numbers(dump)
                said = {row["name"]: row["count"] for row in self.stat(dump, "--by=hart")["rows"]}
                self.assertEqual({f"hart {hart['hart']}": sum(hart["exits"].values()) for hart in drawn["harts"]}, said)
                self.assertEqual(drawn["lost"], sum(hart["lost"] for hart in self.stat(dump)["harts"]))

    def test_a_window_has_the_same_exits_as_hstrace_stat(self) -> None:
        dump = self.make("a.hst", "--slots=60000")
        window = ("--from=0.002", "--to=0.004")
        drawn, said = self.numbers(dump, *window), self.stat(dump, *window)
        self.assertGreater(said["exits"], 0)
        self.assertLess(said["exits"], self.stat(dump)["exits"])
        self.assertEqual(drawn["exits"], said["exits"])


class Time(Case):
    """Checks how each hart's time was spent."""

    def summary(self, *options: str) -> Summary:
        """Returns the summary of a synthetic dump."""
        return trace_figures.read(self.make("a.hst", *options), False, ())[0]

    def test_every_cycle_is_assigned_to_hv_a_world_sleep_or_a_loss(self) -> None:
        for part in (53, 100_000):
            with self.subTest(part=part), mock.patch.object(trace_rows, "PART", part):
                harts = self.summary("--slots=60000", "--harts=2", "--loss=300").harts
                said = self.stat(self.folder / "a.hst")["time"]
                self.assertEqual([{"hart": index, **hart.cycles} for index, hart in enumerate(harts)], said)
                self.assertEqual([owner for owner, cycles in harts[0].cycles.items() if cycles <= 0], [])

    def counted_by_hv(self, first: bytes) -> dict[str, int]:
        """Returns how the time of a hart is divided, for a hart with two records of each of hv's counters. @p first is
        the sequence number of the hart's first record."""
        rows = np.zeros(4, list(trace_rows.COLUMNS.items()))
        rows["event"], rows["cycles"] = b"counter", [b"1", b"2", b"3", b"4"]
        rows["sequence"][0] = first
        rows["name"], rows["word1"] = [b"cycles_hv", b"cycles_payload"] * 2, [b"0x10", b"0x20", b"0x15", b"0x28"]
        summary = Summary(1)
        summary.take(rows)
        return summary.harts[0].shares()

    def test_a_complete_trace_takes_the_shares_of_time_from_hvs_last_counter_records(self) -> None:
        shares = self.counted_by_hv(b"0")
        self.assertEqual((shares["hv"], shares["payload"], shares["unknown"]), (0x15, 0x28, 0))

    def test_a_partial_dump_takes_hv_time_from_its_first_counter_record(self) -> None:
        for first in (b"", b"7"):
            shares = self.counted_by_hv(first)
            self.assertEqual((shares["hv"], shares["payload"]), (0x5, 0x8))

    def test_all_time_is_accounted_for_if_no_slot_was_lost(self) -> None:
        for hart in self.summary("--slots=20000", "--harts=2").harts:
            self.assertEqual(hart.cycles["unknown"], 0)

    def awake(self, index: int) -> int:
        """Returns the total time of a hart's exits, minus the time that the hart slept during these exits."""
        time = 0
        for part in trace_rows.rows(self.folder / "a.hst", False, trace_rows.Progress(1), ()):
            for row in part[(part["hart"] == index) & (part["event"] == b"exit")]:
                cycles = int(row["duration_cycles"]) + int(row["observing_cycles"])
                time += int((int(row["ns"]) - int(row["start_ns"])) * (cycles / (cycles + int(row["asleep_cycles"]))))
        return time

    def test_the_intervals_of_the_time_axis_add_up_to_the_whole_time_in_exits(self) -> None:
        summary = self.summary("--slots=20000", "--harts=2")
        for index in range(2):
            self.assertEqual(summary.series.row(f"hv {index}", 100).sum(), self.awake(index))

    def test_an_exit_whose_duration_does_not_fit_its_record_is_drawn_only_at_its_end(self) -> None:
        rows = np.zeros(3, list(trace_rows.COLUMNS.items()))
        rows["event"], rows["cause"], rows["before"] = b"exit", b"illegal_instruction", b"payload"
        rows["ns"] = [1_000_000_000, 9_000_000_000, 9_000_000_500]
        rows["cycles"] = [str(ns).encode() for ns in rows["ns"]]
        rows["start_ns"] = [b"999999900", b"", b"9000000400"]
        rows["duration_cycles"] = [b"100", b"4294967295", b"100"]
        rows["asleep_cycles"] = rows["observing_cycles"] = b"0"
        rows["guest"], rows["guest_cycles"] = [b"payload", b"unknown", b"payload"], [b"0", b"3705032605", b"400"]
        summary = Summary(1)
        summary.take(rows)
        cycles = summary.harts[0].cycles
        self.assertEqual((cycles["payload"], cycles["unknown"]), (400, 3_705_032_605))
        self.assertEqual((summary.series.row("hv 0", 1).sum(), summary.exits), (200, 3))


class Series(unittest.TestCase):
    def test_counts_stay_in_the_right_place_when_intervals_grow_wider(self) -> None:
        series, rng, seen = TimeBins(), np.random.default_rng(1), []
        for scale in (1e3, 1e6, 1e9, 1e12):
            ns = rng.integers(int(5e11), int(5e11 + scale), 1000)
            seen.append(ns)
            series.reach(int(ns.min()), int(ns.max()))
            series.add("a", ns)
            self.assertLessEqual(series.used(), BINS)
        every = np.concatenate(seen)
        edges = series.begin() + series.width * np.arange(series.used() + 1)
        np.testing.assert_array_equal(series.row("a", BINS), np.histogram(every, edges)[0])
        self.assertEqual(series.row("a", 7).sum(), len(every))

    def test_a_long_period_is_spread_over_all_intervals_that_it_covers(self) -> None:
        series = TimeBins()
        series.reach(0, 10 * series.width)
        series.spread("a", series.width // 2, 3 * series.width + 1)
        width = series.width
        self.assertEqual(list(series.row("a", BINS)[:5]), [width / 2, width, width, 1, 0])


class Labels(unittest.TestCase):
    """Checks where the names of phases are placed above a figure of 100 s."""

    def rows(self, **begins: float) -> dict[str, int]:
        """Returns in which row of labels the name of each phase stands. @p begins: when each phase starts, in seconds."""
        phase_list = [(name, round(at * phases.SECOND)) for name, at in begins.items()]
        return {label.name: label.row for label in trace_drawing.place_labels(phase_list, 0, 100)}

    def test_names_that_are_far_enough_apart_share_one_row(self) -> None:
        self.assertEqual(self.rows(hv=0, kernel=20, init=80), {"hv": 0, "kernel": 0, "init": 0})

    def test_no_name_covers_another_name_or_its_line(self) -> None:
        self.assertEqual(self.rows(hv=0, firmware=0.1, kernel=2), {"hv": 2, "firmware": 1, "kernel": 0})
        self.assertEqual(self.rows(workload=98, shutdown=99), {"workload": 0, "shutdown": 1})
        self.assertEqual(self.rows(init=85, workload=86, shutdown=99.9), {"init": 1, "workload": 0, "shutdown": 2})

    def test_a_figure_begins_at_the_first_phase_unless_it_shows_only_a_window(self) -> None:
        picture = trace_drawing.Picture(Summary(1), [0], [("hv", phases.SECOND // 2), ("kernel", phases.SECOND)], "")
        self.assertEqual(picture.begin(2.0), 0.5)
        self.assertEqual(picture.begin(0.25), 0.25)
        picture.whole = False
        self.assertEqual(picture.begin(2.0), 2.0)

    def test_a_phase_outside_the_figure_has_no_name_in_it(self) -> None:
        self.assertEqual(self.rows(hv=-1, kernel=20, init=101), {"kernel": 0})


class Triggers(Case):
    """Checks that the figure over time shows when a trigger of the recorder fired."""

    def with_trigger(self, dump: Path, *ticks: int) -> Path:
        """Returns a copy of the dump that says that triggers fired."""
        def chunk(kind: bytes, contents: bytes) -> bytes:
            head = struct.pack("<4sHHI", kind, 1, 0, len(contents))
            return head + struct.pack("<I", crc32c(head + contents)) + contents + bytes(-len(contents) % 16)

        data = dump.read_bytes()
        slots, chunks = struct.unpack("<QQ", data[-16:])
        line = "".join(f"trigger {each} 0 1 2 exit.cycles>5\n" for each in ticks).encode()
        made = self.folder / "trigger.hst"
        made.write_bytes(data[:-32] + chunk(b"PHAS", line) + chunk(b"DONE", struct.pack("<QQ", slots, chunks + 1)))
        return made

    def test_a_line_marks_the_trigger(self) -> None:
        dump = self.make("plain.hst")
        for each, marked in ((dump, False), (self.with_trigger(dump, 50_000), True)):
            self.draw(each, f"--out={each.stem}", "--format=svg")
            text = (self.folder / each.stem / "exits_over_time.svg").read_text().lower()
            self.assertEqual(style.TRIGGER.lower() in text, marked)
            numbers = json.loads((self.folder / each.stem / "trace_figures.json").read_text())
            self.assertEqual(numbers["triggers"], [{"seconds": 0.005}] if marked else [])
            self.assertEqual((self.folder / each.stem / "trigger.svg").is_file(), marked)
        self.assertIn("exit.cycles&gt;5", (self.folder / "trigger/trigger.svg").read_text())

    def described(self, dump: Path, *options: str) -> tuple[list[str], int, str]:
        """Draws the figures of triggers. Returns the names of the triggers' pictures, the number of triggers, and the output."""
        with mock.patch.object(trace_drawing, "draw", return_value=[]):  # the other figures would take most of the time
            said = self.draw(dump, "--out=pictures", *options)
        numbers = json.loads((self.folder / "pictures" / trace_figures.NUMBERS).read_text())
        return numbers["trigger_pictures"], len(numbers["triggers"]), said

    def test_the_numbers_name_the_pictures_of_this_call_and_the_output_counts_what_was_left_out(self) -> None:
        dump = self.make("few.hst", "--slots=10000")
        pictures, fired, said = self.described(self.with_trigger(dump, *(50_000 + 100 * each for each in range(6))))
        self.assertEqual((pictures, fired), (["trigger.png", "trigger_2.png", "trigger_3.png", "trigger_4.png"], 6))
        self.assertIn("2 more triggers fired; only the first 4 have a figure", said)
        pictures, fired, said = self.described(self.with_trigger(dump, 50_000))
        self.assertEqual((pictures, fired), (["trigger.png"], 1))
        self.assertNotIn("more triggers", said)
        self.assertTrue((self.folder / "pictures/trigger_2.png").is_file())
        self.assertEqual(self.described(dump)[:2], ([], 0))

    def test_only_triggers_inside_the_time_window_are_drawn(self) -> None:
        dump = self.with_trigger(self.make("few.hst", "--slots=10000"), 30_000, 50_000)
        with mock.patch.object(trigger_figure, "read", wraps=trigger_figure.read) as read:
            self.assertEqual(self.described(dump, "--from=4ms", "--to=5001us")[:2], (["trigger.png"], 1))
        self.assertEqual([call.args[1:] for call in read.call_args_list], [(5_000_000, False, (4_000_000, 5_001_000))])
        self.assertEqual(self.described(dump, "--to=5ms")[:2], (["trigger.png"], 1))
        self.assertEqual(self.described(dump)[1], 2)


class Latencies(Case):
    """Checks the figure of durations."""

    def test_the_upper_axis_converts_cycles_to_microseconds_by_the_clock_of_the_dump(self) -> None:
        """The synthetic machine runs at 1 GHz, so a cycle is a nanosecond."""
        picture = trace_figures.gather(self.make("a.hst", "--slots=60000"), None, trace_figures.Choice())
        self.assertAlmostEqual(picture.summary.ns_per_cycle() or 0, 1, places=2)
        figure = trace_drawing.latency_by_cause(picture)
        figure.draw_without_rendering()  # drawing the figure sets the limits of the upper axis
        (above,) = figure.axes[0].child_axes
        self.assertIn("\N{MICRO SIGN}s", above.get_xlabel())
        for cycles, microseconds in zip(figure.axes[0].get_xlim(), above.get_xlim()):
            self.assertAlmostEqual(cycles / microseconds / 1000, 1, places=2)

    def test_all_rows_use_the_same_scale_for_the_number_of_exits(self) -> None:
        heights = trace_drawing._heights(np.array([0, 1, 10, 1000]), 1000)
        self.assertEqual((heights[0], heights[-1]), (0, 0.8))
        self.assertGreater(heights[2], 2 * heights[1])
        figure = trace_drawing.latency_by_cause(trace_figures.gather(self.make("a.hst", "--slots=60000"), None, trace_figures.Choice()))
        steps = [patch.get_data() for patch in figure.axes[0].patches]
        tallest = [float(np.max(baseline - values)) for values, _, baseline in steps]
        self.assertAlmostEqual(max(tallest), 0.8)
        self.assertEqual(tallest.index(max(tallest)), len(tallest) - 1, "all exits together are the highest row")
        self.assertLess(min(tallest), 0.7)


class Quantiles(unittest.TestCase):
    def test_quantiles_are_right_to_one_percent(self) -> None:
        values = np.exp(np.random.default_rng(2).normal(8, 3, 10_000)).astype(np.int64) % (1 << 32)
        one = histogram.Histogram()
        one.add(values)
        for fraction in (0.001, 0.5, 0.99, 0.999, 1.0):
            exact = np.sort(values)[max(int(np.ceil(fraction * len(values))), 1) - 1]
            self.assertLessEqual(abs(one.quantile(fraction) - exact), exact / 100)

    def test_every_value_lies_in_its_bin(self) -> None:
        values = np.array([0, 1, 127, 128, 255, 256, 257, 511, 512, 65535, 65536, (1 << 32) - 1])
        places, borders = histogram.bins_of(values), histogram.lows()
        self.assertTrue((borders[places] <= values).all() and (values < borders[places + 1]).all())


class Boot(unittest.TestCase):
    """Checks the phases of a boot with a summary that this test makes: it has 100 exits, one in each millisecond, and
    the first exit is at 10 s."""

    def setUp(self) -> None:
        self.summary = Summary(1)
        ns = 10 * phases.SECOND + np.arange(100) * 1_000_000
        self.summary.series.reach(int(ns[0]), int(ns[-1]))
        self.summary.series.add("all", ns)
        self.summary.durations["mret"].add(np.full(100, 5))
        self.known = [("kernel", int(ns[20]))]

    def result(self, icount: bool) -> dict[str, Any]:
        """Returns a result in which kernel begins after 20 exits and lasts 10 ms of the host's time, and init has 30 exits."""
        listed = [("firmware", 1.0, 20), ("kernel", 0.010, 40), ("init", 0.5, 30), ("shutdown", 0.1, 10)]
        named = [{"name": name, "seconds": seconds, "exits": exits} for name, seconds, exits in listed]
        return {"icount": icount, "phases": named, "build_id": "x", "exits": {"total": 100}}

    def begins(self, icount: bool) -> dict[str, float]:
        """Returns the start of each phase, in milliseconds after the first exit."""
        found = phases.of_result(self.summary, self.known, self.result(icount))
        return {name: (ns - 10 * phases.SECOND) / 1e6 for name, ns in found}

    def test_without_icount_phases_are_placed_by_the_hosts_seconds_after_the_last_phase_that_hv_stamped(self) -> None:
        begins = self.begins(icount=False)
        self.assertEqual((begins["kernel"], begins["init"], begins["shutdown"]), (20, 30, 530))

    def test_under_icount_phases_are_placed_by_the_number_of_exits_before_them(self) -> None:
        begins = self.begins(icount=True)
        self.assertEqual(begins["kernel"], 20)
        self.assertAlmostEqual(begins["init"], 59, delta=1.1)
        self.assertAlmostEqual(begins["shutdown"], 90, delta=1.1)

    def test_a_result_of_another_run_is_recognized_by_its_build_id_or_its_number_of_exits(self) -> None:
        result = self.result(True)
        self.assertIsNone(phases.differs(result, "x", self.summary))
        self.assertIn("another build", phases.differs(result, "y", self.summary) or "")
        self.assertIn("99 exits", phases.differs({**result, "exits": {"total": 99}}, "x", self.summary) or "")


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


class Progress(unittest.TestCase):
    def shown(self, stream: io.StringIO, seconds: float) -> str:
        """Returns the text that is printed while 4 records are read. Reading the second record takes @p seconds."""
        with mock.patch("time.monotonic", side_effect=[100.0, 100.1, *[100 + seconds] * 3]):
            progress = trace_rows.Progress(4, stream)
            for _ in range(4):
                progress.add(1)
        return stream.getvalue()

    def test_progress_is_shown_after_a_second_and_only_on_a_terminal(self) -> None:
        self.assertEqual(re.findall(r"(\d+) %", self.shown(Terminal(), 2)), ["50", "75", "100"])
        self.assertEqual(self.shown(Terminal(), 0.5), "")
        self.assertEqual(self.shown(io.StringIO(), 2), "")


class Command(Case):
    def test_a_relative_out_directory_starts_where_the_command_was_typed(self) -> None:
        dump = self.make("a.hst", "--slots=5000")
        self.draw(Path("a.hst"), "--out=pictures", "--format=png,svg")
        written = json.loads((self.folder / "pictures" / trace_figures.NUMBERS).read_text())
        self.assertEqual(written, self.numbers(dump))
        for name in ("exits_over_time", "latency_by_cause", "hart_shares"):
            self.assertTrue((self.folder / f"pictures/{name}.png").read_bytes().startswith(PNG))
            self.assertIn(b"<svg", (self.folder / f"pictures/{name}.svg").read_bytes())

    def test_drawing_the_same_dump_twice_gives_the_same_bytes(self) -> None:
        dump = self.make("a.hst", "--slots=500")
        seen = []
        for _ in range(2):
            self.draw(dump, "--out=again", "--format=svg")
            seen.append({path.name: path.read_bytes() for path in (self.folder / "again").iterdir()})
        self.assertEqual(*seen)

    def test_the_command_reports_that_a_dump_has_no_exits(self) -> None:
        dump = self.make("empty.hst", "--slots=0", "--harts=2")
        self.assertIn("no exits", self.draw(dump, "--out=nothing"))

    def test_a_window_without_exits_is_an_error(self) -> None:
        dump = self.make("a.hst", "--slots=500")
        self.assertIn("no exits between --from and --to", self.draw(dump, "--from=1000", "--out=no", code=1))

    def test_a_file_that_is_not_a_dump_is_refused_with_its_name_and_the_offset(self) -> None:
        for contents, words in ((b"", "header"), (b"#!/bin/sh\n" * 100, "not a dump"), (b"\x89HST\r\n\x1a\n", "header")):
            path = self.folder / "bad.hst"
            path.write_bytes(contents)
            with self.subTest(contents=contents[:8]):
                said = self.draw(path, code=1)
                self.assertRegex(said, r"^error: .*bad\.hst: offset 0x")
                self.assertIn(words, said)
        self.assertIn("No such file", self.draw(self.folder / "missing.hst", code=1))
        self.assertEqual(list(self.folder.glob("*.png")), [])

    def test_a_damaged_dump_is_refused_unless_it_is_salvaged(self) -> None:
        dump = self.make("a.hst", "--slots=20000")
        data = bytearray(dump.read_bytes())
        data[len(data) // 2] ^= 1
        dump.write_bytes(data)
        self.assertIn("offset 0x", self.draw(dump, "--out=no", code=1))
        self.assertIn("exits_over_time.png", self.draw(dump, "--out=yes", "--salvage"))
        with self.assertRaisesRegex(trace_rows.TraceError, "offset 0x"):
            list(trace_rows.rows(dump, False, trace_rows.Progress(1), ()))

    def test_a_wrong_option_ends_with_code_2(self) -> None:
        dump = self.make("a.hst", "--slots=500")
        (self.folder / "other.json").write_text('{"build_id": "x", "phases": [], "exits": null, "icount": false}')
        (self.folder / "list.json").write_text("[]")
        for option in ("--format=gif", "--from=soon", "--result=missing.json", "--result=list.json", "--result=other.json"):
            with self.subTest(option=option):
                self.assertIn("error", self.draw(dump, option, "--out=no", code=2))

    def test_help_has_an_example(self) -> None:
        self.assertIn("bazel run //analysis:trace_figures -- ", self.draw(Path("--help")))


if __name__ == "__main__":
    unittest.main()
