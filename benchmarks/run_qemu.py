"""Runs any firmware in QEMU, under hv or on the bare machine. The console of the firmware is copied to stdout. The exit
code of this program is the exit code of the firmware."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.results import outputs, result
from benchmarks.results.files import LEFT, Files, leave
from cli import entry, progress, terminal
from cli.failure import EXIT_SUCCESS, Failure
from cli.workspace import existing_file
from machines import firmware, images, options, qemu, session
from machines.diagnosis import exit_code, fault, likely_reason
from machines.machine import Guest
from machines.place import describe as describe_layout
from machines.place import placed
from machines.qemu_memory import RAM_START
from machines.run import Observer, Run

DEFAULT_OUT = "out/run_qemu"

EXAMPLES = """\
  bazel run //benchmarks:run_qemu -- --firmware=my_firmware.elf
  bazel run //benchmarks:run_qemu -- --firmware=fw_dynamic.bin --payload=Image --append="console=ttyS0" --harts=4
  bazel run //benchmarks:run_qemu -- --firmware=my_firmware.bin --bare --icount
  bazel run //benchmarks:run_qemu -- --firmware=my_firmware.elf --gdb
  bazel run //benchmarks:run_qemu -- --firmware=my_firmware.elf -- -cpu rv64,h=off
exit codes:
  0 success, 1 the guest failed, 2 usage or build, 3 hv boot error or panic, 4 module_fatal, 124 time-out,
  141 the reader of stdout has closed it; any other code is what the guest wrote to the test finisher"""


def address(text: str) -> int:
    """Parses an address."""
    try:
        value = int(text, 0)
    except ValueError:
        value = -1
    if value < RAM_START:
        raise argparse.ArgumentTypeError(f"{text!r} is not an address in RAM, which starts at {RAM_START:#x}")
    return value


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parses the command line."""
    parser = options.Parser("run_qemu", __doc__ or "", EXAMPLES)
    add = parser.add_argument
    add("--firmware", required=True, metavar="FILE", help="the firmware: an ELF file, which is loaded where it is linked, or a raw one")
    add("--firmware-addr", type=address, metavar="ADDRESS", help="where to load a raw firmware (default: the config's, 0x80200000)")
    add("--payload", metavar="FILE", help="the program that the firmware starts: ELF or raw")
    add("--payload-addr", type=address, metavar="ADDRESS", help="where to load a raw payload (default: the config's, 0x80400000)")
    add("--hv-addr", type=address, metavar="ADDRESS", help="where to load hv (default: the start of RAM, or its end if the start is in use)")
    add("--initrd", metavar="FILE", help="initial RAM disk for a Linux payload")
    add("--append", metavar="TEXT", help="the kernel's command line")
    options.add_common(parser, harts=1, timeout=60)
    return options.parse(parser, arguments)


def program(option: str, file: str, given: int | None, usual: int) -> firmware.Program:
    """Reads the user's file. An ELF file is loaded at the address at which it is linked. A raw file is loaded at the
    address @p given, or at the address @p usual if @p given is None."""
    path = existing_file(file, f"--{option}")
    read = firmware.load(path, usual if given is None else given)
    if given not in (None, read.address):
        where = f"{path.name} is an ELF file, and must be loaded at {read.address:#x}, where it is linked"
        raise Failure(f"--{option}-addr={given:#x}: {where}")
    return read


def make_guest(options_: argparse.Namespace, image: images.Image | None) -> Guest:
    """Reads the user's files, and finds an address for hv that these files do not use."""
    usual = image.memory if image else images.MemoryMap()
    read = program("firmware", options_.firmware, options_.firmware_addr, usual.firmware)
    payload = None
    if options_.payload:
        payload = program("payload", options_.payload, options_.payload_addr, usual.payload)
    initrd = existing_file(options_.initrd, "--initrd") if options_.initrd else None
    if (initrd or options_.append is not None) and payload is None:
        raise Failure("--initrd and --append need a --payload")
    if image and options_.hv_addr is not None:
        image = image.at(options_.hv_addr)
    guest = placed(Guest(image, read, payload, initrd, append=options_.append), options_.qemu)
    if read.symbols or (guest.image and guest.image.offset):
        print(f"layout: {describe_layout(guest)}", file=sys.stderr, flush=True)
    return guest


def describe(options_: argparse.Namespace, arguments: list[str], guest: Guest, run: Run) -> dict[str, Any]:
    """Returns the contents of result.json."""
    of_run = result.of_run(run, options_, exit_code(run) == EXIT_SUCCESS)
    found = [result.figure("run_seconds", "seconds", run.seconds)]
    return result.describe("run_qemu", arguments, guest.image, run.versions, **of_run, figures=found)


def show(directory: Path, made: Files) -> None:
    """Prints the names of the files to stderr, because stdout is the guest's console."""
    if made.problem:
        print(made.problem, file=sys.stderr)
    print(f"files: {directory}: {', '.join(path.name for path in made.paths)}", file=sys.stderr)
    if made.how_to_view:
        print(made.how_to_view, file=sys.stderr)


def run_into(directory: Path, guest: Guest, options_: argparse.Namespace, arguments: list[str]) -> int:
    """Runs the guest, and leaves the files in @p directory. Returns the exit code."""
    observer: Observer = progress.ConsoleCopy()
    if options_.json:
        observer = progress.PhaseLines(sys.stderr)
    with closing(outputs.ConsoleLog(directory / outputs.CONSOLE)) as log, terminal.kept():
        stdin = None if terminal.is_terminal() else subprocess.DEVNULL
        run = session.run(guest, options.settings(options_, directory, stdin), observer, log)
    described = describe(options_, arguments, guest, run)
    code = exit_code(run)
    show(directory, leave(directory, described, guest))
    if options_.json:
        print(json.dumps(described, indent=2))
    if code != EXIT_SUCCESS:
        found = fault(run)
        also = f"{found}; " if found else ""
        print(f"run_qemu: exit code {code}; {also}likely reason: {likely_reason(run)}", file=sys.stderr)
    return code


def run_firmware(arguments: list[str]) -> int:
    """Runs the firmware. Returns the exit code."""
    options_ = parse(arguments)
    chosen = options.choice(options_)
    qemu.check_version(qemu.version())
    image = images.image(chosen.config) if chosen.config else None
    options.check_recorder(options_, image)
    guest = make_guest(options_, image)
    with outputs.opened(options_.out or None, DEFAULT_OUT, "run_qemu") as output:
        output.replace(LEFT)
        return run_into(output.path, guest, options_, arguments)


if __name__ == "__main__":
    sys.exit(entry.run(run_firmware))
