"""Watches a board through its serial console while it boots under hv. Collects hv's counters and the trace out of the
console, and leaves the same files as boot_qemu."""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any, TextIO

from benchmarks.boot_qemu import figures, show
from benchmarks.results import outputs, result, timeline
from benchmarks.results.files import LEFT, Files, leave_with
from cli import entry, progress
from cli.failure import EXIT_GUEST_FAILED, EXIT_MODULE_FATAL, EXIT_MONITOR_FAILED, EXIT_SUCCESS, Failure
from machines import console_dump, dump_counters, firmware, images, options, recording, sent_file, serial_line
from machines.console import Console
from machines.console_dump import ConsoleDump
from machines.diagnosis import SIGNATURE_TEXTS, exit_code, report
from machines.machine import Guest
from machines.run import Observer, Run, Runner
from machines.serial_line import Line, SerialLine

DEFAULT_OUT = "out/board"

PROGRESS_SECONDS = 5.0

# Files of `hsctl send` have names that begin with SENT, and end with PARTIAL if something is missing.
SENT, PARTIAL = "sent_", ".part"

# CONSOLE_SLOTS_EACH of trace/format/console.h.
SLOTS_OF_A_FRAME = 4

EXAMPLES = """\
  bazel run //benchmarks:board -- --console=/dev/ttyUSB0 --config=visionfive2
  bazel run //benchmarks:board -- --console=/dev/ttyUSB0 --config=mine.toml --baud=1500000
  bazel run //benchmarks:board -- --console=/dev/ttyUSB0 --config=visionfive2 --power="uhubctl -a cycle -l 1-1 -p 2"
  bazel run //benchmarks:board -- --console=/dev/ttyUSB0 --config=visionfive2 --symbols=System.map"""

# What the console says about the versions of the firmware and the kernel.
_VERSIONS = {
    "opensbi": re.compile(rb"^OpenSBI v([0-9][\w.]*)\s*$", re.MULTILINE),
    "kernel": re.compile(rb"Linux version ([0-9][\w.+~-]*) \("),
}

# What hv prints before it ends a run on its own, and the exit code for that.
_ENDED_BY_HV = {
    "boot error: ": EXIT_MONITOR_FAILED,
    "hv_core: panic: ": EXIT_MONITOR_FAILED,
    " hv_core: module ": EXIT_MODULE_FATAL,
}


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parses the command line."""
    parser = options.Parser("board", __doc__ or "", EXAMPLES, "")
    add = parser.add_argument
    add("--console", required=True, metavar="DEVICE", help="the serial device, such as /dev/ttyUSB0")
    add("--baud", type=int, default=serial_line.USUAL_BAUD, metavar="N", help=f"bits per second (default {serial_line.USUAL_BAUD})")
    add("--config", required=True, metavar="NAME|FILE.toml", help="hv's configuration, from which the image on the board was built")
    add("--power", metavar="COMMAND", help="a shell command that switches the board off and on; otherwise do it yourself")
    add("--symbols", action="append", default=[], metavar="FILE", help="functions' names for the trace, as for hstrace: ELF, System.map or kallsyms")
    add("--timeout", type=options.seconds, default=600, metavar="S", help="stop watching after S seconds (default 600)")
    add("--silence", type=options.seconds, default=60, metavar="S", help="give up if nothing at all arrives within S seconds (default 60)")
    add("--out", metavar="DIR", help="directory for the results, relative to where you typed the command")
    add("--ignore-kernel-log", action="store_true", help="do not fail the run because of a fault in the Linux kernel's log")
    add("--json", action="store_true", help="print result.json instead of tables")
    return parser.parse_args(arguments)


class Progress(progress.PhaseLines):
    """Shows the phases, and how much of the trace has arrived, which takes longest on a serial line.

    Args:
      most: the number of frames of a trace whose rings are full
    """

    def __init__(self, stream: TextIO, most: int) -> None:
        super().__init__(stream)
        self._most = most
        self._frames = 0
        self._next = 0.0

    def on_console(self, data: bytes) -> None:
        self._frames += data.count(b"<hst:")
        if self._frames and time.monotonic() >= self._next:
            self._next = time.monotonic() + PROGRESS_SECONDS
            print(f"the trace is arriving: {self._frames} of at most {self._most} lines", file=self._stream, flush=True)


def most_frames(image: images.Image) -> int:
    """Returns the number of lines of a trace on the console if all rings are full."""
    slots = int(image.config.get("trace", {}).get("slots", 0))
    return int(image.config["platform"]["max_harts"]) * slots // SLOTS_OF_A_FRAME


def versions(console: bytes) -> dict[str, str]:
    """Returns the versions of the programs that name themselves on the console."""
    found = {name: pattern.search(console.replace(b"\r", b"")) for name, pattern in _VERSIONS.items()}
    return {name: match[1].decode() for name, match in found.items() if match}


def watch(line: SerialLine, observer: Observer, log: Path, timeout: float) -> Run:
    """Watches the board until the run has ended. Writes everything that arrives to the file @p log."""
    with closing(outputs.ConsoleLog(log)) as written:
        runner = Runner(line, None, Console(signatures=SIGNATURE_TEXTS), observer, written)
        return runner.execute(timeout, None)


def collect(directory: Path, image: images.Image, run: Run) -> ConsoleDump:
    """Makes the dump out of the console, and reads the counters at its end. If hv printed no dump, takes the guest's recording."""
    dump = directory / recording.DUMP
    found = console_dump.extract(directory / outputs.CONSOLE, dump)
    if found.frames:
        console_dump.add_names(dump, image.elf_path)
        run.counters = dump_counters.read(dump)
    elif (directory / outputs.GUEST_DUMP).exists():
        shutil.copy(directory / outputs.GUEST_DUMP, dump)
        console_dump.add_names(dump, image.elf_path)
    return found


