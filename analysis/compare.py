"""Compares the figures of several runs of a benchmark. The first group of runs is the base, and each other group is compared with it."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.comparison import FASTER, LEAST_RUNS, NO_EVIDENCE, SLOWER, compare
from cli import entry
from cli.failure import Failure
from cli.table import Cell, render
from cli.workspace import user_path

PROGRAM = "bazel run //analysis:compare --"
RESULT = "result.json"

DESCRIPTION = f"""\
Compares the figures of several runs of a benchmark. Each argument is a group of runs: a result.json, or a directory with a result.json
or with directories that have one each. The first group is the base.

Let the runs of the groups alternate (A B A B ...). Otherwise the comparison also contains how the machine itself has changed. A group
needs at least {LEAST_RUNS} runs. With fewer, only figures that repeat exactly are ever called {FASTER} or {SLOWER}."""

EXAMPLE = """\
example:
  for i in 1 2 3 4 5 6 7 8; do
    bazel run //benchmarks:boot_qemu -- --bare --out=/tmp/bare/$i
    bazel run //benchmarks:boot_qemu -- --mode=hv --out=/tmp/hv/$i
  done
  bazel run //analysis:compare -- /tmp/bare /tmp/hv"""

EQUAL = "equal"

# The name of a figure, and its configuration, in a result with several configurations.
Key = tuple[str, str]


@dataclass
class Figure:
    """One figure of all runs of a group."""

    unit: str
    lower_is_better: bool
    is_exact: bool
    values: list[float] = field(default_factory=list)


Group = dict[Key, Figure]


def result_files(path: Path) -> list[Path]:
    """Returns the results that an argument names. Raises Failure if there is none."""
    found = [path] if path.is_file() else [path / RESULT] if (path / RESULT).is_file() else sorted(path.glob(f"*/{RESULT}"))
    if not found:
        raise Failure(f"{path}: neither a {RESULT}, nor a directory with runs")
    return found


def figures_of(path: Path) -> list[dict[str, Any]]:
    """Returns the figures of one run. Raises Failure if the file is not the result of a successful run."""
    try:
        result = json.loads(path.read_text())
        status, figures = result["status"], result["figures"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Failure(f"{path}: not the {RESULT} of a run") from error
    if status != "ok":
        raise Failure(f"{path}: this run failed, so its figures mean nothing: remove it from its group")
    found: list[dict[str, Any]] = figures
    return found


def read_group(path: Path) -> Group:
    """Returns the figures of all runs of a group."""
    group: Group = {}
    for file in result_files(path):
        for each in figures_of(file):
            empty = Figure(each["unit"], each["better"] == "lower", each["deterministic"])
            figure = group.setdefault((each["name"], each.get("config", "")), empty)
            figure.values += each["samples"] if "samples" in each else [each["value"]]
    return group


def _exact_verdict(base: Figure, other: Figure) -> str | None:
    """Returns the verdict on figures that repeat exactly. Returns None if their runs differ, because then they were not repeated."""
    if len(set(base.values)) > 1 or len(set(other.values)) > 1:
        return None
    before, after = base.values[0], other.values[0]
    return EQUAL if before == after else FASTER if (after < before) == base.lower_is_better else SLOWER


def cells(base: Figure, other: Figure) -> list[Cell]:
    """Returns the cells of one comparison: both medians, the ratio, its interval, and the verdict."""
    medians: list[Cell] = [float(statistics.median(base.values)), float(statistics.median(other.values))]
    if min(*base.values, *other.values) <= 0:
        return [*medians, None, None, NO_EVIDENCE if medians[0] != medians[1] else EQUAL]
    if base.is_exact and other.is_exact and (verdict := _exact_verdict(base, other)):
        return [*medians, other.values[0] / base.values[0], "exact", verdict]
    found = compare(base.values, other.values, base.lower_is_better)
    has_interval = min(len(base.values), len(other.values)) > 1
    return [*medians, found.ratio, f"{found.low:.3f}–{found.high:.3f}" if has_interval else None, found.verdict]


def rows(base: Group, other: Group) -> list[list[Cell]]:
    """Returns a row for each figure that both groups have."""
    found: list[list[Cell]] = []
    for key, figure in base.items():
        if key in other:
            name, config = key
            counts = f"{len(figure.values)}, {len(other[key].values)}"
            found.append([name, config, figure.unit, counts, *cells(figure, other[key])])
    return found


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(
        prog=PROGRAM, description=DESCRIPTION, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("base", metavar="A", help="the runs with which the others are compared")
    parser.add_argument("others", metavar="B", nargs="+", help="other runs of the same benchmark")
    return parser.parse_args(arguments)


def run(arguments: list[str]) -> int:
    """Prints a table for each group after the first one. Returns the exit code."""
    options = parse(arguments)
    base = read_group(user_path(options.base))
    for name in options.others:
        found = rows(base, read_group(user_path(name)))
        if not found:
            raise Failure(f"{options.base} and {name} have no figure in common")
        header = ["figure", "config", "unit", "runs", "median of A", "median of B", "ratio", "95 % interval", "B is"]
        print(render(f"A = {options.base}, B = {name}", header, found, (0, 1, 2)), end="\n\n")
    return 0


if __name__ == "__main__":
    sys.exit(entry.run(run))
