"""Compares Linux under hv with module offload with Linux on the bare machine: a boot, and three workloads that make Linux send IPIs,
set timers, and make remote fences. With one hart, it counts instructions under icount, which is exact. With several harts, it measures
times, or counts instructions, in interleaved runs (bare, hv, bare, hv ...), and states how certain the difference is."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.cost.bench import Bench
from benchmarks.cost.figures import BARE
from benchmarks.gain import gain_figure
from benchmarks.gain.gain import CountedGain, Gain, TimedGain, figures, tables
from benchmarks.gain.goals import WORKLOADS
from benchmarks.gain.workloads import Setting, counted, timed
from benchmarks.results import outputs, result
from cli import entry
from cli.failure import EXIT_GUEST_FAILED, EXIT_SUCCESS, Failure
from machines import images, options, packages, qemu
from machines.instruction_count import Count

DEFAULT_OUT = "out/offload_gain"
CONFIG = "qemu_virt_offload"
HARTS = [1, 2, 4, 8]
RUNS = 10
LEFT = [outputs.RESULT, *(f"{gain_figure.NAME}.{form}" for form in gain_figure.FORMATS)]
SSTC = {"on": [True], "off": [False], "both": [True, False]}

EXAMPLES = """\
  bazel run //benchmarks:offload_gain -- --out=/tmp/gain
  bazel run //benchmarks:offload_gain -- --harts=1
  bazel run //benchmarks:offload_gain -- --harts=2,4 --sstc=off --runs=20
  bazel run //benchmarks:offload_gain -- --count
  bazel run //benchmarks:offload_gain -- --config=qemu_virt --harts=4"""


@dataclass(frozen=True)
class Job:
    """One run: a setting, and the machine, bare or with hv."""

    setting: Setting
    config: str
    bench: Bench
    counts: bool  # whether the run counts instructions


