"""Tests how the offset between the clocks is computed from marks."""

import random
import unittest

from trace.ftrace import offset
from trace.ftrace.offset import Around, Mark
from trace.ftrace.stream import FtraceError

HZ = 10_000_000
TICK = 100


def marks(true_offset: int, count: int, seed: int, hart: int = 0) -> tuple[dict[int, Around], dict[int, Mark]]:
    """Returns marks of a simulated machine. ftrace's clock shows whole ticks, and hv's times are wrong by up to 300 ns."""
    draw = random.Random(seed)
    around, found = {}, {}
    for number in range(count):
        before = number * 1_000_000 + draw.randrange(TICK)
        begin = before + draw.randrange(800, 5000)
        end = begin + 3000
        after = end + draw.randrange(600, 5000)
        error = draw.randrange(-300, 300)
        around[number] = Around(hart, before // TICK * TICK, after // TICK * TICK)
        found[number] = Mark(hart, begin + true_offset + error, end + true_offset + error, 300)
    return around, found


class Offsets(unittest.TestCase):
    def test_the_true_offset_lies_within_the_uncertainty_and_more_marks_reduce_it(self) -> None:
        for seed in range(50):
            for true in (4_061_024_486, -5_000_000, 0):
                around, found = marks(true, 128, seed)
                computed = offset.compute(around, found, HZ)
                self.assertLessEqual(abs(computed.ns - true), computed.uncertainty_ns)
                self.assertLessEqual(computed.uncertainty_ns, 1500)
                few = offset.compute(around, dict(list(found.items())[:2]), HZ)
                self.assertGreaterEqual(few.uncertainty_ns, computed.uncertainty_ns)

    def test_marks_without_events_do_not_count(self) -> None:
        around, found = marks(0, 10, 1)
        found[77] = Mark(0, -1_000_000_000, -1_000_000_000, 0)
        self.assertEqual(offset.compute(around, found, HZ).pairs, 10)
        with self.assertRaisesRegex(FtraceError, "cannot be related"):
            offset.compute({}, found, HZ)

    def test_clocks_that_drift_apart_are_refused(self) -> None:
        around, found = marks(0, 100, 1)
        drifting = {number: mark._replace(begin_ns=mark.begin_ns + 200 * number, end_ns=mark.end_ns + 200 * number) for number, mark in found.items()}
        with self.assertRaisesRegex(FtraceError, "drift apart"):
            offset.compute(around, drifting, HZ)

    def test_each_cpu_has_the_hart_that_made_its_marks(self) -> None:
        around, found = marks(0, 4, 1)
        around = {number: events._replace(cpu=number % 2) for number, events in around.items()}
        found = {number: mark._replace(hart=1 - number % 2) for number, mark in found.items()}
        self.assertEqual(offset.compute(around, found, HZ).cpus, {0: 1, 1: 0})
        found[2] = found[2]._replace(hart=5)
        with self.assertRaisesRegex(FtraceError, "CPU 0 made marks on the harts 1 and 5"):
            offset.compute(around, found, HZ)


if __name__ == "__main__":
    unittest.main()
