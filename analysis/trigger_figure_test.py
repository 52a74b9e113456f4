"""Tests which exits and worlds the figure of a trigger shows."""

from __future__ import annotations

import unittest
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from analysis import style, trace_rows, trigger_figure
from analysis.trigger_figure import AROUND, NEAR, Exit, UNEVEN, window, worlds

TRIGGER = {"ns": 100_000, "hart": 1, "text": "exit.cycles>5"}


def exits(hart: int, *times: tuple[int, int]) -> list[Exit]:
    return [Exit(hart, begin, end, f"cause {index % 3}", "firmware") for index, (begin, end) in enumerate(times)]


class Window(unittest.TestCase):
    def test_it_has_the_nearest_exits_of_the_triggers_hart_on_both_sides(self) -> None:
        of_hart = exits(1, *((1000 * index, 1000 * index + 400) for index in range(200)))
        begin, end = window([*of_hart, *exits(0, (0, 10), (500_000, 900_000))], 1, 100_000)
        inside = [each.begin for each in of_hart if each.begin >= begin and each.end <= end]
        self.assertEqual(inside[0], 100_000 - 1000 * (AROUND + 1))
        self.assertEqual(inside[-1], 100_000 + 1000 * (AROUND - 1))

    def test_the_exit_that_fired_the_trigger_is_whole_even_if_it_ends_just_after_the_triggers_time(self) -> None:
        begin, end = window(exits(1, (90_000, 100_050), (101_000, 104_000)), 1, 100_000)
        self.assertLess(begin, 90_000)
        self.assertGreater(end, 104_000)

    def test_a_hart_that_slept_for_long_is_cut(self) -> None:
        begin, end = window(exits(1, (0, 100_000), (100_500, 101_000)), 1, 100_000)
        self.assertGreaterEqual(begin, 100_000 - UNEVEN * 1000 - 1000)
        self.assertLess(end, 102_000)

    def test_without_exits_of_the_hart_there_is_still_a_window(self) -> None:
        begin, end = window(exits(0, (1, 2)), 1, 100_000)
        self.assertTrue(begin < 100_000 < end)


class Worlds(unittest.TestCase):
    def test_the_world_before_an_exit_is_the_one_that_it_interrupted(self) -> None:
        of_hart = [Exit(0, 10, 20, "a", "payload"), Exit(0, 30, 40, "b", "firmware"), Exit(0, 60, 90, "c", "payload")]
        self.assertEqual(
            worlds(of_hart, 0, 80),
            [(0, 10, "payload"), (10, 20, "hv"), (20, 30, "firmware"), (30, 40, "hv"), (40, 60, "payload"), (60, 80, "hv")],
        )
        self.assertEqual(worlds([], 0, 80), [])

    def test_the_first_exit_after_the_window_shows_the_world_until_then(self) -> None:
        self.assertEqual(worlds([Exit(0, 200, 210, "b", "payload")], 0, 100), [(0, 100, "payload")])
        of_hart = [Exit(0, 10, 20, "a", "payload"), Exit(0, 30, 40, "b", "firmware"), Exit(0, 60, 90, "c", "payload")]
        self.assertEqual(worlds(of_hart, 15, 25), [(15, 20, "hv"), (20, 25, "firmware")])
        self.assertEqual(worlds(of_hart, 95, 100), [], "no exit follows")


class Read(unittest.TestCase):
    def read(self, ns: int, limits: tuple[int, int], **columns: Any) -> tuple[list[Exit], tuple[str, ...]]:
        """Reads one exit near a moment. Returns the exit, and the window that hstrace was asked for."""
        row = np.zeros(1, list(trace_rows.COLUMNS.items()))
        for name, value in {"event": b"exit", "cause": b"breakpoint", "guest": b"payload", "ns": ns, **columns}.items():
            row[name] = value
        with mock.patch.object(trace_rows, "rows", return_value=iter([row])) as asked:
            found = trigger_figure.read(Path("t.hst"), ns, False, limits)
        return found, asked.call_args.args[3]

    def test_an_exit_whose_duration_does_not_fit_its_record_began_before_everything_else(self) -> None:
        ns = 5 * NEAR
        self.assertEqual(self.read(ns, (0, 9 * NEAR), start_ns=b"")[0], [Exit(0, 4 * NEAR, ns, "breakpoint", "payload")])
        self.assertEqual(self.read(ns, (0, 9 * NEAR), start_ns=b"1234")[0], [Exit(0, 1234, ns, "breakpoint", "payload")])

    def test_only_exits_inside_the_limits_are_read(self) -> None:
        ns = 5 * NEAR
        for limits, wanted in (((0, 9 * NEAR), (4 * NEAR, 6 * NEAR)), ((ns - 5, ns + 7), (ns - 5, ns + 7))):
            self.assertEqual(self.read(ns, limits)[1], (f"--from={wanted[0]}ns", f"--to={wanted[1]}ns"))


class Figure(unittest.TestCase):
    def test_each_hart_has_a_row_and_the_trigger_is_at_0(self) -> None:
        shown = [*exits(0, (95_000, 99_000)), *exits(1, (98_000, 100_000), (101_000, 102_000))]
        figure = trigger_figure.figure(shown, [4, 7], TRIGGER, "a run")
        (axes,) = figure.axes
        self.assertEqual([label.get_text() for label in axes.get_yticklabels()], ["hart 4", "hart 7"])
        (line,) = axes.lines
        self.assertEqual((set(line.get_xdata()), line.get_color()), ({0}, style.TRIGGER))
        left, right = axes.get_xlim()
        self.assertTrue(left < -2 and right > 2, "in microseconds from the trigger")
        legend = {text.get_text() for text in axes.get_legend().get_texts()}
        self.assertEqual(legend, {"hv", "firmware", "cause 0", "cause 1"})
        style.pyplot().close(figure)


if __name__ == "__main__":
    unittest.main()
