"""Measures how long an IPI from one hart to another one takes, bare and under hv with module offload. The harts pass an
IPI around in a ring, so only one hart runs at any time; with two harts, this is ping-pong. The times are the host's, so the
runs alternate between bare and hv, and the medians are compared."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from typing import Any

from benchmarks.cost.bench import Bench
from benchmarks.cost.figures import BARE
from benchmarks.results import outputs, result
from cli import entry
from cli.failure import EXIT_SUCCESS, Failure
from machines import images, options, packages, qemu

DEFAULT_OUT = "out/ipi_pingpong_qemu"
CONFIG = "qemu_virt_offload"
HARTS = [2, 4, 8]
REPEAT = 5

# The frequency of mtime on QEMU's virt board is 10 MHz.
NANOSECONDS_OF_TICK = 100

EXAMPLES = """\
  bazel run //benchmarks:ipi_pingpong_qemu
  bazel run //benchmarks:ipi_pingpong_qemu -- --harts=2 --repeat=21 --out=/tmp/ipi
  bazel run //benchmarks:ipi_pingpong_qemu -- --config=qemu_virt"""


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parses the command line."""
    parser = options.Parser("ipi_pingpong_qemu", __doc__ or "", EXAMPLES)
    add = parser.add_argument
    add("--config", default=CONFIG, metavar="NAME|FILE.toml", help=f"compare bare with this configuration (default {CONFIG})")
    add("--harts", action="append", type=int, metavar="N", help=f"with N harts, 2 or more; may be given several times (default: {HARTS})")
    add("--repeat", type=int, default=REPEAT, metavar="N", help=f"run each N times (default {REPEAT})")
    add("--timeout", type=options.seconds, default=120, metavar="S", help="give up on one run after S seconds")
    add("--out", metavar="DIR", help=f"where result.json goes (default {DEFAULT_OUT})")
    add("--json", action="store_true", help="print result.json instead of the table")
    parsed = options.parse(parser, arguments)
    if parsed.repeat < 1 or any(harts < 2 for harts in parsed.harts or HARTS):
        raise Failure("--repeat has to be at least 1, and --harts at least 2")
    return parsed


def ipi_time(bench: Bench, harts: int) -> float:
    """Returns the time of one IPI in one run, in nanoseconds."""
    (cost,) = bench.payload_costs("ipi_ring", packages.opensbi(bench.memory.firmware), harts=harts, icount=False)
    return cost.each * NANOSECONDS_OF_TICK


def measure(benches: dict[str, Bench], harts: int, repeat: int) -> dict[str, list[float]]:
    """Returns the times of all runs with @p harts harts, by configuration. The runs alternate."""
    times: dict[str, list[float]] = {name: [] for name in benches}
    for _ in range(repeat):
        for name, bench in benches.items():
            times[name].append(ipi_time(bench, harts))
    return times


def row(harts: int, times: dict[str, list[float]]) -> str:
    """Returns a line of the table: median, least and greatest time for each configuration, and the ratio of the medians."""
    cells = [f"{statistics.median(each):8,.0f} ({min(each):,.0f}–{max(each):,.0f})" for each in times.values()]
    bare, hv = (statistics.median(each) for each in times.values())
    return f"{harts:5}  " + "  ".join(f"{cell:>26}" for cell in cells) + f"  {hv / bare:8.3f}"


def figures(harts: int, times: dict[str, list[float]]) -> list[dict[str, Any]]:
    """Returns the medians as figures."""
    return [
        {**result.figure(f"ipi_ring_{harts}", "ns", round(statistics.median(each), 1), deterministic=False), "config": name}
        for name, each in times.items()
    ]


def benchmark(arguments: list[str]) -> int:
    """Runs the benchmark. Returns the exit code."""
    parsed = parse(arguments)
    qemu.check_version(qemu.version())
    image = images.image(parsed.config)
    benches = {BARE: Bench(None, parsed.timeout, parsed.qemu), image.name: Bench(image, parsed.timeout, parsed.qemu)}
    found: list[dict[str, Any]] = []
    with outputs.opened(parsed.out or None, DEFAULT_OUT, "ipi_pingpong_qemu") as output:
        if not parsed.json:
            print(f"nanoseconds per IPI: median (least–greatest) of {parsed.repeat} runs")
            print("harts  " + "  ".join(f"{name:>26}" for name in benches) + "     ratio")
        for harts in parsed.harts or HARTS:
            times = measure(benches, harts, parsed.repeat)
            found += figures(harts, times)
            if not parsed.json:
                print(row(harts, times), flush=True)
        described = result.describe(
            "ipi_pingpong_qemu", arguments, image, {"qemu": qemu.version(), **packages.linux_versions()},
            mode="hv", harts=max(parsed.harts or HARTS), icount=False, status="ok", phases=[], exits=None, figures=found,
        )
        path = result.write(output.path, described)
    print(json.dumps(described, indent=2) if parsed.json else f"\n{path}")
    return EXIT_SUCCESS


if __name__ == "__main__":
    sys.exit(entry.run(benchmark))
