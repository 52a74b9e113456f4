"""Runs Linux workloads in several modes, bare and under hv, and says in which of them the workloads are faster or slower than on the
bare machine. The times are the guest's, and depend on how busy the host is. So the modes alternate, and a difference counts only if
the times of all runs show it."""

from __future__ import annotations

import argparse
import io
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from analysis import comparison
from benchmarks.boot_qemu import linux_guest
from benchmarks.boot_task import Task, unmet
from benchmarks.results import outputs, result
from benchmarks.workloads import workloads
from benchmarks.workloads.workloads import Workload
from cli import entry, table
from cli.failure import EXIT_GUEST_FAILED, EXIT_SUCCESS, Failure
from cli.progress import Silent
from machines import images, options, packages, qemu, session
from machines.diagnosis import exit_code, report
from machines.images import MODES, Image
from machines.machine import Settings

DEFAULT_OUT = "out/workloads_qemu"
HARTS = 2
REPEAT = 5
BARE = "bare"
RATE = "_per_second"

EXAMPLES = """\
  bazel run //benchmarks:workloads_qemu
  bazel run //benchmarks:workloads_qemu -- --workload=hackbench --workload=redis --harts=4 --repeat=11
  bazel run //benchmarks:workloads_qemu -- --modes=bare,hv+offload --out=/tmp/workloads
  bazel run //benchmarks:workloads_qemu -- --list"""


@dataclass
class Series:
    """The runs of one mode. samples: the values of each figure, and units: their units. failed: the workloads that failed
    in some run."""

    mode: str
    image: Image | None
    samples: dict[str, list[float]] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


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


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parses the command line."""
    parser = options.Parser("workloads_qemu", __doc__ or "", EXAMPLES)
    add = parser.add_argument
    add("--workload", action="append", metavar="NAME", help=f"run this workload; may be given several times (default: {', '.join(workloads.NAMES)})")
    add("--list", action="store_true", help="explain the workloads and run nothing")
    add("--modes", type=mode_list, default=list(MODES), metavar="MODE,...", help=f"compare these modes (default: {','.join(MODES)})")
    add("--harts", type=options.hart_count, default=HARTS, metavar="N", help=f"number of harts (default {HARTS})")
    add("--repeat", type=runs, default=REPEAT, metavar="N", help=f"run each mode N times (default {REPEAT}); fewer than {comparison.LEAST_RUNS} show no difference")
    add("--timeout", type=options.seconds, default=600, metavar="S", help="give up on one run after S seconds (default 600)")
    add("--out", metavar="DIR", help=f"where the results go (default {DEFAULT_OUT})")
    add("--json", action="store_true", help="print the results as JSON instead of the table")
    return options.parse(parser, arguments)


def is_rate(unit: str) -> bool:
    """Returns whether greater values of a unit are better."""
    return unit.endswith(RATE)


def failures(console: str) -> list[str]:
    """Returns the names of the workloads that failed, in the order in which they ran."""
    parts = (line.partition(workloads.FAILED) for line in console.splitlines())
    return [name.strip() for _, found, name in parts if found]


def run_once(series: Series, chosen: Sequence[Workload], parsed: argparse.Namespace) -> str:
    """Boots Linux, runs the workloads, and adds their figures to @p series. Returns the console's output. Raises Failure if
    the guest itself fails."""
    task = Task(command=workloads.command(chosen))
    guest = linux_guest(series.image, "", parsed.qemu, archive=task.archive + workloads.archive(chosen))
    settings = Settings(parsed.harts, timeout=parsed.timeout, stdin=subprocess.DEVNULL, extra=parsed.qemu)
    log = io.BytesIO()
    start = time.monotonic()
    run = session.run(guest, settings, Silent(), log)
    series.seconds.append(time.monotonic() - start)
    code = exit_code(run)
    problem = unmet(run, task, parsed.harts, is_own_initrd=False) if code == EXIT_SUCCESS else f"exit code {code}"
    if problem:
        raise Failure(f"mode {series.mode}: {problem}\n{report(run)}", code or EXIT_GUEST_FAILED)
    for figure in run.console.figures:
        series.samples.setdefault(figure.name, []).append(figure.value)
        series.units[figure.name] = figure.unit
    console = log.getvalue().decode(errors="replace")
    series.failed += [name for name in failures(console) if name not in series.failed]
    return console


def described(series: Series, parsed: argparse.Namespace, arguments: list[str]) -> dict[str, Any]:
    """Returns the result of one mode."""
    figures = [
        {
            "name": name,
            "unit": series.units[name],
            "samples": samples,
            "better": "higher" if is_rate(series.units[name]) else "lower",
            "deterministic": False,
        }
        for name, samples in series.samples.items()
    ]
    versions = {"qemu": qemu.version(), **packages.linux_versions(), **packages.workload_versions()}
    return result.describe(
        "workloads_qemu", arguments, series.image, versions, mode=series.mode, harts=parsed.harts, icount=False,
        status="failed" if series.failed else "ok", phases=[], exits=None, figures=figures,
    )


def measure(
    all_series: Sequence[Series], chosen: Sequence[Workload], parsed: argparse.Namespace, arguments: list[str], output: outputs.Output
) -> None:
    """Runs all modes alternately. After each run, writes the results so far, so that an interruption loses only one run."""
    total = parsed.repeat * len(all_series)
    done = 0
    start = time.monotonic()
    for number in range(1, parsed.repeat + 1):
        for series in all_series:
            left = f", about {(time.monotonic() - start) / done * (total - done) / 60:.1f} min left" if done else ""
            print(f"[{done + 1}/{total}] {series.mode}, run {number}{left}", file=sys.stderr, flush=True)
            folder = output.path / series.mode
            folder.mkdir(exist_ok=True)
            console = run_once(series, chosen, parsed)
            (folder / outputs.CONSOLE).write_text(console)
            result.write(folder, described(series, parsed, arguments))
            done += 1


def against(bare: Series, series: Series, name: str) -> str:
    """Returns a cell of the table: the ratio of a mode's figure to bare, its interval, and the verdict."""
    first, second = bare.samples.get(name), series.samples.get(name)
    if not first or not second:
        return "failed"
    if min(*first, *second) <= 0:
        return "too short"
    found = comparison.compare(first, second, lower_is_better=not is_rate(series.units[name]))
    if len(second) < 2:
        return f"{found.ratio:.3f}"
    return f"{found.ratio:.3f} ({found.low:.3f}–{found.high:.3f}) {found.verdict}"


