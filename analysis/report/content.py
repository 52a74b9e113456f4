"""Reads the results of benchmarks, and arranges them for the report."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema

from analysis import comparison
from analysis.report import charts
from analysis.report.charts import Median, Part, Ratio
from analysis.report.meanings import meaning
from cli.failure import Failure
from cli.workspace import workspace_file

RESULT = "result.json"
SCHEMA = "analysis/result.schema.json"
_SCHEMA: dict[str, Any] = json.loads(workspace_file(SCHEMA).read_text())

# In the order in which the report shows them. Each phase has a colour.
MODES: list[str] = _SCHEMA["properties"]["mode"]["enum"]
PHASES: list[str] = _SCHEMA["definitions"]["phase"]["properties"]["name"]["enum"]
FIRST_MODE = MODES[0]
OWNERS = ("hv", "firmware", "payload", "asleep")

# The numbers of the figures of a trace, and the figure that shows when a trigger of the recorder fired.
NUMBERS = "trace_figures.json"
TRIGGER_PICTURE = "exits_over_time.png"
CLOSE_PICTURES = "trigger_pictures"  # the key in NUMBERS for the names of the pictures of what each hart did around a trigger

# What a run may leave beside its result: the file, and what it is.
FILES = {
    "trace.pftrace": "timeline for Perfetto", "trace.hst": "trace", NUMBERS: "numbers of the pictures", "console.log": "console",
    "log.txt": "output", RESULT: "result",
}  # fmt: skip

# The figures of a trace, with what each shows.
PICTURES = {
    "exits_over_time.png": "Exits per time, by cause, with the phases of the boot",
    "latency_by_cause.png": "How long exits took, by cause",
    "hart_shares.png": "How the time of each hart was divided",
    "ipi_latency.png": "How long interrupts from hart to hart took",
    "exits_by_function.png": "The functions that exits interrupted",
}


@dataclass(frozen=True)
class Run:
    """One result. folder: where it is."""

    folder: Path
    result: dict[str, Any]

    @property
    def harts(self) -> int:
        return int(self.result["harts"])

    @property
    def mode(self) -> str:
        return str(self.result["mode"])

    @property
    def label(self) -> str:
        """The run in few enough letters for a chart."""
        return f"{self.result['config'] or self.mode}, {self.harts} hart{'s' if self.harts > 1 else ''}"

    @property
    def title(self) -> str:
        """The run in a few words."""
        config = f" ({self.result['config']})" if self.result["config"] else ""
        return f"{self.mode}{config}, {self.harts} hart{'s' if self.harts > 1 else ''}"

    def samples(self) -> dict[str, list[float]]:
        """Returns the samples of the figures that have some."""
        return {each["name"]: each["samples"] for each in self.result["figures"] if "samples" in each}

    def figure(self, name: str) -> float | None:
        """Returns the value of a figure, or None if the run has no such figure."""
        return next((each["value"] for each in self.result["figures"] if each["name"] == name and "value" in each), None)


def find(folders: Sequence[Path]) -> list[Run]:
    """Returns all results in these folders and the folders below, each once. Raises Failure if there are none, or if a file is no
    result."""
    found = []
    known: set[Path] = set()
    for folder in folders:
        for path in sorted(folder.rglob(RESULT)):
            if path.resolve() in known:
                continue
            known.add(path.resolve())
            try:
                described = json.loads(path.read_text())
                jsonschema.validate(described, _SCHEMA)
            except (ValueError, jsonschema.ValidationError) as error:
                reason = getattr(error, "message", str(error)).splitlines()[0]
                raise Failure(f"{path} is no result of a benchmark: {reason}") from error
            found.append(Run(path.parent, described))
    if not found:
        raise Failure(f"no {RESULT} in {', '.join(map(str, folders))}: give the directories of runs (--out)")
    return found


def _by_config(runs: Iterable[Run]) -> Iterator[Run]:
    """Returns the runs, but divides each that has samples of several configurations, such as that of offload_gain, into one for each
    configuration."""
    for run in runs:
        with_samples = [each for each in run.result["figures"] if "samples" in each]
        configs = sorted({str(each["config"]) for each in with_samples if "config" in each})
        for config in configs if len(configs) > 1 else []:
            bare = config == FIRST_MODE
            more = {"config": None if bare else config, "mode": FIRST_MODE if bare else run.mode}
            yield Run(run.folder, run.result | more | {"figures": [each for each in with_samples if each["config"] == config]})
        if len(configs) < 2:
            yield run


def _named(runs: Iterable[Run]) -> list[tuple[str, Run]]:
    """Returns the runs with samples, the bare ones first, each with a name: its mode. Runs of the same benchmark, mode and number of
    harts, such as those of QEMU and of a board, also have their folder in the name."""
    found = sorted((run for run in _by_config(runs) if run.samples()), key=lambda run: MODES.index(run.mode))
    same = Counter((run.result["benchmark"], run.harts, run.mode) for run in found)
    return [
        (run.mode if same[run.result["benchmark"], run.harts, run.mode] == 1 else f"{run.mode} ({run.folder.name})", run)
        for run in found
    ]


def _groups(runs: Iterable[Run]) -> dict[tuple[str, int], dict[str, Run]]:
    """Returns the runs with samples by benchmark and number of harts, and then by name (see _named), with the bare run first."""
    found: dict[tuple[str, int], dict[str, Run]] = {}
    for name, run in _named(runs):
        found.setdefault((run.result["benchmark"], run.harts), {})[name] = run
    return dict(sorted(found.items()))


def _unit_of(run: Run, name: str) -> tuple[str, bool]:
    (each,) = [each for each in run.result["figures"] if each["name"] == name]
    return str(each["unit"]).replace("_", " "), each["better"] == "lower"


def _row(first: Run, others: dict[str, Run], name: str) -> dict[str, Any]:
    unit, lower = _unit_of(first, name)
    before = first.samples()[name]
    cells: list[dict[str, Any] | None] = []
    dots: list[Ratio] = []
    for mode, run in others.items():
        after = run.samples().get(name)
        if not after or min(*before, *after) <= 0:
            cells.append(None)
            continue
        ratio = comparison.compare(before, after, lower_is_better=lower)
        cells.append({"ratio": ratio, "median": charts.number(statistics.median(after)), "runs": len(after)})
        if len(after) > 1:
            dots.append(Ratio(mode, ratio.ratio, ratio.low, ratio.high, ratio.verdict))
    return {
        "name": name, "unit": unit, "better": "less" if lower else "more", "meaning": meaning(name),
        "median": charts.number(statistics.median(before)), "cells": cells,
        "chart": charts.ratios(f"{name}: ratio to {first.mode}", dots) if dots else "",
    }  # fmt: skip


def compared(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Returns one table for each benchmark with samples and each number of harts."""
    tables = []
    for (benchmark, harts), modes in _groups(runs).items():
        (name_of_first, first), *rest = modes.items()
        others = dict(rest)
        tables.append({
            "benchmark": benchmark, "harts": harts, "first": first, "name_of_first": name_of_first, "modes": list(others),
            "runs": modes,
            "rows": [_row(first, others, name) for name in first.samples()],
        })  # fmt: skip
    return tables


