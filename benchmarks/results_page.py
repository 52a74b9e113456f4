"""Makes a Markdown page from one or more files result.json. The page shows what was measured, and which versions of
programs were used."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.cost import table as cost_table
from benchmarks.cost.limits import SAVE_16, SAVE_31, limit, most
from benchmarks.gain.goals import WORKLOADS, goal_of, parse_ratio_name
from benchmarks.gating.baseline import Baseline
from benchmarks.gating.baseline import read as read_baseline
from cli import entry, whole_file
from cli.failure import Failure
from cli.workspace import source_directory

Result = dict[str, Any]

HEAD = """\
# Results

This page is made by `bazel run //benchmarks:results_page` from the `result.json` of the runs named below; do not edit it by hand.
Instructions were counted under icount, and repeat on any machine with the same versions. Seconds were measured on one machine that
was busy with other work, so they only show orders of magnitude. With several harts, each image interleaves the harts differently, and
Linux then spins and sends interrupts more or less often. So the totals of such boots can only be compared roughly.
"""

OBSERVING_HEAD = """\
Counting an exit adds about 30 instructions to it, and writing it to the trace adds another 30 to 45. All fast paths remain active.
"Plain" is `qemu_virt`, "counted" is `qemu_virt_counters`, and "traced" is `qemu_virt_trace`, which also counts.
"""


COST_HEAD = f"""\
The table shows how many instructions one operation of the firmware takes, without the loop around it. `qemu_virt` has no modules;
`qemu_virt_counters` counts each exit, and `qemu_virt_trace` also writes a record of it. The peer is the most similar other monitor, in
its release build. Operations with the same cost and the same limit share a row. A name with `_least` is the cheapest member of a
range, and the same name without `_least` is the most expensive one. Every exit must save and restore registers: that takes {SAVE_16}
instructions for the 16 registers that a C function may change, and {SAVE_31} for all 31. The column "above {SAVE_16}" shows what
`qemu_virt` needs in addition to these {SAVE_16} for each exit. "At most" is the limit for `qemu_virt`. Counting may add 34 instructions
to this limit for each exit of the operation, and counting and tracing together may add 64. The column "met" names the configurations
that exceed their limit, and by how much.
"""

TRACE_HEAD = """\
The table shows how many instructions one record, event or check takes. `trace_boot_overhead` is the number of instructions that hv
executes in addition if all events of the trace are on, as a percentage of all instructions of a Linux boot. It varies by about 0.1,
because the two harts interrupt each other more or less often.
"""

GAIN_HEAD = """\
The table compares Linux under `qemu_virt_offload` with Linux on the bare machine. A ratio below 1 means that Linux is faster, or executes
fewer instructions, with hv. [benchmarks.md](benchmarks.md#linux-with-module-offload-compared-with-the-bare-machine) explains the workloads.
With one hart, instructions were counted under icount and are exact; with several harts, both instructions and time come from interleaved
runs. The ratio of instructions takes Linux's own instructions from the bare machine, because these vary by some per cent with every other
image. "Open" means that the interval contains the limit, so the runs do not show whether the goal is reached.
"""

# Each of these benchmarks has its own section.
SECTIONS = ("micro_qemu", "offload_gain", "convert", "boot_qemu", "board")

# A benchmark without a guest uses no QEMU. Its result contains this text in place of the version of a program that was
# not used.
NOT_USED = "not used"

# The rows of the short table about the cost of observing, with explanations for a reader who does not know the names of
# the figures. The table contains no boots with two harts. The harts interleave differently with each image, so the
# difference between two images would not be the cost of observing.
SUMMARY = {
    "csr_read_mscratch": "the firmware reads the CSR `mscratch`",
    "clint_store": "the firmware sets a timer in the CLINT",
    "roundtrip_ecall": "Linux calls the firmware, which returns at once",
    "boot_hv_instructions_1": "hv's instructions in a Linux boot on one hart",
    "boot_hv_instructions_1_no_sstc": "the same without Sstc",
}

# The table of README lies between these lines. Its columns are configurations and its rows are figures of the baseline.
README_BEGIN = "<!-- costs: checked against benchmarks/baseline.json -->\n"
README_END = "<!-- end of costs -->\n"
README_COLUMNS = {"bare": "bare", "qemu_virt": "hv", "qemu_virt_offload": "offload", "qemu_virt_counters": "counted", "qemu_virt_trace": "traced"}
README_ROWS = {
    "csr_read_mscratch": "the firmware reads the CSR `mscratch`",
    "clint_store": "the firmware sets a timer in the CLINT",
    "fence": "the firmware executes `sfence.vma`",
    "roundtrip_ecall": "Linux calls the firmware, which returns at once: 4 exits",
    "set_timer": "Linux sets a timer by an SBI call",
    "read_time": "Linux reads `time` on a machine without this CSR",
    "ipi_self": "Linux sends an IPI to its own hart",
    "rfence_self": "Linux asks for a remote fence of its own hart",
    "boot_to_firmware": "hv, from reset to the firmware's first instruction",
    "boot_hv_instructions_1": "hv, in a Linux boot on one hart",
    "boot_hv_instructions": "hv, in the Linux boot on two harts with the fewest exits of three",
    "image_bytes": "text and data of hv, in bytes",
}

# The names of micro_qemu's figures about the trace begin with this text.
TRACE = "trace_"

BARE = "bare"

# PLAIN is the configuration without modules. OBSERVING says for each configuration what its modules do.
PLAIN = "qemu_virt"
OBSERVING = {
    PLAIN: "plain",
    "qemu_virt_counters": "counted",
    "qemu_virt_trace": "traced",
    "qemu_virt_trace_only": "traced",
    "qemu_virt_trace_fast": "traced",
}

# The goals for hstrace's converter (//benchmarks:convert_benchmark). Each goal is a lower or an upper bound.
CONVERTER = {
    "convert_slots_per_second": ("at least", 10_000_000),
    "convert_bytes_per_slot": ("at most", 24),
    "convert_rss": ("at most", 64 << 20),
}


def cell(value: Any) -> str:
    """Returns the text that a table shows for a value."""
    if value is None:
        return "–"
    if isinstance(value, float) and value != int(value):
        return f"{value:,.3f}" if abs(value) < 10_000 else f"{value:,.0f}"
    return f"{int(value):,}" if isinstance(value, (int, float)) else str(value)


def table(header: list[str], rows: list[list[Any]]) -> str:
    """Returns a Markdown table. The first column contains text, and all other columns contain numbers."""
    lines = ["| " + " | ".join(header) + " |", "|---|" + "---:|" * (len(header) - 1)]
    return "\n".join(lines + ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows])


def versions(results: list[Result]) -> str:
    """Returns the table of versions. Each program has a row, which lists every version that at least one run used."""
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
    """Returns a word that says whether a figure meets its goal. Returns None if the figure has no goal or was not
    measured."""
    if value is None or wanted is None:
        return None
    return "yes" if (value >= wanted if bound == "at least" else value <= wanted) else "NO"


def cost_values(results: list[Result]) -> cost_table.Values:
    """Returns the figures of several runs by configuration and name, The configurations are in this order: bare, plain,
    counted, traced, and then all others."""
    found: cost_table.Values = {}
    for result in results:
        for config, of_config in cost_table.by_config(result["figures"], result["config"] or BARE).items():
            found.setdefault(config, {}).update(of_config)
    order = [BARE, *OBSERVING]
    return {config: found[config] for config in sorted(found, key=lambda each: order.index(each) if each in order else len(order))}


def cost_row(name: str, found: cost_table.Values) -> list[Any]:
    """Returns the cells of the row of one operation, without its name: the cost in each configuration, the cost under
    the peer (see cost/limits.py), the limit, and the verdict."""
    bound = limit(name)
    plain = found.get(PLAIN, {}).get(name)
    above = plain - SAVE_16 * bound.exits if plain is not None and bound.exits else None
    over = ", ".join(f"{config} +{cell(by)}" for config, by in cost_table.over(found, name, OBSERVING).items())
    if bound.exempt:
        kept: str | None = f"exempt: {bound.exempt}"
    else:
        kept = f"NO: {over}" if over else "yes" if bound.most is not None and plain is not None else None
    return [*(found[config].get(name) for config in found), bound.peer, bound.most, kept, above]


def observing_section(results: list[Result]) -> str:
    """Returns a short table with the costs of counting and tracing. Returns an empty text if no configuration that
    counts or traces was measured."""
    found = cost_values(results)
    configs = ("qemu_virt", "qemu_virt_counters", "qemu_virt_trace")
    values_of = {name: [found.get(config, {}).get(name) for config in configs] for name in SUMMARY}
    rows = [[SUMMARY[name], *row] for name, row in values_of.items() if None not in row]
    return table(["instructions", "plain", "counted", "traced"], rows) if rows else ""


def micro_section(results: list[Result]) -> str:
    """Returns the table of the costs of exits on the bare machine and in each configuration. The table also contains
    the peer's costs and the limits."""
    found = cost_values(results)
    shared: dict[str, list[str]] = {}
    rows: dict[str, list[Any]] = {}
    for name in cost_table.names(found):
        if not name.startswith(TRACE):
            row = cost_row(name, found)
            shared.setdefault(repr(row), []).append(f"`{name}`")
            rows[repr(row)] = row
    header = ["operation", *found, "peer", "at most", "met", f"above {SAVE_16}"]
    return table(header, [[", ".join(shared[key]), *row] for key, row in rows.items()])


def trace_section(results: list[Result]) -> str:
    """Returns the table with the costs of the trace for the guest. Returns an empty text if these costs were not
    measured."""
    rows = []
    for figure in (figure for result in results for figure in result["figures"] if figure["name"].startswith(TRACE)):
        bound = most(figure["name"], "plain", None)
        kept = verdict(figure["value"], "at most", bound)
        rows.append([f"`{figure['name']}`", figure["unit"], figure["value"], bound, kept])
    return table(["figure", "unit", "is", "at most", "met"], rows) if rows else ""


def converter_section(results: list[Result]) -> str:
    """Returns the table with the costs of converting dumps. The table has a column for each run."""
    units = {figure["name"]: figure["unit"] for result in results for figure in result["figures"]}
    rows = []
    for name, unit in units.items():
        bound, wanted = CONVERTER.get(name, ("", None))
        found = [values(result).get(name) for result in results]
        kept = [verdict(value, bound, wanted) for value in found]
        text = f"{bound} {cell(wanted)}" if wanted is not None else None
        rows.append([f"`{name}`", unit, *found, text, ", ".join(word for word in kept if word) or None])
    return table(["figure", "unit", *(f"`{arguments(result)}`" for result in results), "goal", "met"], rows)


def gain_cells(figure: dict[str, Any] | None, wanted: float) -> list[Any]:
    """Returns the cells of one ratio: its value, its interval, and whether it meets the goal. @p figure is None if it was not measured."""
    if figure is None:
        return [None, None, None]
    low, high = figure.get("interval") or [figure["value"]] * 2
    if figure["deterministic"]:
        return [f"{figure['value']:.5f}", "exact", "yes" if figure["value"] <= wanted else "NO"]
    kept = "yes" if high <= wanted else "NO" if low > wanted else "open"
    return [f"{figure['value']:.3f}", f"{low:.3f}–{high:.3f}", kept if "interval" in figure else "open"]


def gain_section(results: list[Result]) -> str:
    """Returns the table of the ratios to the bare machine. The same ratio may have been measured in instructions and in time."""
    found: dict[tuple[str, int, bool], dict[str, Any]] = {}
    for result in results:
        counted = any(figure["unit"] == "instructions" for figure in result["figures"])
        for figure in result["figures"]:
            if parsed := parse_ratio_name(figure["name"]):
                found.setdefault(parsed, {})["instructions" if counted else "time"] = figure
    rows = []
    for workload, harts, sstc in sorted(found, key=lambda each: (WORKLOADS.index(each[0]), each[1], not each[2])):
        goal, measured = goal_of(workload, harts), found[workload, harts, sstc]
        cells = [cell for kind in ("instructions", "time") for cell in gain_cells(measured.get(kind), goal)]
        rows.append([workload, harts, "yes" if sstc else "no", f"{goal:g}", *cells])
    columns = ["instructions", "95 % interval", "met", "time", "95 % interval", "met"]
    return table(["workload", "harts", "Sstc", "at most", *columns], rows)


def other_section(results: list[Result]) -> str:
    """Returns the table of the figures of all other runs."""
    rows = [
        [f"`{result['command'].partition(' -- ')[0]}`", f"`{arguments(result)}`", result["status"], figure["name"],
         figure["unit"], figure.get("value")]
        for result in results
        for figure in result["figures"]
    ]
    return table(["command", "options", "status", "figure", "unit", "is"], rows)


def readme_table(baseline: Baseline) -> str:
    """Returns README's table of what operations and boots cost on the bare machine, under hv and under the peer."""
    rows = [
        [description, *(round(value) if (value := baseline.values.get((config, name))) is not None else None for config in README_COLUMNS),
         limit(name).peer]
        for name, description in README_ROWS.items()
    ]
    kernel, opensbi, qemu = (baseline.versions[name].partition("-")[0].split()[0] for name in ("kernel", "opensbi", "qemu"))
    used = f"Measured under icount with QEMU {qemu}, OpenSBI {opensbi}, Linux {kernel} and {baseline.versions['compiler']}.\n"
    return "\n".join([table(["instructions", *README_COLUMNS.values(), "peer"], rows), "", used])


def with_readme_table(text: str, baseline: Baseline) -> str:
    """Returns the text of README with the table that belongs to a baseline. Raises Failure if README has no place for it."""
    before, begin, rest = text.partition(README_BEGIN)
    _, end, after = rest.partition(README_END)
    if not begin or not end:
        raise Failure(f"README.md must contain the two lines {README_BEGIN.strip()} and {README_END.strip()}", 1)
    return before + begin + readme_table(baseline) + end + after


def arguments(result: Result) -> str:
    """Returns the options of a run, without --out."""
    chosen = result["command"].partition(" --")[2].split()
    return " ".join(word for word in chosen if not word.startswith("--out=")) or "(no options)"


def boot_row(result: Result) -> list[Any]:
    """Returns the row of one boot."""
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


def boot_section(results: list[Result], name: Callable[[Result], str] = lambda result: f"`{arguments(result)}`") -> str:
    """Returns the table of all boots, and a table of exits by cause for the boots that counted exits. @p name names a boot."""
    header = ["command", "config", "harts", "icount", "status", "s to init", "s in total", "exits", "time in hv"]
    parts = [table(header, [[name(result), *boot_row(result)[1:]] for result in results])]
    counted = [result for result in results if result["exits"]]
    causes = sorted({cause for result in counted for cause in result["exits"]["by_cause"]})
    if counted:
        columns = ["exits by cause"] + [name(result) for result in counted]
        rows = [[f"`{cause}`", *(result["exits"]["by_cause"].get(cause, 0) for result in counted)] for cause in causes]
        parts.append(table(columns, rows))
    return "\n\n".join(parts)


def board_section(boards: list[Result], boots: list[Result]) -> str:
    """Returns the tables of boots on boards, each beside the boots of the same build of hv in QEMU."""
    builds = {result["build_id"] for result in boards}
    beside = [*boards, *(result for result in boots if result["build_id"] in builds)]
    return boot_section(beside, lambda result: f"{result.get('machine', 'qemu')}: `{arguments(result)}`")


def page(results: list[Result]) -> str:
    """Returns the whole page."""
    parts = [HEAD, "## Versions\n", versions(results)]
    own = {name: [result for result in results if result["benchmark"] == name] for name in SECTIONS}
    rest = [result for result in results if result["benchmark"] not in SECTIONS]
    if observing := observing_section(own["micro_qemu"]):
        parts += ["\n## What observing costs\n", OBSERVING_HEAD, observing]
    if own["micro_qemu"]:
        parts += ["\n## Cost of one exit (`//benchmarks:micro_qemu`)\n", COST_HEAD, micro_section(own["micro_qemu"])]
    if trace := trace_section(own["micro_qemu"]):
        parts += ["\n## Cost of the trace (`//benchmarks:micro_qemu`)\n", TRACE_HEAD, trace]
    if own["offload_gain"]:
        parts += ["\n## Linux with module offload (`//benchmarks:offload_gain`)\n", GAIN_HEAD, gain_section(own["offload_gain"])]
    if own["convert"]:
        parts += ["\n## The trace's converter (`//benchmarks:convert_benchmark`)\n", converter_section(own["convert"])]
    if own["boot_qemu"]:
        parts += ["\n## Linux boots (`//benchmarks:boot_qemu`)\n", boot_section(own["boot_qemu"])]
    if own["board"]:
        parts += ["\n## Boards (`//benchmarks:board`) beside QEMU\n", board_section(own["board"], own["boot_qemu"])]
    if rest:
        parts += ["\n## Other runs\n", other_section(rest)]
    return "\n".join(parts) + "\n"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, prog="bazel run //benchmarks:results_page --")
    made = parser.add_mutually_exclusive_group(required=True)
    made.add_argument("--out", metavar="FILE", help="the page, e.g. docs/results.md")
    made.add_argument("--readme", action="store_true", help="instead, update README's table of costs from benchmarks/baseline.json")
    parser.add_argument("results", nargs="*", metavar="DIR", help="directories that contain a result.json, such as the --out directory of a runner")
    options = parser.parse_args(arguments)
    if bool(options.results) == options.readme:
        parser.error("--readme takes no directories" if options.readme else "--out needs at least one DIR")
    if options.readme:
        readme = source_directory() / "README.md"
        whole_file.write_text(readme, with_readme_table(readme.read_text(), read_baseline(source_directory() / "benchmarks/baseline.json")))
        return 0
    base = Path(os.environ.get("BUILD_WORKING_DIRECTORY", os.getcwd()))
    try:
        results = [json.loads((base / name / "result.json").read_text()) for name in options.results]
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    whole_file.write_text(base / options.out, page(results))
    return 0


if __name__ == "__main__":
    sys.exit(entry.run(main))
