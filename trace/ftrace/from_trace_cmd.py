"""Makes a Perfetto trace of a trace.dat of trace-cmd: bazel run //trace:trace_cmd -- FILE -o OUT

trace-cmd records what Linux does. The trace can be shown with `bazel run //trace:view`, or put beside the exits of hv with
`hstrace convert --with=OUT --with-offset=TIME`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cli import entry, whole_file
from cli.failure import EXIT_SUCCESS, Failure
from cli.workspace import existing_file, refuse_overwriting, user_path
from trace.ftrace import events, formats, packets, trace_cmd
from trace.ftrace.stream import FtraceError

ENDING = ".pftrace"

EXAMPLES = """\
example:
  trace-cmd record -C boot -e sched -e ipi -e irq sleep 1        (in the guest)
  bazel run //trace:trace_cmd -- trace.dat -o guest.pftrace
  bazel run //trace:hstrace -- convert trace.hst -o both.pftrace --with=guest.pftrace --with-offset=98.2ms"""


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(
        prog="bazel run //trace:trace_cmd --", description="Makes a Perfetto trace of a trace.dat of trace-cmd, version 6 or 7.",
        epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False,
    )  # fmt: skip
    parser.add_argument("file", metavar="FILE", help="the trace.dat")
    parser.add_argument("-o", "--output", metavar="OUT", help=f"the trace to write (default: FILE with the ending {ENDING})")
    return parser.parse_args(arguments)


def convert(file: Path, out: Path) -> str:
    """Writes the trace. Returns a summary for the user. Raises FtraceError."""
    recording = trace_cmd.read(file)
    buffers = recording.buffers
    with whole_file.replacing(out) as unfinished, unfinished.open("wb") as opened:
        if "/proc/sys/kernel/osrelease" in buffers.files:
            opened.write(packets.system(buffers.files))
        counts = events.write(opened, buffers, formats.parse_all(buffers.files.items()), packets.boottime_bundle)
    summary = f"{out}: {sum(counts.values()):,} events of {len(buffers.pages)} CPUs, times of the clock {recording.clock}"
    if recording.left_out:
        summary += f"; left out: the instances {', '.join(recording.left_out)}"
    return summary


def main(arguments: list[str]) -> int:
    """Converts the file. Returns the exit code."""
    parsed = parse(arguments)
    file = existing_file(parsed.file, "FILE")
    out = user_path(parsed.output) if parsed.output else file.with_suffix(ENDING)
    refuse_overwriting(out, file)
    try:
        print(convert(file, out))
    except FtraceError as error:
        raise Failure(f"{file}: {error}") from error
    return EXIT_SUCCESS


if __name__ == "__main__":
    sys.exit(entry.run(main))
