"""Checks a trace with Perfetto's own engine: bazel run //trace/perfetto:check -- TRACE [--statement=FILE]

Exit code 1 if anything is wrong with it, one line each. FILE is what `hstrace convert --json` printed.
"""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from cli import entry
from trace.perfetto import import_gate, packets, statement
from trace.perfetto.trace_processor import TraceProcessor, TraceProcessorError


def nothing_more(_: TraceProcessor) -> list[str]:
    """No further check."""
    return []


def problems(
    trace: Path,
    stated: statement.Statement | None = None,
    more: Callable[[TraceProcessor], list[str]] = nothing_more,
) -> list[str]:
    """All that engine and reader find wrong with a trace; empty for a good one. Each line says who found it.

    @p more may ask the engine for more, and returns what is wrong with that.
    """
    found = packets.check(trace)
    lines = [f"packets: {line}" for line in found.problems]
    if not stated or stated.ends_alone != found.counts["ends_alone"]:  # else their beginnings were lost
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
    parser = argparse.ArgumentParser(prog="check", description="Checks a trace with Perfetto's own engine.")
    parser.add_argument("trace", type=Path)
    parser.add_argument("--statement", type=Path, help="JSON of hstrace convert: what it wrote")
    os.chdir(os.environ.get("BUILD_WORKING_DIRECTORY", "."))
    words = parser.parse_args(arguments)
    try:
        found = problems(words.trace, statement.load(words.statement) if words.statement else None)
    except (OSError, ValueError) as error:
        sys.exit(f"check: {error}")
    print("\n".join(found) or f"{words.trace}: good")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(entry.run(main))