def _median(samples: list[float]) -> Median:
    middle = statistics.median(samples)
    return Median(middle, *(comparison.interval_of_median(samples) if len(samples) > 1 else (middle, middle)))


def scaling(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Returns one chart for each figure that was measured with several numbers of harts, with the runs that measured it."""
    found: dict[tuple[str, str], dict[str, dict[int, Median]]] = {}
    measured: dict[tuple[str, str], list[Run]] = {}
    for name_of_run, run in _named(runs):
        for name, samples in run.samples().items():
            lines = found.setdefault((run.result["benchmark"], name), {})
            lines.setdefault(name_of_run, {})[run.harts] = _median(samples)
            measured.setdefault((run.result["benchmark"], name), []).append(run)
    several = {key: lines for key, lines in found.items() if len({harts for line in lines.values() for harts in line}) > 1}
    units = {(run.result["benchmark"], each["name"]): each["unit"].replace("_", " ") for run in runs for each in run.result["figures"]}
    return [
        {
            "name": name,
            "meaning": meaning(name),
            "runs": measured[benchmark, name],
            "chart": charts.curves(f"{name} over the number of harts", lines, units[benchmark, name]),
        }
        for (benchmark, name), lines in sorted(several.items())
    ]


def _cause_chart(run: Run) -> str:
    exits = run.result["exits"]
    causes = sorted(exits["by_cause"], key=lambda cause: -int(exits["by_cause"][cause]))
    rows = {
        cause: [Part(f"hart {hart['hart']}", hart["by_cause"].get(cause, 0), f"c{hart['hart'] % 8}") for hart in exits["by_hart"]]
        for cause in causes
    }
    return charts.bars("exits by cause", rows, "exits")


def _share_chart(run: Run) -> str:
    rows = {}
    for hart in run.result["exits"]["by_hart"]:
        total = sum(hart["cycles"].values())
        if total:
            rows[f"hart {hart['hart']}"] = [Part(owner, round(100 * hart["cycles"][owner] / total, 3), owner) for owner in OWNERS]
    return charts.bars("share of time", rows, "%") if rows else ""


def boots(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Returns the boots: those runs that have phases."""
    found = []
    for run in sorted((run for run in runs if run.result["phases"]), key=lambda run: (run.harts, MODES.index(run.mode))):
        exits = run.result["exits"]
        share = run.figure("hv_share")
        found.append({
            "run": run, "seconds": run.figure("boot_seconds"), "exits": exits["total"] if exits else None,
            "share": None if share is None else 100 * share,
            "causes": _cause_chart(run) if exits and exits["total"] else "", "shares": _share_chart(run) if exits else "",
            "pictures": [(run.folder / name, text) for name, text in PICTURES.items() if (run.folder / name).is_file()],
        })  # fmt: skip
    return found


def triggers(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Returns the runs whose trace has a trigger, with the times of the triggers and the figures that show them."""
    found = []
    for run in runs:
        numbers, picture = run.folder / NUMBERS, run.folder / TRIGGER_PICTURE
        if not numbers.is_file() or not picture.is_file():
            continue
        try:
            described = json.loads(numbers.read_text())
            fired, names = described.get("triggers", []), described.get(CLOSE_PICTURES, [])
        except (ValueError, AttributeError) as error:
            raise Failure(f"{numbers} is not written by trace_figures: {error}") from error
        if fired:
            pictures = [picture, *(path for name in names if (path := run.folder / name).is_file())]
            found.append({"run": run, "seconds": [trigger["seconds"] for trigger in fired], "pictures": pictures})
    return found


def phases_chart(runs: Sequence[Run]) -> str:
    """Returns the chart of the time per phase, one bar for each boot."""
    rows: dict[str, list[Part]] = {}
    for run in (boot["run"] for boot in boots(runs)):
        name = run.label if run.label not in rows else f"{run.label} ({run.folder.name})"
        rows[name] = [Part(phase["name"], phase["seconds"], f"c{PHASES.index(phase['name'])}") for phase in run.result["phases"]]
    return charts.bars("seconds per phase", rows, "seconds") if rows else ""


def costs(runs: Sequence[Run]) -> dict[str, Any]:
    """Returns the table of exact figures: a row for each figure, and a column for each configuration, with the runs that measured it."""
    measured: dict[str, list[Run]] = {}
    values: dict[str, dict[str, float]] = {}
    units: dict[str, str] = {}
    configs: list[str] = []
    for run in runs:
        for each in run.result["figures"]:
            if not each["deterministic"] or "value" not in each:
                continue
            config = each.get("config") or run.result["config"] or FIRST_MODE
            if config in values.get(each["name"], {}):  # another run has measured the same
                config = f"{config} ({run.folder.name})"
            configs += [] if config in configs else [config]
            values.setdefault(each["name"], {})[config] = each["value"]
            measured.setdefault(config, [])
            if run not in measured[config]:
                measured[config].append(run)
            units[each["name"]] = each["unit"]
    configs.sort(key=lambda config: config != FIRST_MODE)
    rows = [
        {"name": name, "unit": units[name], "meaning": meaning(name), "values": [charts.number(of[config]) if config in of else "" for config in configs]}
        for name, of in values.items()
    ]
    return {"configs": configs, "rows": rows, "runs": measured}
