"""Makes a Perfetto trace of a recording of hsctl record --ftrace: bazel run //trace:ftrace -- DUMP -o OUT

The trace shows the exits of hv and the events of Linux on one time axis, as that of boot_qemu --ftrace does.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from cli import entry, whole_file
from cli.failure import EXIT_GUEST_FAILED, EXIT_SUCCESS, Failure
from cli.workspace import existing_file, user_path, workspace_file
from trace.ftrace import merge
from trace.ftrace.merge import Merged
from trace.ftrace.stream import FtraceError

BESIDE = ".ftrace"  # FTRACE_ENDING of payloads/linux/hsctl/ftrace.h
ENDING = ".pftrace"

EXAMPLES = """\
example:
  hsctl record -o trace.hst --ftrace -- sleep 1        (in the guest)
  bazel run //trace:ftrace -- trace.hst -o both.pftrace
  bazel run //trace:ftrace -- trace.hst -o both.pftrace -- --symbols=System.map
  bazel run //trace:view -- both.pftrace"""


# Options of hstrace convert that do not fit, because events are added to its output.
NOT_THESE = ("--with", "--gzip", "--zstd", "-z")


def parse(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Parses the command line. Returns the options, and what follows a `--`: options for hstrace convert."""
    parser = argparse.ArgumentParser(
        prog="bazel run //trace:ftrace --", usage="%(prog)s [options] DUMP [FTRACE] [-- OPTION...]",
        description="Makes a Perfetto trace of a dump and of the file that hsctl record --ftrace wrote beside it.",
        epilog=f"OPTIONs after -- are those of `hstrace convert`.\n\n{EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False,
    )  # fmt: skip
    parser.add_argument("dump", metavar="DUMP", help="the dump (.hst)")
    parser.add_argument("ftrace", metavar="FTRACE", nargs="?", help=f"the file with Linux' events (default: DUMP{BESIDE})")
    parser.add_argument("-o", "--output", metavar="OUT", help=f"the trace to write (default: DUMP with the ending {ENDING})")
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return parser.parse_args(own), arguments[len(own) + 1 :]


def convert(dump: Path, ftrace: Path, out: Path, options: Sequence[str] = ()) -> Merged:
    """Writes the trace. @p options are for hstrace convert. Returns what was added to hv's trace. Raises Failure and
    FtraceError."""
    hstrace = workspace_file("trace/hstrace/hstrace")
    with whole_file.replacing(out) as unfinished:
        # The user's options come first, so that they cannot change the output.
        command = [str(hstrace), "convert", *options, "--format=pftrace", "-o", str(unfinished), str(dump)]
        if subprocess.run(command).returncode != 0:
            raise Failure(f"{dump}: hstrace cannot convert the dump: its message is above", EXIT_GUEST_FAILED)
        return merge.merge(ftrace, dump, unfinished, hstrace)


def main(arguments: list[str]) -> int:
    """Makes the trace. Returns the exit code."""
    parsed, options = parse(arguments)
    for option in options:
        if option.startswith(NOT_THESE):
            raise Failure(f"{option} does not work here, because Linux' events are added to the trace: compress or merge it afterwards")
    dump = existing_file(parsed.dump, "DUMP")
    ftrace = existing_file(parsed.ftrace or f"{parsed.dump}{BESIDE}", "FTRACE")
    out = user_path(parsed.output) if parsed.output else dump.with_suffix(ENDING)
    try:
        merged = convert(dump, ftrace, out, options)
    except FtraceError as error:
        raise Failure(str(error), EXIT_GUEST_FAILED) from error
    print(f"{out}: {merged.summary()}")
    return EXIT_SUCCESS


if __name__ == "__main__":
    sys.exit(entry.run(main))
