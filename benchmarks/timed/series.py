"""Runs the same measurement in several modes alternately, keeps the samples of each mode, and compares them.

The times depend on how busy the host is. So the modes alternate, and a difference counts only if the samples of all runs show it
(analysis/comparison.py).
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis import comparison
from benchmarks.results import outputs, result
from cli import table
from cli.failure import EXIT_GUEST_FAILED, EXIT_SUCCESS
from machines import images, options, packages, qemu
from machines.images import MODES, Image

REPEAT = 5
RATE = "_per_second"
FAILED = "failed"

NOTE = "(a–b): with a confidence of 95 %, the ratio is in this interval."


@dataclass
class Series:
    """All runs in one mode with one number of harts. samples: the values of each figure, and units: their units. failed: the
    parts of the measurement that failed in some run."""

    mode: str
    image: Image | None
    harts: int
    samples: dict[str, list[float]] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name of the folder with the result."""
        return f"{self.mode}_{self.harts}"

    def add(self, name: str, unit: str, value: float) -> None:
        """Adds a sample of a figure."""
        self.samples.setdefault(name, []).append(value)
        self.units[name] = unit

    def figures(self) -> list[dict[str, Any]]:
        """Returns the figures as result.json has them."""
        return [
            {
                "name": name,
                "unit": self.units[name],
                "samples": samples,
                "better": "higher" if is_rate(self.units[name]) else "lower",
                "deterministic": False,
            }
            for name, samples in self.samples.items()
        ]

    def described(self, benchmark: str, arguments: list[str], versions: dict[str, str]) -> dict[str, Any]:
        """Returns the contents of result.json. The parameters are those of result.describe."""
        return result.describe(
            benchmark, arguments, self.image, versions, mode=self.mode, harts=self.harts, icount=False,
            status="failed" if self.failed else "ok", phases=[], exits=None, figures=self.figures(),
        )


def mode_list(text: str) -> list[str]:
    """Parses --modes."""
    modes = text.split(",")
    for mode in modes:
        if mode not in MODES:
            raise argparse.ArgumentTypeError(f"{mode!r} is no mode: the modes are {', '.join(MODES)}")
    return list(dict.fromkeys(modes))


def runs(text: str) -> int:
    """Parses --repeat."""
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1000")
    return int(text)


def add_options(parser: argparse.ArgumentParser, harts: Sequence[int], timeout: float, out: str) -> None:
    """Adds the options of all programs that run several modes alternately. @p harts, @p timeout and @p out are defaults."""
    add = parser.add_argument
    numbers = ",".join(map(str, harts))
    add("--modes", type=mode_list, default=list(MODES), metavar="MODE,...", help=f"compare these modes with the first one (default: {','.join(MODES)})")
    add("--harts", type=options.hart_list, default=list(harts), metavar="N,...", help=f"with these numbers of harts (default {numbers})")
    add(
        "--repeat", type=runs, default=REPEAT, metavar="N",
        help=f"run each mode N times (default {REPEAT}); fewer than {comparison.LEAST_RUNS} show no difference",
    )  # fmt: skip
    add("--timeout", type=options.seconds, default=timeout, metavar="S", help=f"give up on one run after S seconds (default {timeout:g})")
    add("--out", metavar="DIR", help=f"where the results go (default {out})")
    add("--json", action="store_true", help="print the results as JSON instead of the table")


def of_options(parsed: argparse.Namespace) -> list[Series]:
    """Returns one empty series for each number of harts and each mode, in this order. Builds the images of hv."""
    chosen = {mode: images.image(config) if (config := MODES[mode]) else None for mode in parsed.modes}
    return [Series(mode, image, harts) for harts in parsed.harts for mode, image in chosen.items()]


def alternate(all_series: Sequence[Series], repeat: int, run: Callable[[Series], None]) -> None:
    """Calls @p run for each series in turn, and all that @p repeat times. Before each run, prints on stderr what runs and how
    long the rest may take."""
    total, start = repeat * len(all_series), time.monotonic()
    for done in range(total):
        series = all_series[done % len(all_series)]
        each = (time.monotonic() - start) / done if done else 0
        left = f", about {each * (total - done) / 60:.1f} min left" if done else ""
        harts = f"{series.harts} hart{'s' if series.harts > 1 else ''}"
        print(f"[{done + 1}/{total}] {series.mode}, {harts}, run {done // len(all_series) + 1}{left}", file=sys.stderr, flush=True)
        run(series)


