"""Tests timeline.py: the times and exits of the phases of a run."""

import unittest

from benchmarks.results import timeline
from machines.console import Console
from machines.directory import Cycles, Directory, HartCounters, PhaseStamp
from machines.run import Run, Stamp

DIRECTORY = Directory("00" * 20, 10_000_000, 1, 64, 0, 0, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0)


def counted(exits: int) -> list[HartCounters]:
    return [HartCounters(0, [exits], Cycles(0, 0, 0, 0))]


class Phases(unittest.TestCase):
    def boot(self) -> Run:
        run = Run(Console(), directory=DIRECTORY, seconds=5.0, counters=counted(100))
        times = [("hv", 1_000, 0), ("firmware", 21_000, 1), ("kernel", 2_001_000, 58)]
        run.guest_stamps = [PhaseStamp(*time) for time in times]
        names = [("hv", 0.110, 0), ("firmware", 0.110, 0), ("kernel", 0.305, 60), ("init", 2.0, 90)]
        run.stamps = [Stamp(name, seconds, counted(exits)) for name, seconds, exits in names]
        return run

    def test_early_phases_have_the_guests_time_and_late_phases_the_hosts(self) -> None:
        found = {phase.name: round(phase.seconds, 6) for phase in timeline.phases(self.boot(), icount=False)}
        self.assertEqual(found, {"hv": 0.002, "firmware": 0.198, "kernel": 1.695, "init": 3.0})

    def test_the_exits_of_a_phase_are_the_difference_of_two_counts_and_hvs_counts_have_priority(self) -> None:
        self.assertEqual([phase.exits for phase in timeline.phases(self.boot(), icount=False)], [1, 57, 32, 10])

    def test_under_icount_all_phases_have_the_hosts_time(self) -> None:
        found = timeline.phases(self.boot(), icount=True)
        self.assertAlmostEqual(found[1].seconds, 0.195)

    def test_phases_have_times_but_no_exits_if_hv_has_no_counters(self) -> None:
        run = Run(Console(), seconds=2.0)
        run.stamps = [Stamp("firmware", 0.0, None), Stamp("kernel", 0.5, None)]
        found = timeline.phases(run, icount=False)
        self.assertEqual([(phase.seconds, phase.exits) for phase in found], [(0.5, None), (1.5, None)])


if __name__ == "__main__":
    unittest.main()