@dataclass
class Measured:
    """What all runs so far have measured: the times or the counts of each workload, by setting and configuration."""

    times: dict[tuple[Setting, str], list[dict[str, float]]] = field(default_factory=dict)
    counts: dict[tuple[Setting, str], list[dict[str, Count]]] = field(default_factory=dict)
    failures: int = 0

    def gains(self, settings: list[Setting], config: str) -> list[Gain]:
        """Returns the comparisons of all settings that were measured both bare and with hv. A series that is longer than the other,
        because a run has failed, is compared as it is."""
        found: list[Gain] = []
        for setting in settings:
            bare, hv = (setting, BARE), (setting, config)
            for workload in WORKLOADS:
                if bare in self.counts and hv in self.counts:
                    counts = [tuple(run[workload] for run in self.counts[key]) for key in (bare, hv)]
                    found.append(CountedGain(workload, setting, *counts))
                if bare in self.times and hv in self.times:
                    times = [tuple(run[workload] for run in self.times[key]) for key in (bare, hv)]
                    found.append(TimedGain(workload, setting, *times))
        return found


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parses the command line."""
    parser = options.Parser("offload_gain", __doc__ or "", EXAMPLES)
    add = parser.add_argument
    add("--config", default=CONFIG, metavar="NAME|FILE.toml", help=f"compare bare with this configuration (default {CONFIG})")
    add("--harts", type=options.hart_list, default=HARTS, metavar="N,N...", help=f"numbers of harts (default {','.join(map(str, HARTS))})")
    add("--sstc", choices=list(SSTC), default="both", help="harts with or without the extension Sstc (default both)")
    add("--runs", type=int, default=RUNS, metavar="N", help=f"with several harts, run bare and hv N times each (default {RUNS})")
    add("--count", action="store_true", help="with several harts, count instructions instead of measuring times")
    add("--scale", type=options.seconds, default=1.0, metavar="X", help="repeat each part of the workloads X times as often (default 1)")
    add("--timeout", type=options.seconds, default=300, metavar="S", help="give up on one run after S seconds")
    add("--out", metavar="DIR", help=f"directory for {', '.join(LEFT)} (default {DEFAULT_OUT})")
    add("--json", action="store_true", help="print result.json instead of the tables")
    parsed = options.parse(parser, arguments)
    if parsed.runs < 1:
        raise Failure("--runs has to be at least 1")
    return parsed


def settings_of(parsed: argparse.Namespace) -> list[Setting]:
    """Returns the settings that the options select. The quick and exact ones come first."""
    return [Setting(harts, sstc) for harts in sorted(parsed.harts) for sstc in SSTC[parsed.sstc]]


def jobs_of(settings: list[Setting], benches: dict[str, Bench], runs: int, counts: bool = False) -> Iterator[Job]:
    """Yields all runs in their order. Runs of one setting alternate between the configurations."""
    for setting in settings:
        for _ in range(1 if setting.is_exact else runs):
            for config, bench in benches.items():
                yield Job(setting, config, bench, counts or setting.is_exact)


def say(text: str) -> None:
    """Shows the progress on stderr, because stdout is for the result."""
    print(text, file=sys.stderr, flush=True)


def measure(job: Job, scale: float, measured: Measured) -> str:
    """Does one run, and adds what it measures to @p measured. Returns a line about it. A failed run is only counted, so that it does
    not cost the user the others."""
    key = (job.setting, job.config)
    try:
        if job.counts:
            counts = counted(job.bench, job.setting, scale)
            measured.counts.setdefault(key, []).append(counts)
            return ", ".join(f"{workload} {count.total:,}" for workload, count in counts.items()) + " instructions"
        run = timed(job.bench, job.setting, scale)
    except Failure as failure:
        measured.failures += 1
        return f"FAILED: {failure}"
    measured.times.setdefault(key, []).append(run)
    return ", ".join(f"{workload} {seconds:.2f} s" for workload, seconds in run.items())


def measure_all(jobs: list[Job], scale: float, measured: Measured) -> Iterator[Setting]:
    """Does all runs, and shows what runs and how much is left. Yields each setting when all its runs are done."""
    begin = time.monotonic()
    for number, job in enumerate(jobs, start=1):
        say(f"[{number}/{len(jobs)}] {job.setting.text}, {job.config}")
        line = measure(job, scale, measured)
        left = (time.monotonic() - begin) / number * (len(jobs) - number)
        say(f"    {line}; about {left / 60:.0f} min left")
        if number == len(jobs) or jobs[number].setting != job.setting:
            yield job.setting


def describe(arguments: list[str], image: images.Image, settings: list[Setting], measured: Measured) -> dict[str, Any]:
    """Returns the contents of result.json."""
    gains = measured.gains(settings, image.name)
    return result.describe(
        "offload_gain", arguments, image, {"qemu": qemu.version(), **packages.linux_versions()},
        mode="hv+offload" if image.name == CONFIG else "hv", harts=max(setting.harts for setting in settings),
        icount=all(setting.is_exact for setting in settings), status="failed" if measured.failures else "ok",
        phases=[], exits=None, figures=figures(gains, image.name),
    )


def leave(directory: Path, described: dict[str, Any], gains: list[Gain], config: str) -> list[Path]:
    """Writes result.json and the picture. Returns the files."""
    drawn = gain_figure.draw(gains, config, directory) if gains else []
    return [result.write(directory, described), *drawn]


def benchmark(arguments: list[str]) -> int:
    """Runs the benchmark. Returns the exit code."""
    parsed = parse(arguments)
    qemu.check_version(qemu.version())
    image = images.image(parsed.config)
    settings, measured = settings_of(parsed), Measured()
    benches = {BARE: Bench(None, parsed.timeout, parsed.qemu), image.name: Bench(image, parsed.timeout, parsed.qemu)}
    with outputs.opened(parsed.out or None, DEFAULT_OUT, "offload_gain") as output:
        output.replace(LEFT)
        for _ in measure_all(list(jobs_of(settings, benches, parsed.runs, parsed.count)), parsed.scale, measured):
            gains = measured.gains(settings, image.name)
            described = describe(arguments, image, settings, measured)
            paths = leave(output.path, described, gains, image.name)
    print(json.dumps(described, indent=2) if parsed.json else f"{tables(gains)}\n")
    if not parsed.json:
        print("\n".join(map(str, paths)))
    if measured.failures:
        say(f"FAILED: {measured.failures} runs")
    return EXIT_GUEST_FAILED if measured.failures else EXIT_SUCCESS


if __name__ == "__main__":
    sys.exit(entry.run(benchmark))