def collect_sent(directory: Path) -> list[dict[str, Any]]:
    """Writes the files that `hsctl send` printed on the console into @p directory. The first dump gets the name that boot_qemu gives to the
    guest's recording. Returns the descriptions of the files for the result."""
    described: list[dict[str, Any]] = []
    for number, file in enumerate(sent_file.find((directory / outputs.CONSOLE).read_bytes()), 1):
        name = f"{SENT}{number}_{re.sub(r'[^A-Za-z0-9._-]', '_', file.name or 'file')}"
        if file.is_complete and name.endswith(".hst") and outputs.GUEST_DUMP not in [each["file"] for each in described]:
            name = outputs.GUEST_DUMP
        name += "" if file.is_complete else PARTIAL
        (directory / name).write_bytes(file.contents)
        described.append({"file": name, "bytes": len(file.contents), "is_complete": file.is_complete, "missing_lines": sent_file.ranges(file.missing)})
    return described


def code_of(run: Run) -> int:
    """Returns the exit code of the run."""
    for text, code in _ENDED_BY_HV.items():
        if text in run.console.signs:
            return code
    return exit_code(run)


def describe(chosen: argparse.Namespace, arguments: list[str], image: images.Image, run: Run, line: dict[str, Any], succeeded: bool) -> dict[str, Any]:
    """Returns the contents of result.json."""
    phases = [vars(phase) for phase in timeline.phases(run, False)]
    harts = len(run.counters) if run.counters else run.console.harts or int(image.config["platform"]["max_harts"])
    described = result.describe(
        "board", arguments, image, run.versions, mode="hv", harts=harts, icount=False, status="ok" if succeeded else "failed",
        phases=phases, exits=result.exits(run.counters), figures=figures(run, phases, False), line=line,
    )
    return described | {"machine": "board"}


def unmet(image: images.Image, found: ConsoleDump, sent: list[dict[str, Any]]) -> str | None:
    """Returns a sentence about what a run that ended lacks, or None."""
    if image.has_trace and not found.frames and not sent:
        why = f": {found.problems[0]}" if found.problems else ""
        return f"the trace did not arrive on the console{why}. Does the configuration have `dump = \"shutdown\"` in [trace]?"
    return None


def warn(found: ConsoleDump, sent: list[dict[str, Any]], run: Run) -> None:
    """Prints what the line has lost."""
    for file in sent:
        if not file["is_complete"]:
            lines = file["missing_lines"]
            how = f"in the guest, type hsctl send --lines={lines} FILE" if lines else "its last line is missing, so its size is not known"
            print(f"warning: {file['file']} is not complete: {how}", file=sys.stderr)
    for problem in found.problems if found.frames else ():
        print(f"warning: {problem}", file=sys.stderr)
    if found.frames and run.counters is None:
        print("warning: the counters at the end of the trace are damaged, so the result has no exits", file=sys.stderr)


def quality(line: SerialLine, found: ConsoleDump, sent: list[dict[str, Any]]) -> dict[str, Any]:
    """Returns the member `line` of the result."""
    return {
        "bytes": line.end.bytes,
        "frames": found.frames,
        "repaired": found.repaired,
        "missing_slots": found.missing,
        "is_complete": found.is_complete,
        "problems": list(found.problems),
        "files": sent,
    }


def tell(described: dict[str, Any], made: Files, as_json: bool) -> None:
    """Prints the result."""
    if made.problem:
        print(made.problem, file=sys.stderr)
    if as_json:
        print(json.dumps(described, indent=2))
    else:
        show(described, made)
    sys.stdout.flush()  # stderr must come after the tables, even if both go to the same file


def watch_into(directory: Path, image: images.Image, chosen: argparse.Namespace, arguments: list[str]) -> int:
    """Watches the board, and leaves all files in @p directory. Returns the exit code."""
    log = directory / outputs.CONSOLE
    unknown = firmware.raw("the board's firmware", image.memory.firmware, b"")
    line = SerialLine(Guest(image, unknown), Line(chosen.console, chosen.baud, chosen.power, chosen.silence))
    run = watch(line, Progress(sys.stderr if chosen.json else sys.stdout, most_frames(image)), log, chosen.timeout)
    run.faults_are_ignored = chosen.ignore_kernel_log
    run.versions = versions(log.read_bytes())
    sent = collect_sent(directory)
    found = collect(directory, image, run)
    code = code_of(run)
    problem = unmet(image, found, sent) if code == EXIT_SUCCESS else None
    succeeded = code == EXIT_SUCCESS and problem is None
    described = describe(chosen, arguments, image, run, quality(line, found, sent), succeeded)
    tell(described, leave_with(directory, described, lambda: list(chosen.symbols)), chosen.json)
    warn(found, sent, run)
    if succeeded:
        return EXIT_SUCCESS
    print(f"\nFAILED: {problem or f'exit code {code}'}\n{report(run)}", file=sys.stderr)
    return code or EXIT_GUEST_FAILED


def board(arguments: list[str]) -> int:
    """Watches a board. Returns the exit code."""
    chosen = parse(arguments)
    image = images.image(chosen.config)
    with outputs.opened(chosen.out or None, DEFAULT_OUT, "board") as output:
        output.replace([*LEFT, *(path.name for path in output.path.glob(f"{SENT}*"))])
        if not chosen.power:
            print(f"listening on {chosen.console}: switch the board on, or reset it", file=sys.stderr, flush=True)
        return watch_into(output.path, image, chosen, arguments)


if __name__ == "__main__":
    sys.exit(entry.run(board))
