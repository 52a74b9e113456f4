"""Measures what harts do to each other and at the same time, in several modes, bare and under hv: pass on an IPI, send an IPI to all
harts, fence remotely, call the firmware at once, wake up from a timer, and start harts. The harts really run at the same time, so
the times are the host's."""

from __future__ import annotations

import argparse
import sys

from benchmarks.cost.bench import Bench
from benchmarks.cost.figures import taking_any_payload
from benchmarks.timed import series as timed
from benchmarks.timed.series import Series
from cli import entry
from cli.failure import Failure
from machines import options, packages

NAME = "multi_hart_qemu"
DEFAULT_OUT = f"out/{NAME}"
GUEST = "all_harts"

# The frequency of mtime on QEMU's virt board is 10 MHz.
NANOSECONDS_OF_TICK = 100

EXAMPLES = """\
  bazel run //benchmarks:multi_hart_qemu
  bazel run //benchmarks:multi_hart_qemu -- --harts=2,8 --modes=bare,hv+offload --repeat=21 --out=/tmp/harts
  bazel run //benchmarks:multi_hart_qemu -- --harts=4 -- -cpu rv64,sstc=off"""


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parses the command line."""
    parser = options.Parser(NAME, __doc__ or "", EXAMPLES)
    timed.add_options(parser, [1, 2, 4, 8], 120, DEFAULT_OUT)
    return options.parse(parser, arguments)


def run_once(series: Series, parsed: argparse.Namespace) -> None:
    """Runs the guest once, and adds its figures to @p series."""
    bench = taking_any_payload(Bench(series.image, parsed.timeout, parsed.qemu))
    if bench is None:
        raise Failure(f"mode {series.mode} takes only one payload, and no image with the same modules takes others")
    for cost in bench.payload_costs(GUEST, packages.opensbi(bench.memory.firmware), harts=series.harts, icount=False):
        series.add(cost.name, "ns", round(cost.each * NANOSECONDS_OF_TICK, 1))


def benchmark(arguments: list[str]) -> int:
    """Runs the benchmark. Returns the exit code."""
    parsed = parse(arguments)
    return timed.benchmark(NAME, DEFAULT_OUT, arguments, parsed, {}, lambda series, _: run_once(series, parsed))


if __name__ == "__main__":
    sys.exit(entry.run(benchmark))
