"""Writes a Markdown page of results: what was measured, with which versions. One or more result.json go in."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from benchmarks.runner.budgets import BUDGETS

Result = dict[str, Any]

HEAD = """\
# Results

Made by `bazel run //analysis:results_page` from the `result.json` of the runs named below; do not edit by hand.
Instructions were counted under icount and repeat on any machine with the same versions; seconds are those of one machine
that was busy with other work, and only tell orders of magnitude. Which instructions of several harts alternate, and so how often
Linux spins and sends interrupts, changes with every image: totals of a boot with several harts compare only roughly.
"""


TRACE_HEAD = """\
Instructions of one record, event or check; and how many more hv executes in a Linux boot with every event on than with all off,
in per cent of the boot's instructions (two harts: how often they interrupt each other differs between the two by about 0.1).
"""

# Benchmarks that have a section of their own.
SECTIONS = ("micro_qemu", "convert", "boot_qemu")

# What a run that needs no guest says of the programs that it has not run.
NOT_USED = "not used"

# Figures of micro_qemu that are about the trace begin so.
TRACE = "trace_"

# Of hstrace's converter, //trace:convert_benchmark: what is wanted, and whether as the least or the most.
CONVERTER = {
    "convert_slots_per_second": ("at least", 10_000_000),
    "convert_bytes_per_slot": ("at most", 24),
    "convert_rss": ("at most", 64 << 20),
}


def cell(value: Any) -> str:
    """Returns a value as a table shows it."""
    if value is None:
        return "–"
    if isinstance(value, float) and value != int(value):
        return f"{value:,.3f}" if abs(value) < 10_000 else f"{value:,.0f}"
    return f"{int(value):,}" if isinstance(value, (int, float)) else str(value)


def table(header: list[str], rows: list[list[Any]]) -> str:
    """Returns a Markdown table; the first column is text, the others are numbers."""
    lines = ["| " + " | ".join(header) + " |", "|---|" + "---:|" * (len(header) - 1)]
    return "\n".join(lines + ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows])


def versions(results: list[Result]) -> str:
    """Returns the versions of all runs: one row each, all values that were seen."""
    seen: dict[str, set[str]] = {}
    for result in results:
        for name, version in result["versions"].items():
            if version != NOT_USED:
                seen.setdefault(name, set()).add(version)
    return table(["program", "version"], [[name, ", ".join(sorted(seen[name]))] for name in sorted(seen)])


def values(result: Result) -> dict[str, float]:
    """Returns a result's figures by name."""
    return {figure["name"]: figure["value"] for figure in result["figures"] if "value" in figure}


def verdict(value: float | None, bound: str, wanted: float | None) -> str | None:
    """Returns whether a figure is as it should be; None where nothing is wanted, or nothing was measured."""
    if value is None or wanted is None:
        return None
    return "yes" if (value >= wanted if bound == "at least" else value <= wanted) else "NO"


def micro_section(results: list[Result]) -> str:
    """Returns the exit costs: under hv, on the bare machine, and what they may be."""
    hv: dict[str, float] = next((values(result) for result in results if result["mode"] != "bare"), {})
    bare: dict[str, float] = next((values(result) for result in results if result["mode"] == "bare"), {})
    units = {figure["name"]: figure["unit"] for result in results for figure in result["figures"]}
    names = [name for name in units if not name.startswith(TRACE)]
    rows = [[f"`{name}`", units[name], bare.get(name), hv.get(name), BUDGETS.get(name)] for name in names]
    return table(["figure", "unit", "bare", "under hv", "budget"], rows)


def trace_section(results: list[Result]) -> str:
    """Returns what the trace costs the guest; empty if that was not measured."""
    rows = []
    for figure in (figure for result in results for figure in result["figures"] if figure["name"].startswith(TRACE)):
        budget = BUDGETS.get(figure["name"])
        kept = verdict(figure["value"], "at most", budget)
        rows.append([f"`{figure['name']}`", figure["unit"], figure["value"], budget, kept])
    return table(["figure", "unit", "is", "budget", "kept"], rows) if rows else ""


