"""Saves a picture of a trace in Perfetto's UI: bazel run //trace/perfetto:screenshot -- TRACE -o FILE.png

bazel run //trace/perfetto:screenshot -- TRACE -o FILE.png --select="name glob 'IPI to*'" --from=2ms --to=9ms
"""

import argparse
import os
import sys
from pathlib import Path

from cli import entry, times, whole_file
from trace.perfetto import ui
from trace.perfetto.chromium import ChromiumError


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="screenshot", description="Saves a picture of a trace in Perfetto's UI.")
    parser.add_argument("trace", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--select", default="", metavar="SQL", help="a condition on slices; the middle one that meets it is selected")
    add = parser.add_argument
    add("--select-thread", default="", metavar="SQL", help="the same for slices of threads on CPUs, which are in the table sched_slice")
    add("--query", default="", metavar="SQL", help="a query; its result is shown below the timeline")
    add("--from", dest="begin", type=times.nanoseconds, metavar="TIME", help=f"start of the window, in the trace's time: {times.HELP}")
    add("--to", dest="end", type=times.nanoseconds, metavar="TIME", help="end of the window, in the same notation")
    add("--pin", action="append", metavar="TRACK", help="pin this track at the top, instead of the usual ones: a line of the output; may be repeated")
    parser.add_argument("--size", default="1600x900", metavar="WIDTHxHEIGHT")
    os.chdir(os.environ.get("BUILD_WORKING_DIRECTORY", "."))
    words = parser.parse_args(arguments)
    if (words.begin is None) != (words.end is None):
        parser.error("--from and --to must be given together")
    window = (words.begin, words.end) if words.begin is not None else None
    try:
        width, height = map(int, words.size.split("x"))
        page = ui.show(words.trace, words.select, window, side_bar=False, size=(width, height), query=words.query, pin=words.pin, thread=words.select_thread)
    except (OSError, ValueError, ChromiumError) as error:
        sys.exit(f"screenshot: {error}")
    whole_file.write_bytes(words.output, page.picture)
    print("\n".join(page.tracks))
    return 0


if __name__ == "__main__":
    sys.exit(entry.run(main))
