"""The data behind the sections of the report as CSV, one file for each section. The numbers are those of the results, not rounded."""

from __future__ import annotations

import csv
import io
import urllib.parse
from collections.abc import Callable, Iterator, Sequence

from analysis.report.content import OWNERS, Run

Row = tuple[object, ...]


# The columns that describe the run of a row. `number` is the number of the run on the page; the folders of two runs may have one name.
DESCRIBED = ("benchmark", "run", "number", "status", "mode", "harts")


def _numbered(runs: Sequence[Run]) -> Iterator[tuple[Row, Run]]:
    """Yields the runs, each with the values of the columns DESCRIBED."""
    for number, run in enumerate(runs, 1):
        yield (run.result["benchmark"], run.folder.name, number, run.result["status"], run.mode, run.harts), run


def _samples(runs: Sequence[Run]) -> Iterator[Row]:
    yield *DESCRIBED, "config", "figure", "unit", "better", "sample", "value"
    for described, run in _numbered(runs):
        for each in run.result["figures"]:
            for index, value in enumerate(each.get("samples", [])):
                yield *described, each.get("config") or run.result["config"], each["name"], each["unit"], each["better"], index, value


def _boots(runs: Sequence[Run]) -> Iterator[Row]:
    yield *DESCRIBED, "phase", "seconds", "exits"
    for described, run in _numbered(runs):
        for phase in run.result["phases"]:
            yield *described, phase["name"], phase["seconds"], phase["exits"]


def _exits(runs: Sequence[Run]) -> Iterator[Row]:
    yield *DESCRIBED, "hart", "kind", "name", "value"
    for described, run in _numbered(runs):
        for hart in (run.result["exits"] or {"by_hart": []})["by_hart"]:
            for cause, count in hart["by_cause"].items():
                yield *described, hart["hart"], "exits", cause, count
            for owner in OWNERS:
                yield *described, hart["hart"], "cycles", owner, hart["cycles"][owner]


def _values(runs: Sequence[Run]) -> Iterator[Row]:
    yield *DESCRIBED, "config", "figure", "unit", "deterministic", "value"
    for described, run in _numbered(runs):
        for each in run.result["figures"]:
            if "value" in each:
                yield *described, each.get("config") or run.result["config"], each["name"], each["unit"], each["deterministic"], each["value"]


TABLES: dict[str, Callable[[Sequence[Run]], Iterator[Row]]] = {"samples": _samples, "phases": _boots, "exits": _exits, "values": _values}


def text(name: str, runs: Sequence[Run]) -> str:
    """Returns the table of TABLES with this name as CSV (RFC 4180)."""
    out = io.StringIO()
    csv.writer(out).writerows(TABLES[name](runs))
    return out.getvalue()


def address(name: str, runs: Sequence[Run]) -> str:
    """Returns an address that contains the table, so that the page can offer it as a file."""
    return f"data:text/csv;charset=utf-8,{urllib.parse.quote(text(name, runs))}"