def converter_section(results: list[Result]) -> str:
    """Returns what converting dumps takes, each run beside the others."""
    units = {figure["name"]: figure["unit"] for result in results for figure in result["figures"]}
    rows = []
    for name, unit in units.items():
        bound, wanted = CONVERTER.get(name, ("", None))
        found = [values(result).get(name) for result in results]
        kept = [verdict(value, bound, wanted) for value in found]
        text = f"{bound} {cell(wanted)}" if wanted is not None else None
        rows.append([f"`{name}`", unit, *found, text, ", ".join(word for word in kept if word) or None])
    return table(["figure", "unit", *(f"`{arguments(result)}`" for result in results), "wanted", "kept"], rows)


def other_section(results: list[Result]) -> str:
    """Returns the figures of runs that have no section of their own."""
    rows = [
        [f"`{result['command'].partition(' -- ')[0]}`", f"`{arguments(result)}`", result["status"], figure["name"],
         figure["unit"], figure.get("value")]
        for result in results
        for figure in result["figures"]
    ]
    return table(["command", "options", "status", "figure", "unit", "is"], rows)


def arguments(result: Result) -> str:
    """Returns what the user chose, without where the results went."""
    chosen = result["command"].partition(" --")[2].split()
    return " ".join(word for word in chosen if not word.startswith("--out=")) or "(no options)"


def boot_row(result: Result) -> list[Any]:
    """Returns one boot as a row."""
    figures = values(result)
    share = figures.get("hv_share")
    return [
        f"`{arguments(result)}`",
        result["config"] or "bare",
        result["harts"],
        "yes" if result["icount"] else "no",
        result["status"],
        figures.get("boot_seconds"),
        figures.get("run_seconds"),
        result["exits"]["total"] if result["exits"] else None,
        f"{100 * share:.2f} %" if share is not None else None,
    ]


def boot_section(results: list[Result]) -> str:
    """Returns all boots, and the exits by cause of each that counted them."""
    header = ["command", "config", "harts", "icount", "status", "s to init", "s in all", "exits", "time in hv"]
    parts = [table(header, [boot_row(result) for result in results])]
    counted = [result for result in results if result["exits"]]
    causes = sorted({cause for result in counted for cause in result["exits"]["by_cause"]})
    if counted:
        columns = ["exits by cause"] + [f"`{arguments(result)}`" for result in counted]
        rows = [[f"`{cause}`", *(result["exits"]["by_cause"].get(cause, 0) for result in counted)] for cause in causes]
        parts.append(table(columns, rows))
    return "\n\n".join(parts)


def page(results: list[Result]) -> str:
    """Returns the page."""
    parts = [HEAD, "## Versions\n", versions(results)]
    own = {name: [result for result in results if result["benchmark"] == name] for name in SECTIONS}
    rest = [result for result in results if result["benchmark"] not in SECTIONS]
    if own["micro_qemu"]:
        parts += ["\n## Cost of one exit (`//benchmarks:micro_qemu`)\n", micro_section(own["micro_qemu"])]
    if trace := trace_section(own["micro_qemu"]):
        parts += ["\n## Cost of the trace (`//benchmarks:micro_qemu`)\n", TRACE_HEAD, trace]
    if own["convert"]:
        parts += ["\n## The trace's converter (`//trace:convert_benchmark`)\n", converter_section(own["convert"])]
    if own["boot_qemu"]:
        parts += ["\n## Linux boots (`//benchmarks:boot_qemu`)\n", boot_section(own["boot_qemu"])]
    if rest:
        parts += ["\n## Other runs\n", other_section(rest)]
    return "\n".join(parts) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, prog="bazel run //analysis:results_page --")
    parser.add_argument("--out", required=True, metavar="FILE", help="the page, e.g. docs/results.md")
    parser.add_argument("results", nargs="+", metavar="DIR", help="directories with a result.json, as --out of the runners")
    options = parser.parse_args()
    base = Path(os.environ.get("BUILD_WORKING_DIRECTORY", os.getcwd()))
    try:
        results = [json.loads((base / name / "result.json").read_text()) for name in options.results]
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    (base / options.out).write_text(page(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
