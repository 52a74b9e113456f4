#!/usr/bin/python3
"""Converts the coverage data of one instrumented test to an lcov report, by running gcov.

Bazel calls it with --coverage_dir=DIR --output_file=FILE ... Bazel's own script has put gcov and the .gcno files into
DIR. That script has also written JSON files into DIR. These files are useless, because the file of one source
overwrites the file of another source with the same name in another folder.
"""

import argparse
import json
import subprocess
from collections import Counter
from pathlib import Path


def lines_of(gcov: Path, data: Path) -> list[tuple[str, int, int]]:
    """Returns (source, line, count) for each line of one .gcda file."""
    command = [str(gcov), "--json-format", "--stdout", data.name]
    output = subprocess.run(command, cwd=data.parent, check=True, stdout=subprocess.PIPE).stdout
    return [
        (source["file"].removeprefix("/proc/self/cwd/"), line["line_number"], line["count"])
        for document in output.splitlines()
        for source in json.loads(document)["files"]
        for line in source["lines"]
    ]


def report(counts: Counter[tuple[str, int]]) -> str:
    """Returns an lcov report. The key of each count is the source file and the line."""
    text = []
    for source in sorted({source for source, _ in counts}):
        text.append(f"SF:{source}")
        text += [f"DA:{line},{counts[name, line]}" for name, line in sorted(counts) if name == source]
        text.append("end_of_record")
    return "".join(line + "\n" for line in text)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--coverage_dir", type=Path, required=True)
    parser.add_argument("--output_file", type=Path, required=True)
    options, _ = parser.parse_known_args()
    counts: Counter[tuple[str, int]] = Counter()
    for data in sorted(options.coverage_dir.rglob("*.gcda")):
        if data.with_suffix(".gcno").exists():
            for source, line, count in lines_of(options.coverage_dir / "gcov", data):
                if not source.startswith(("/", "external/")):
                    counts[source, line] += count
    options.output_file.write_text(report(counts))


main()
