"""Runs any firmware under hv (or bare) in QEMU: the console is on stdout, the exit code is the guest's."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from analysis import exits_figure
from benchmarks.results import outputs, result, timeline
from cli import entry, progress
from cli.failure import EXIT_SUCCESS, Failure
from cli.workspace import existing_file
from machines import firmware, images, options, qemu, qemu_memory, session
from machines.bios import RAM_START
from machines.diagnosis import exit_code, fault, likely_reason
from machines.machine import Guest, Settings
from machines.run import Observer, Run

# What a run with --out may leave, and must not be taken for the next one's.
LEFT = [outputs.RESULT, *(f"{exits_figure.NAME}.{kind}" for kind in exits_figure.FORMATS)]

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


def settings_of(options_: argparse.Namespace) -> Settings:
    """Returns how the machine runs."""
    return Settings(
        harts=options_.harts,
        icount=options_.icount,
        timeout=options_.timeout,
        gdb=options_.gdb,
        stdin=None if sys.stdin and sys.stdin.isatty() else subprocess.DEVNULL,
        ignore_kernel_log=options_.ignore_kernel_log,
        numa_nodes=options_.numa_nodes,
        extra=options_.qemu,
    )


def run_into(directory: Path | None, guest: Guest, options_: argparse.Namespace, arguments: list[str]) -> int:
    """Runs the guest, and leaves the files in a directory if there is one; returns the exit code."""
    observer: Observer = progress.ConsoleCopy()
    if options_.json:
        observer = progress.PhaseLines(sys.stderr)
    with closing(outputs.ConsoleLog(directory / outputs.CONSOLE if directory else Path(os.devnull))) as log:
        run = session.run(guest, settings_of(options_), observer, log)
    described = describe(options_, arguments, guest, run)
    if directory:
        result.write(directory, described)
        exits_figure.draw(described, directory)
    if options_.json:
        print(json.dumps(described, indent=2))
    code = exit_code(run)
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
    if not options_.out:
        return run_into(None, guest, options_, arguments)
    with outputs.opened(options_.out, options_.out, "run_qemu") as output:
        output.replace(LEFT)
        return run_into(output.path, guest, options_, arguments)


if __name__ == "__main__":
    sys.exit(entry.run(run_firmware))
