"""Makes the contents of result.json, checks them against the schema in analysis/, and writes the file."""

from __future__ import annotations

import argparse
import hashlib
import json
import shlex
from pathlib import Path
from typing import Any

import jsonschema

from benchmarks.results import timeline
from trace.format.causes import by_cause
from machines import options
from machines.directory import HartCounters
from machines.images import Image
from machines.run import Run
from cli.workspace import workspace_file

SCHEMA_VERSION = 1
SCHEMA_FILE = "analysis/result.schema.json"
HASH_DIGITS = 16


def schema() -> dict[str, Any]:
    """Returns the JSON Schema of a result."""
    loaded: dict[str, Any] = json.loads(workspace_file(SCHEMA_FILE).read_text())
    return loaded


def exits(counters: list[HartCounters] | None) -> dict[str, Any] | None:
    """Returns the member `exits` of a result. It contains the numbers of exits in total, by cause, and by hart."""
    if counters is None:
        return None
    summed = [sum(column) for column in zip(*(hart.exits for hart in counters))]
    return {
        "total": sum(summed),
        "by_cause": by_cause(summed),
        "by_hart": [
            {
                "hart": hart.hart,
                "total": sum(hart.exits),
                "by_cause": by_cause(hart.exits),
                "cycles": vars(hart.cycles),
            }
            for hart in counters
        ],
    }


def figure(name: str, unit: str, value: float, better: str = "lower", deterministic: bool = False) -> dict[str, Any]:
    """Returns one entry of `figures`."""
    return {"name": name, "unit": unit, "value": value, "better": better, "deterministic": deterministic}


def short_hash(path: Path) -> str:
    """Returns the start of a file's SHA-256. It is the version of a file of the user."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:HASH_DIGITS]


def describe(benchmark: str, arguments: list[str], image: Image | None, versions: dict[str, str], **rest: Any) -> dict[str, Any]:
    """Returns the contents of result.json.

    benchmark: the name of the runner in //benchmarks
    versions: the versions of all programs, except the compiler of the image
    rest: the members that have other values in each runner
    """
    return {
        "schema": SCHEMA_VERSION,
        "benchmark": benchmark,
        "command": shlex.join(["bazel", "run", f"//benchmarks:{benchmark}", "--", *arguments]),
        "build_id": image.elf.build_id if image else None,
        "config": image.name if image else None,
        "machine": "qemu",
        "versions": versions | (image.versions if image else {}),
        **rest,
    }


def of_run(run: Run, chosen: argparse.Namespace, succeeded: bool) -> dict[str, Any]:
    """Returns the members of a result that describe one run. @p chosen contains the common options of the runners."""
    return {
        "mode": options.choice(chosen).mode,
        "harts": chosen.harts,
        "icount": chosen.icount,
        "status": "ok" if succeeded else "failed",
        "phases": [vars(phase) for phase in timeline.phases(run, chosen.icount)],
        "exits": exits(run.counters),
    }


def share_of_hv(counters: list[HartCounters]) -> float | None:
    """Returns hv's share of the cycles of all harts; None if nothing was counted."""
    hv = sum(hart.cycles.hv for hart in counters)
    total = sum(sum(vars(hart.cycles).values()) for hart in counters)
    return hv / total if total else None


def write(directory: Path, result: dict[str, Any]) -> Path:
    """Writes result.json. Raises jsonschema.ValidationError if the result violates the schema, which is a defect of the runner."""
    jsonschema.validate(result, schema())
    path = directory / "result.json"
    path.write_text(json.dumps(result, indent=2) + "\n")
    return path