def folder_of(series: Series, parent: Path) -> Path:
    """Returns the folder for the results of @p series, which it makes if necessary."""
    folder = parent / series.name
    folder.mkdir(exist_ok=True)
    return folder


def is_rate(unit: str) -> bool:
    """Returns whether greater values of a unit are better."""
    return unit.endswith(RATE)


def _against(first: Series, series: Series, name: str) -> str:
    """Returns a cell of the table: the ratio of a figure to that of the first mode, its interval, and the verdict."""
    before, after = first.samples.get(name), series.samples.get(name)
    if not before or not after:
        return FAILED
    if min(*before, *after) <= 0:
        return "too short to compare"
    found = comparison.compare(before, after, lower_is_better=not is_rate(series.units[name]))
    if min(len(before), len(after)) < 2:
        return f"{found.ratio:.3f}"
    return f"{found.ratio:.3f} ({found.low:.3f}–{found.high:.3f}) {found.verdict}"


def rows(group: Sequence[Series]) -> Iterable[list[table.Cell]]:
    """Returns the rows of the table of one number of harts. The first mode is the one with which the others are compared."""
    first, *others = group
    units = {name: unit for series in group for name, unit in series.units.items()}
    for name, unit in units.items():
        samples = first.samples.get(name)
        median = f"{statistics.median(samples):,.2f}" if samples else FAILED
        yield [name, unit.replace("_", " "), median, *(_against(first, series, name) for series in others)]


def tables(all_series: Sequence[Series], repeat: int) -> str:
    """Returns one table for each number of harts, and what their numbers mean."""
    texts = []
    for harts in dict.fromkeys(series.harts for series in all_series):
        group = [series for series in all_series if series.harts == harts]
        first, *others = group
        title = f"{harts} hart{'s' if harts > 1 else ''}: the median of {repeat} runs in mode {first.mode}"
        title += ", and the ratio of the other modes to it" if others else ""
        texts.append(table.render(title, ["figure", "unit", *(series.mode for series in group)], list(rows(group)), left=(0, 1)))
    return "\n\n".join([*texts, *([NOTE] if repeat > 1 and len(all_series) > len(texts) else [])])


def benchmark(
    name: str, default_out: str, arguments: list[str], parsed: argparse.Namespace, more_versions: dict[str, str],
    run: Callable[[Series, Path], None],
) -> int:
    """Runs a benchmark in all modes, writes its results after each run, and prints them at the end. Returns the exit code.

    name: the benchmark's name in //benchmarks. more_versions: versions of programs beside QEMU and those of a Linux boot
    run: does one run, adds its figures to the series, and may leave files in the folder of the series
    """
    qemu.check_version(qemu.version())
    versions = {"qemu": qemu.version(), **packages.linux_versions(), **more_versions}
    all_series = of_options(parsed)
    with outputs.opened(parsed.out or None, default_out, name) as output:

        def run_and_write(series: Series) -> None:
            folder = folder_of(series, output.path)
            run(series, folder)
            result.write(folder, series.described(name, arguments, versions))

        alternate(all_series, parsed.repeat, run_and_write)
        if parsed.json:
            print(json.dumps([series.described(name, arguments, versions) for series in all_series], indent=2))
        else:
            print(f"{tables(all_series, parsed.repeat)}\n\n{output.path}")
    if failed := failures(all_series):
        print(f"FAILED: {', '.join(failed)}; see {outputs.CONSOLE} in the folders of {output.path}", file=sys.stderr)
        return EXIT_GUEST_FAILED
    return EXIT_SUCCESS


def failures(all_series: Sequence[Series]) -> list[str]:
    """Returns what failed, as parts of a message."""
    return [f"{name} in mode {series.mode} with {series.harts} harts" for series in all_series for name in series.failed]
