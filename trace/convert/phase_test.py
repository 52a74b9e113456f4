"""Tests the track of phases. The dump contains the start of each phase, and a phase lasts until the next phase starts."""

import json
import subprocess
import unittest

from trace.convert.trace_case import HSTRACE, Case
from trace.perfetto.trace_processor import TraceProcessor

PHASES = """select slice.name name, slice.ts ts, slice.dur dur from slice join track on slice.track_id = track.id
    join track machine on track.parent_id = machine.id where track.name = 'phases' and machine.name = 'hartscope'
    and category = 'phase' order by ts"""
NS = 1_000_000_000
STARTS = {"kernel": 2_000_000, "init": 4_000_000, "shutdown": 5_500_000}  # in ns; the recording begins at 1 ms


class Phases(Case):
    def setUp(self) -> None:
        super().setUp()
        self.make("--slots=60000")
        self.note(**STARTS)

    def note(self, **starts: int) -> None:
        """Adds phases to the dump. Each argument is a phase and the time, in ns, at which the phase begins."""
        noted = self.dump.with_name("noted.hst")
        words = [f"--phase={name}={ns / NS:.9f}" for name, ns in starts.items()]
        subprocess.run([HSTRACE, "merge", *words, self.dump, "-o", noted], check=True, stdout=subprocess.DEVNULL)
        noted.replace(self.dump)

    def drawn(self, *options: str) -> list[tuple[str, int, int]]:
        """Converts the dump. Returns the name, the start and the end of each phase in the trace."""
        self.written = self.convert(*options)
        with TraceProcessor(self.trace) as processor:
            rows = [(str(row["name"]), int(row["ts"] or 0), int(row["dur"] or 0)) for row in processor.query(PHASES)]
        return [(name, begin, begin + length) for name, begin, length in rows]

    def test_each_phase_lasts_until_the_next_begins_and_the_last_until_the_trace_ends(self) -> None:
        drawn = self.drawn()
        borders = [*STARTS.values(), self.written["end"]]
        self.assertEqual(drawn, list(zip(STARTS, borders, borders[1:])))
        self.assertGreater(self.written["end"], STARTS["shutdown"])

    def test_phases_are_cut_to_the_window(self) -> None:
        drawn = self.drawn("--from=0.003", "--to=0.005")
        self.assertEqual(drawn, [("kernel", 3_000_000, 4_000_000), ("init", 4_000_000, 5_000_000)])

    def test_a_phase_that_began_before_the_first_record_is_drawn_from_its_start(self) -> None:
        self.note(hv=7_000)
        self.assertEqual(self.drawn()[0], ("hv", 7_000, STARTS["kernel"]))

    def test_the_trace_of_a_dump_without_phases_has_no_track_of_phases(self) -> None:
        self.make("--slots=6000")
        self.assertEqual(self.drawn(), [])

    def test_merging_a_dump_again_keeps_its_phases_and_info_shows_them(self) -> None:
        self.note(workload=5_000_000)
        info = json.loads(subprocess.run([HSTRACE, "info", "--json", self.dump], check=True, stdout=subprocess.PIPE).stdout)
        starts = {**STARTS, "workload": 5_000_000}
        self.assertEqual({phase["name"]: phase["ns"] for phase in info["phases"]}, starts)
        self.assertEqual([phase["name"] for phase in info["phases"]], sorted(starts, key=lambda name: starts[name]))

    def test_a_malformed_phase_is_refused(self) -> None:
        for words in ("init", "=1", "init=soon", "init=-1", "a name of more than thirty-one bytes=1"):
            command = [str(HSTRACE), "merge", f"--phase={words}", str(self.dump), "-o", str(self.dump.with_name("none.hst"))]
            done = subprocess.run(command, capture_output=True, text=True)
            self.assertNotEqual(done.returncode, 0, words)
            self.assertIn("phase" if "soon" not in words and "-1" not in words else "time", done.stderr, words)


if __name__ == "__main__":
    unittest.main()