def rows(all_series: Sequence[Series]) -> Iterable[list[table.Cell]]:
    """Returns the rows of the table. The first mode is the one with which the others are compared."""
    first, *others = all_series
    units = {name: unit for series in all_series for name, unit in series.units.items()}
    for name, unit in units.items():
        samples = first.samples.get(name)
        median = f"{statistics.median(samples):,.2f}" if samples else "failed"
        yield [name, unit, median, *(against(first, series, name) for series in others)]


def show(all_series: Sequence[Series], parsed: argparse.Namespace) -> None:
    """Prints the table."""
    first, *others = all_series
    header = ["figure", "unit", first.mode, *(series.mode for series in others)]
    title = f"workloads with {parsed.harts} harts: median of {parsed.repeat} runs in mode {first.mode}; of the others, the ratio to it"
    print(table.render(title, header, list(rows(all_series)), left=(0, 1)))
    if others:
        print(
            "\n(a–b): the ratio is in this interval with a confidence of 95 %. Of a rate (per second), a greater ratio is better."
        )


def benchmark(arguments: list[str]) -> int:
    """Runs the benchmark. Returns the exit code."""
    parsed = parse(arguments)
    if parsed.list:
        for workload in workloads.WORKLOADS:
            print(f"{workload.name:12}{workload.what}")
        return EXIT_SUCCESS
    chosen = workloads.chosen(parsed.workload)
    qemu.check_version(qemu.version())
    configs = {mode: MODES[mode] for mode in parsed.modes}
    all_series = [Series(mode, images.image(config) if config else None) for mode, config in configs.items()]
    with outputs.opened(parsed.out or None, DEFAULT_OUT, "workloads_qemu") as output:
        measure(all_series, chosen, parsed, arguments, output)
        if parsed.json:
            print(json.dumps([described(series, parsed, arguments) for series in all_series], indent=2))
        else:
            show(all_series, parsed)
            print(f"\n{output.path}")
    failed = [f"{name} in mode {series.mode}" for series in all_series for name in series.failed]
    if failed:
        print(f"FAILED: {', '.join(failed)}; see {outputs.CONSOLE} in {output.path}", file=sys.stderr)
        return EXIT_GUEST_FAILED
    return EXIT_SUCCESS


if __name__ == "__main__":
    sys.exit(entry.run(benchmark))
