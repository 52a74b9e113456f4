"""Runs any firmware under hv (or bare) in QEMU: the console is on stdout, the exit code is the guest's."""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.results import outputs, result, timeline
from benchmarks.results.files import LEFT, leave, symbols_of
from cli import entry, progress, terminal
from cli.failure import EXIT_SUCCESS, Failure
from cli.workspace import existing_file
from machines import firmware, images, kernel_symbols, options, qemu, qemu_memory, recording, session
from machines.bios import RAM_START
from machines.diagnosis import exit_code, fault, likely_reason
from machines.machine import Guest, Settings
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
  141 nobody reads stdout any more; any other code is what the guest wrote to the test finisher"""


def address(text: str) -> int:
    """Parses an address."""
    try:
        value = int(text, 0)
    except ValueError:
        value = -1
    if value < RAM_START:
        raise argparse.ArgumentTypeError(f"{text!r} is no address in RAM (from {RAM_START:#x})")
    return value


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parses the command line."""
    parser = options.Parser("run_qemu", __doc__ or "", EXAMPLES)
    add = parser.add_argument
    add("--firmware", required=True, metavar="FILE", help="the firmware: ELF, linked at its address, or raw")
    add("--firmware-addr", type=address, metavar="ADDRESS", help="its address (default: the config's, 0x80200000)")
    add("--payload", metavar="FILE", help="what the firmware starts: ELF or raw")
    add("--payload-addr", type=address, metavar="ADDRESS", help="its address (default: the config's, 0x80400000)")
    add("--initrd", metavar="FILE", help="initial RAM disk for a Linux payload")
    add("--append", metavar="TEXT", help="kernel command line")
    options.add_common(parser, harts=1, timeout=60)
    return options.parse(parser, arguments)


def addresses(options_: argparse.Namespace, image: images.Image | None) -> images.MemoryMap:
    """Returns the memory map; fails if the user wants another than the one hv was built with."""
    memory = image.memory if image else images.MemoryMap()
    for given, built, name in (
        (options_.firmware_addr, memory.firmware, "firmware"),
        (options_.payload_addr, memory.payload, "payload"),
    ):
        if image and given not in (None, built):
            raise Failure(
                f"--{name}-addr={given:#x}: config {image.name} has {built:#x}; "
                f"give --config=FILE.toml with [memory] {name} = {given:#x}"
            )
    return images.MemoryMap(
        memory.hv, memory.hv_size, options_.firmware_addr or memory.firmware, options_.payload_addr or memory.payload
    )


def make_guest(options_: argparse.Namespace, image: images.Image | None) -> Guest:
    """Reads the user's files and checks that they belong where they shall lie."""
    memory = addresses(options_, image)
    end_of_ram = RAM_START + qemu_memory.ram_size(options_.qemu)
    before = "hv's memory" if image else "the place of the jump to the firmware"
    fits = firmware.Region(memory.firmware, memory.payload, before=before)
    program = firmware.load(existing_file(options_.firmware, "--firmware"), fits)
    payload = None
    if options_.payload:
        region = firmware.Region(memory.payload, end_of_ram, memory.firmware, "the firmware's memory", "RAM ends")
        payload = firmware.load(existing_file(options_.payload, "--payload"), region)
    initrd = existing_file(options_.initrd, "--initrd") if options_.initrd else None
    if (initrd or options_.append is not None) and payload is None:
        raise Failure("--initrd and --append are for a --payload, and there is none")
    return Guest(image, program, payload, memory.payload, initrd, options_.append)


def describe(options_: argparse.Namespace, arguments: list[str], guest: Guest, run: Run) -> dict[str, Any]:
    """Returns the result."""
    versions = dict(run.versions)
    if guest.image and guest.image.elf.compiler:
        versions["compiler"] = guest.image.elf.compiler
    return {
        "schema": result.SCHEMA_VERSION,
        "benchmark": "run_qemu",
        "command": shlex.join(["bazel", "run", "//benchmarks:run_qemu", "--", *arguments]),
        "build_id": guest.image.elf.build_id if guest.image else None,
        "config": guest.image.name if guest.image else None,
        "mode": options.choice(options_).mode,
        "harts": options_.harts,
        "icount": options_.icount,
        "versions": versions,
        "status": "ok" if exit_code(run) == EXIT_SUCCESS else "failed",
        "phases": [vars(phase) for phase in timeline.phases(run, options_.icount)],
        "exits": result.exits(run.counters),
        "figures": [result.figure("run_seconds", "seconds", run.seconds)],
    }


def settings_of(options_: argparse.Namespace, directory: Path) -> Settings:
    """Returns how the machine runs, and where its trace goes."""
    return Settings(
        dump=directory / recording.DUMP,
        kernel_symbols=directory / kernel_symbols.LIST,
        harts=options_.harts,
        icount=options_.icount,
        timeout=options_.timeout,
        gdb=options_.gdb,
        stdin=None if terminal.is_terminal() else subprocess.DEVNULL,
        ignore_kernel_log=options_.ignore_kernel_log,
        numa_nodes=options_.numa_nodes,
        extra=options_.qemu,
    )


def show(directory: Path, described: dict[str, Any], guest: Guest) -> None:
    """Makes the files of the run and names them. Not on stdout, which is the guest's."""
    made = leave(directory, described, symbols_of(guest, directory))
    print(f"files: {directory}: {', '.join(path.name for path in made.paths)}", file=sys.stderr)
    if made.how_to_view:
        print(made.how_to_view, file=sys.stderr)


def run_into(directory: Path, guest: Guest, options_: argparse.Namespace, arguments: list[str]) -> int:
    """Runs the guest, and leaves the files in a directory; returns the exit code."""
    observer: Observer = progress.ConsoleCopy()
    if options_.json:
        observer = progress.PhaseLines(sys.stderr)
    with closing(outputs.ConsoleLog(directory / outputs.CONSOLE)) as log, terminal.kept():
        run = session.run(guest, settings_of(options_, directory), observer, log)
    described = describe(options_, arguments, guest, run)
    code = exit_code(run)
    try:
        show(directory, described, guest)
    except Failure as failure:
        if code == EXIT_SUCCESS:
            raise
        print(failure, file=sys.stderr)  # a failed run's trace may be of no use; what ended the run is told below
    if options_.json:
        print(json.dumps(described, indent=2))
    if code != EXIT_SUCCESS:
        found = fault(run)
        also = f"{found}; " if found else ""
        print(f"run_qemu: exit code {code}; {also}likely reason: {likely_reason(run)}", file=sys.stderr)
    return code


def run_firmware(arguments: list[str]) -> int:
    """Runs the firmware; returns the exit code."""
    options_ = parse(arguments)
    chosen = options.choice(options_)
    qemu.check_version(qemu.version())
    guest = make_guest(options_, images.image(chosen.config) if chosen.config else None)
    with outputs.opened(options_.out or None, DEFAULT_OUT, "run_qemu") as output:
        output.replace(LEFT)
        return run_into(output.path, guest, options_, arguments)


if __name__ == "__main__":
    sys.exit(entry.run(run_firmware))
