"""Measures with gcov which lines and branches of hv/virt each unit test executes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from hv.mutations.room import ROOM, Build, Room

# Without inlining, each function has its own counts.
FLAGS = ("--coverage", "-fprofile-abs-path", "-Dalways_inline=noinline")
OPTIMIZE = "-O0"  # optimized code has fewer lines and other branches than the source

# How often each branch of a line was taken. The first element is how often the line itself was executed.
Counts = list[int]
Lines = dict[int, Counts]
Files = dict[str, Lines]


def add(to: Counts, counts: Counts) -> None:
    """Adds the counts of a second instance of a line: in another unit, in another inlined copy, or of another test."""
    to += [0] * (len(counts) - len(to))
    for index, count in enumerate(counts):
        to[index] += count


def merge(parts: Iterable[Files]) -> Files:
    """Returns the sums of several measurements."""
    merged: Files = {}
    for part in parts:
        for file, lines in part.items():
            for number, counts in lines.items():
                add(merged.setdefault(file, {}).setdefault(number, []), counts)
    return merged


def instances(lines: list[dict[str, Any]]) -> Iterator[tuple[int, Counts]]:
    """Yields the counts of each line, for each function that contains a copy of the line. gcov lists a line several
    times if one function contains several blocks with it."""
    found: dict[tuple[str, int], Counts] = {}
    for line in lines:
        counts = found.setdefault((line.get("function_name", ""), line["line_number"]), [0])
        counts[0] = max(counts[0], line["count"])
        counts += [branch["count"] for branch in line["branches"]]
    for (_, number), counts in found.items():
        yield number, counts


def read(report: str, tree: Path) -> Files:
    """Reads what gcov printed: one JSON document in each line, one for each unit."""
    parts: list[Files] = []
    for document in report.splitlines():
        for file in json.loads(document)["files"]:
            name = Path(file["file"])
            name = name.relative_to(tree) if name.is_relative_to(tree) else name
            if str(name).startswith(f"{ROOM}/") and not name.stem.endswith("_test"):
                parts += [{str(name): {number: counts}} for number, counts in instances(file["lines"])]
    return merge(parts)


class Measurement:
    """The counts of each unit test of a room that was made with FLAGS."""

    def __init__(self, room: Room) -> None:
        self.of_test = {test: self._measure(room, test) for test in room.tests}

    def _measure(self, room: Room, test: str) -> Files:
        with Build(room, optimize=OPTIMIZE) as build:
            if not build.passes(test):
                raise RuntimeError(f"{test} fails")
        data = sorted(room.objects.rglob("*.gcda"))
        command = ["gcov", "--json-format", "--stdout", "--branch-probabilities", *map(str, data)]
        report = subprocess.run(command, cwd=room.tree, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for path in data:
            path.unlink()
        return read(report.stdout, room.tree)

    def total(self) -> Files:
        """Returns the counts of all tests together."""
        return merge(self.of_test.values())

    def executes(self, test: str, file: str, first: int, last: int) -> bool:
        """Returns whether @p test executes one of the lines @p first to @p last."""
        lines = self.of_test[test].get(file, {})
        return any(counts[0] for number, counts in lines.items() if first <= number <= last)
