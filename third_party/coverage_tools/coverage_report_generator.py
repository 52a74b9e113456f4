#!/usr/bin/python3
"""Adds up the lcov reports of all tests. Bazel calls it with --reports_file=FILE (one path per line) --output_file=FILE ..."""

import argparse
from collections import Counter
from pathlib import Path


def add(report: str, counts: dict[str, Counter[int]]) -> None:
    """Adds the counts of one report to @p counts. The counts are stored by source file and line."""
    source = ""
    for line in report.splitlines():
        kind, _, value = line.partition(":")
        if kind == "SF":
            source = value
        elif kind == "DA":
            number, count = value.split(",")[:2]
            counts.setdefault(source, Counter())[int(number)] += int(count)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--reports_file", type=Path, required=True)
    parser.add_argument("--output_file", type=Path, required=True)
    options, _ = parser.parse_known_args()
    counts: dict[str, Counter[int]] = {}
    for name in options.reports_file.read_text().split():
        if name.endswith(".dat") and Path(name).exists():
            add(Path(name).read_text(), counts)
    with options.output_file.open("w") as output:
        for source, lines in sorted(counts.items()):
            records = "".join(f"DA:{line},{count}\n" for line, count in sorted(lines.items()))
            output.write(f"SF:{source}\n{records}end_of_record\n")


main()
