"""Tests the latency matrix: each send is counted once, with the time until its receive, in whatever order the records come."""

import random
import subprocess
import tempfile
import unittest
from collections import defaultdict
from pathlib import Path
from unittest import mock

import numpy as np

from analysis import ipi_figure, ipis, trace_figures, trace_rows
from trace.format import events
from trace.perfetto.trace_processor import TraceProcessor

HSTRACE, SYNTHETIC = "trace/hstrace/hstrace", "trace/testing/synthetic"
PNG = b"\x89PNG"


def rows(records: list[tuple[int, int, str, int]]) -> trace_rows.Rows:
    """Returns records (hart, ns, event, payload) as trace_rows does."""
    made = np.zeros(len(records), [("hart", "u4"), ("ns", "i8"), ("event", "S10"), ("payload", "S18")])
    for row, (hart, ns, event, payload) in zip(made, records):
        row["hart"], row["ns"], row["event"], row["payload"] = hart, ns, event.encode(), f"{payload:#x}".encode()
    return made


def measured(parts: list[list[tuple[int, int, str, int]]]) -> dict[tuple[int, int], list[int]]:
    """Returns the count, the minimum and the maximum of each pair of harts."""
    found = ipis.Ipis()
    for part in parts:
        found.take(rows(part))
    found.finish()
    return {pair: [each.count, each.least, each.most] for pair, each in found.latencies.items()}


class Latencies(unittest.TestCase):
    def test_every_send_that_joined_an_interrupt_has_its_own_latency(self) -> None:
        (joined,) = events.pack("ipi_send", flow=7, joined=1)
        records = [(0, 100, "ipi_send", 7), (2, 130, "ipi_send", joined), (1, 150, "ipi_recv", 7), (1, 140, "mark", 7)]
        self.assertEqual(measured([records]), {(0, 1): [1, 50, 50], (2, 1): [1, 20, 20]})

    def test_sends_without_receives_and_the_reverse_do_not_count(self) -> None:
        self.assertEqual(measured([[(0, 100, "ipi_send", 7)], [(1, 150, "ipi_recv", 8)], []]), {})

    def test_a_receive_that_seems_earlier_than_its_send_took_no_time_and_a_very_late_one_the_longest(self) -> None:
        late = [(0, 0, "ipi_send", 2), (1, 1 << 40, "ipi_recv", 2)]
        self.assertEqual(measured([[(0, 100, "ipi_send", 1), (1, 90, "ipi_recv", 1)], late]), {(0, 1): [2, 0, ipis.LONGEST]})

    def test_the_order_of_the_records_and_the_size_of_the_parts_do_not_matter(self) -> None:
        records = []
        for flow in range(300):
            records += [(flow % 3, 10 * flow, "ipi_send", flow), (flow % 2 + 3, 10 * flow + flow % 7, "ipi_recv", flow)]
        expected = measured([records])
        self.assertEqual(sum(each[0] for each in expected.values()), 300)
        for seed in range(20):
            shuffled = random.Random(seed).sample(records, len(records))
            cuts = sorted(random.Random(seed).sample(range(len(records)), 5))
            parts = [shuffled[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(records)])]
            self.assertEqual(measured(parts), expected)

    def test_memory_is_bounded_and_only_sends_that_are_far_from_their_receive_are_missed(self) -> None:
        with mock.patch.object(ipis, "KEPT", 64):
            found = ipis.Ipis()
            for flow in range(5000):
                found.take(rows([(0, flow, "ipi_send", flow), (1, flow - 20, "ipi_recv", flow - 20)] if flow >= 20 else [(0, flow, "ipi_send", flow)]))
                self.assertLess(len(found._sends) + len(found._receives), 200)
            found.finish()
        self.assertEqual(found.latencies[0, 1].count, 4980)


class Figure(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def dump(self, *options: str) -> Path:
        path = self.folder / "t.hst"
        subprocess.run([SYNTHETIC, *options, path], check=True, stdout=subprocess.DEVNULL)
        return path

    def test_the_numbers_are_those_of_perfettos_arrows(self) -> None:
        dump, trace = self.dump("--harts=4", "--slots=200000"), self.folder / "t.pftrace"
        subprocess.run([HSTRACE, "convert", dump, "-o", trace], check=True, stdout=subprocess.DEVNULL)
        shown: dict[tuple[int, int], list[int]] = defaultdict(list)
        with TraceProcessor(trace) as processor:
            for row in processor.query("include perfetto module hartscope.ipis; select from_hart, to_hart, latency from hart_ipi"):
                shown[int(row["from_hart"] or 0), int(row["to_hart"] or 0)].append(int(row["latency"] or 0))
        picture = trace_figures.gather(dump, None, trace_figures.Choice())
        numbers = ipi_figure.numbers(picture.summary.ipis, picture.harts)
        self.assertGreater(len(numbers), 8)
        self.assertEqual({(each["from"], each["to"]): [each["count"], each["max_ns"]] for each in numbers},
                         {pair: [len(latencies), max(latencies)] for pair, latencies in shown.items()})  # fmt: skip
        for each in numbers:
            latencies = sorted(shown[each["from"], each["to"]])
            middle = latencies[(len(latencies) - 1) // 2]
            self.assertAlmostEqual(each["p50_ns"], middle, delta=middle / 256 + 1)

    def test_there_is_a_figure_for_any_number_of_harts_and_none_without_interrupts(self) -> None:
        for harts in (2, 8, 9, 64):
            dump = self.dump(f"--harts={harts}", "--slots=50000")
            picture = trace_figures.gather(dump, None, trace_figures.Choice())
            (drawn,) = ipi_figure.draw(picture.summary.ipis, picture.harts, "title", self.folder, ["png"])
            self.assertTrue(drawn.read_bytes().startswith(PNG))
        self.assertEqual(ipi_figure.draw(ipis.Ipis(), [0], "title", self.folder, ["png"]), [])


if __name__ == "__main__":
    unittest.main()
