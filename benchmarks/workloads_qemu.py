"""Runs Linux workloads in several modes, bare and under hv, and says in which of them the workloads are faster or slower than in the
first mode. The times are the guest's."""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.boot_qemu import linux_guest
from benchmarks.boot_task import Task, unmet
from benchmarks.results import outputs
from benchmarks.timed import series as timed
from benchmarks.timed.series import Series
from benchmarks.workloads import workloads
from benchmarks.workloads.workloads import Workload
from cli import entry
from cli.failure import EXIT_GUEST_FAILED, EXIT_SUCCESS, Failure
from cli.progress import Silent
from machines import options, packages, session
from machines.diagnosis import exit_code, report
from machines.machine import Settings

NAME = "workloads_qemu"
DEFAULT_OUT = f"out/{NAME}"

EXAMPLES = """\
  bazel run //benchmarks:workloads_qemu
  bazel run //benchmarks:workloads_qemu -- --workload=hackbench --workload=redis --harts=1,4 --repeat=11
  bazel run //benchmarks:workloads_qemu -- --modes=bare,hv+offload --out=/tmp/workloads
  bazel run //benchmarks:workloads_qemu -- --list"""


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parses the command line."""
    parser = options.Parser(NAME, __doc__ or "", EXAMPLES)
    add = parser.add_argument
    add("--workload", action="append", metavar="NAME", help=f"run this workload; may be given several times (default: {', '.join(workloads.NAMES)})")
    add("--list", action="store_true", help="explain the workloads and run nothing")
    timed.add_options(parser, [2], 600, DEFAULT_OUT)
    return options.parse(parser, arguments)


def failures(console: str) -> list[str]:
    """Returns the names of the workloads that failed, in the order in which they ran."""
    parts = (line.partition(workloads.FAILED) for line in console.splitlines())
    return [name.strip() for _, found, name in parts if found]


def run_once(series: Series, chosen: Sequence[Workload], parsed: argparse.Namespace, folder: Path) -> None:
    """Boots Linux, runs the workloads, adds their figures to @p series, and writes the console's output into @p folder.
    Raises Failure if the guest itself fails."""
    task = Task(command=workloads.command(chosen))
    guest = linux_guest(series.image, "", parsed.qemu, archive=task.archive + workloads.archive(chosen))
    settings = Settings(series.harts, timeout=parsed.timeout, stdin=subprocess.DEVNULL, extra=parsed.qemu)
    log = io.BytesIO()
    run = session.run(guest, settings, Silent(), log)
    (folder / outputs.CONSOLE).write_bytes(log.getvalue())
    code = exit_code(run)
    problem = unmet(run, task, series.harts, is_own_initrd=False) if code == EXIT_SUCCESS else f"exit code {code}"
    if problem:
        raise Failure(f"mode {series.mode}: {problem}\n{report(run)}", code or EXIT_GUEST_FAILED)
    for figure in run.console.figures:
        series.add(figure.name, figure.unit, figure.value)
    failed = failures(log.getvalue().decode(errors="replace"))
    series.failed += [name for name in failed if name not in series.failed]


def benchmark(arguments: list[str]) -> int:
    """Runs the benchmark. Returns the exit code."""
    parsed = parse(arguments)
    if parsed.list:
        for workload in workloads.WORKLOADS:
            print(f"{workload.name:12}{workload.what}")
        return EXIT_SUCCESS
    chosen = workloads.chosen(parsed.workload)
    return timed.benchmark(
        NAME, DEFAULT_OUT, arguments, parsed, packages.workload_versions(),
        lambda series, folder: run_once(series, chosen, parsed, folder),
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(entry.run(benchmark))
