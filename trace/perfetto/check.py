"""Checks a trace with Perfetto's own trace processor: bazel run //trace/perfetto:check -- TRACE [--statement=FILE]

Prints a line for each problem; the exit code is 1 if there is one. FILE contains the output of `hstrace convert --json`.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from cli import entry
from trace.perfetto import import_gate, packed, packets, statement
from trace.perfetto.trace_processor import TraceProcessor, TraceProcessorError


def nothing_more(_: TraceProcessor) -> list[str]:
    """Finds no problem. This is the default for the parameter `more` of problems()."""
    return []


def problems(
    trace: Path,
    stated: statement.Statement | None = None,
    more: Callable[[TraceProcessor], list[str]] = nothing_more,
) -> list[str]:
    """Returns a line for each problem that the trace processor or the reader of packets finds in a trace. The line begins with the
    name of the program that found the problem. The list is empty for a good trace.

    @param stated the converter's report of what it wrote; if it is None, less is checked
    @param more   a further check with the trace processor; returns a line for each problem
    """
    found = packets.check(trace)
    lines = [f"packets: {line}" for line in found.problems]
    if not stated or stated.ends_alone != found.counts["ends_alone"]:  # if equal, the sends of these receives were lost
        lines += [f"packets: {line}" for line in found.ends_alone]
    if stated:
        lines += [f"statement: {line}" for line in statement.packet_problems(stated, found)]
    try:
        with TraceProcessor(trace) as processor:
            lines += [f"import: {line}" for line in import_gate.problems(processor)]
            if stated:
                lines += [f"statement: {line}" for line in statement.problems(stated, found, processor)]
            lines += more(processor)
    except TraceProcessorError as error:
        lines.append(f"import: {error}")
    return lines


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="check", description="Checks a trace with Perfetto's own trace processor.")
    parser.add_argument("trace", type=Path, help="a Perfetto trace; gzip or zstd may have packed it")
    parser.add_argument("--statement", type=Path, help="what hstrace convert --json printed; the trace must have all of it")
    os.chdir(os.environ.get("BUILD_WORKING_DIRECTORY", "."))
    words = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="hartscope-check-") as folder:
            trace = packed.for_perfetto(words.trace, Path(folder))
            found = problems(trace, statement.load(words.statement) if words.statement else None)
    except (OSError, ValueError, packed.DamagedPackingError) as error:
        sys.exit(f"check: {error}")
    print("\n".join(found) or f"{words.trace}: good")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(entry.run(main))
