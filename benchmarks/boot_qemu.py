"""Boots Linux under QEMU, with or without hv, runs a workload in it, and reports where the time went."""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from analysis import exits_figure, functions_figure, trace_drawing, trace_figures, trace_rows
from benchmarks.results import outputs, result, summary, timeline
from cli import entry, progress
from cli.failure import EXIT_GUEST_FAILED, EXIT_SUCCESS, Failure
from machines import images, kernel_symbols, options, packages, qemu, recording, session
from machines.diagnosis import exit_code, report
from machines.elf import Elf
from machines.machine import Guest, Settings
from machines.outside import TrapLog
from machines.run import Run

DEFAULT_OUT = "out/boot_qemu"
CONFIG = "qemu_virt_trace"
KERNEL_COMMAND_LINE = "console=ttyS0 panic=-1"

# The words that have hsctl in the guest record.
RECORD_WORDS = "hartscope_record=all"

# What a run may leave, and must not be taken for the next one's.
LEFT = [
    outputs.RESULT,
    outputs.GUEST_DUMP,
    kernel_symbols.LIST,
    recording.DUMP,
    recording.PERFETTO,
    trace_figures.NUMBERS,
    *(f"{exits_figure.NAME}.{kind}" for kind in exits_figure.FORMATS),
    *(f"{name}.{kind}" for name in (*trace_drawing.NAMES, functions_figure.NAME) for kind in trace_figures.FORMATS),
]

# A word for the kernel's command line: no workload.
STOP_WORD = "hartscope_stop=init"

# Of 64 MiB of zeros, which the guest computes last.
WORKLOAD_SHA256 = "3b6a07d0d404fab4e23b6d34bc6696a6a312dd92821332385e5af7c01c421351"

EXAMPLES = """\
  bazel run //benchmarks:boot_qemu
  bazel run //benchmarks:boot_qemu -- --harts=4 --out=/tmp/boot
  bazel run //benchmarks:boot_qemu -- --bare --harts=4
  bazel run //benchmarks:boot_qemu -- --config=qemu_virt_debug --icount
  bazel run //benchmarks:boot_qemu -- --record
  bazel run //benchmarks:boot_qemu -- --harts=2 -- -cpu rv64,sstc=off"""


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parses the command line."""
    parser = options.Parser("boot_qemu", __doc__ or "", EXAMPLES)
    options.add_common(parser, harts=2, timeout=300, config=CONFIG)
    parser.add_argument("--append", default="", metavar="TEXT", help="more words for the kernel's command line")
    parser.add_argument("--record", action="store_true", help=f"have hsctl record in the guest, into DIR/{outputs.GUEST_DUMP}")
    return options.parse(parser, arguments)


def port_to(path: Path) -> list[str]:
    """Returns QEMU's arguments for a virtio-serial port by which the guest writes a file of the host."""
    device = ["-device", "virtio-serial-pci", "-device", "virtserialport,chardev=hartscope,name=hartscope.0"]
    return ["-chardev", f"file,id=hartscope,path={str(path).replace(',', ',,')}", *device]


def unmet(run: Run, harts: int, append: str) -> str | None:
    """Returns what the guest did not do although it ended well; None if it did all."""
    console = run.console
    works = STOP_WORD not in append.split()
    last = "shutdown" if works else "init"
    if last not in console.phases:
        return f"the guest ended in phase {run.stamps[-1].name if run.stamps else 'none'}, before {last}"
    if console.harts != harts:
        return f"{console.harts} of {harts} harts came online"
    if works and console.sha256 != WORKLOAD_SHA256:
        return "the guest computed a wrong SHA-256"
    return None


def figures(run: Run, phases: list[timeline.Phase], icount: bool) -> list[dict[str, Any]]:
    """Returns the boot's figures."""
    names = [phase.name for phase in phases]
    found = [result.figure("run_seconds", "seconds", run.seconds)]
    if "init" in names:
        boot = sum(phase.seconds for phase in phases[: names.index("init")])
        found.append(result.figure("boot_seconds", "seconds", boot))
    if run.counters is not None:
        total = sum(sum(hart.exits) for hart in run.counters)
        found.append(result.figure("exits", "exits", total))
        share = result.share_of_hv(run.counters)
        if share is not None:
            found.append(result.figure("hv_share", "ratio", share))
    found += [
        result.figure(figure.name, figure.unit, figure.value, deterministic=icount) for figure in run.console.figures
    ]
    return found


def describe(
    options_: argparse.Namespace, arguments: list[str], guest: Guest, run: Run, succeeded: bool
) -> dict[str, Any]:
    """Returns the result."""
    chosen = options.choice(options_)
    phases = timeline.phases(run, options_.icount)
    versions = {**run.versions, **packages.linux_versions()}
    if guest.image and guest.image.elf.compiler:
        versions["compiler"] = guest.image.elf.compiler
    return {
        "schema": result.SCHEMA_VERSION,
        "benchmark": "boot_qemu",
        "command": shlex.join(["bazel", "run", "//benchmarks:boot_qemu", "--", *arguments]),
        "build_id": guest.image.elf.build_id if guest.image else None,
        "config": guest.image.name if guest.image else None,
        "mode": chosen.mode,
        "harts": options_.harts,
        "icount": options_.icount,
        "versions": versions,
        "status": "ok" if succeeded else "failed",
        "phases": [vars(phase) for phase in phases],
        "exits": result.exits(run.counters),
        "figures": figures(run, phases, options_.icount),
    }


def linux_guest(image: images.Image | None, append: str) -> Guest:
    """Returns Debian's OpenSBI and Linux with the initramfs of payloads/linux."""
    memory = image.memory if image else images.MemoryMap()
    return Guest(
        image=image,
        firmware=packages.opensbi(memory.firmware),
        payload=packages.linux_kernel(),
        payload_address=memory.payload,
        initrd=packages.initramfs(),
        append=f"{KERNEL_COMMAND_LINE} {append}".strip(),
    )


def symbols_of(guest: Guest, directory: Path) -> list[str]:
    """Returns what names functions, as hstrace takes it: hv and the firmware, if they have symbols, and the kernel's list."""
    found = [str(guest.image.elf_path)] if guest.image else []
    path = guest.firmware.symbols
    if path and Elf(path.read_bytes(), path.name).symbols:
        found.append(f"{path}@{guest.firmware.symbols_offset:#x}")
    return [*found, *(str(path) for path in [directory / kernel_symbols.LIST] if path.exists())]


def draw_trace(dump: Path, described: dict[str, Any]) -> list[Path]:
    """Draws the trace beside it, and notes in it which phases it has; returns the figures. What is left of a run that failed need not
    fit its result."""
    choice = trace_figures.Choice(same_run=False)
    try:
        picture = trace_figures.gather(dump, described, choice)
    except trace_rows.TraceError as error:
        raise Failure(f"the trace cannot be drawn: {error}") from error
    recording.note_phases(dump, picture.phases)
    return trace_figures.draw(picture, dump.parent, choice)


def draw_functions(dump: Path, described: dict[str, Any], symbols: list[str]) -> list[Path]:
    """Draws which functions exits interrupt; returns the figure's files, none without the kernel's functions."""
    if str(dump.parent / kernel_symbols.LIST) not in symbols:
        return []
    try:
        return trace_figures.draw_functions(dump, symbols, described, dump.parent, trace_figures.Choice())
    except trace_rows.TraceError as error:
        raise Failure(f"the trace cannot be drawn: {error}") from error


def show(described: dict[str, Any], directory: Path, as_json: bool, symbols: list[str]) -> None:
    """Prints the tables and names the files; `symbols` are files for the names in the trace."""
    drawn = exits_figure.draw(described, directory)
    dump = directory / recording.DUMP
    drawn += draw_trace(dump, described) if dump.exists() else []
    traces = [dump, recording.convert(dump, symbols)] if dump.exists() else []
    drawn += draw_functions(dump, described, symbols) if traces else []
    if as_json:
        print(json.dumps(described, indent=2))
        return
    if described["phases"]:
        print(f"\n{summary.tables(described)}\n")
    recorded = [path for name in (outputs.GUEST_DUMP, kernel_symbols.LIST) if (path := directory / name).exists()]
    for path in [directory / outputs.RESULT, directory / outputs.CONSOLE, *recorded, *traces, *drawn]:
        print(path)
    if traces:
        print(f"\nthe timeline: bazel run //trace:view -- {traces[-1]}")


def settings_of(options_: argparse.Namespace, directory: Path) -> Settings:
    """Returns how the machine runs."""
    port = port_to(directory / outputs.GUEST_DUMP) if options_.record else []
    return Settings(
        dump=directory / recording.DUMP,
        kernel_symbols=directory / kernel_symbols.LIST,
        harts=options_.harts,
        icount=options_.icount,
        timeout=options_.timeout,
        gdb=options_.gdb,
        stdin=subprocess.DEVNULL,
        ignore_kernel_log=options_.ignore_kernel_log,
        numa_nodes=options_.numa_nodes,
        extra=[*port, *options_.qemu],
    )


def boot_into(
    directory: Path, guest: Guest, options_: argparse.Namespace, arguments: list[str], traps: TrapLog | None = None
) -> int:
    """Boots, and leaves all files in a directory; returns the exit code. traps: what is recorded from outside besides."""
    observer = progress.PhaseLines(sys.stderr if options_.json else sys.stdout)
    with closing(outputs.ConsoleLog(directory / outputs.CONSOLE)) as log:
        run = session.run(guest, replace(settings_of(options_, directory), log=traps), observer, log)
    code = exit_code(run)
    problem = unmet(run, options_.harts, options_.append) if code == EXIT_SUCCESS else None
    succeeded = code == EXIT_SUCCESS and problem is None
    described = describe(options_, arguments, guest, run, succeeded)
    result.write(directory, described)
    try:
        show(described, directory, options_.json, symbols_of(guest, directory))
    except Failure as failure:
        if succeeded:
            raise
        print(failure, file=sys.stderr)  # a failed boot's trace may be of no use; what ended the boot is told below
    if succeeded:
        return EXIT_SUCCESS
    sys.stdout.flush()  # so that this comes after the tables, wherever both go
    print(f"\nFAILED: {problem or f'exit code {code}'}\n{report(run)}", file=sys.stderr)
    return code or EXIT_GUEST_FAILED


def make_guest(options_: argparse.Namespace) -> Guest:
    """Returns what is to be booted; builds hv where that is necessary."""
    chosen = options.choice(options_)
    qemu.check_version(qemu.version())
    image = images.image(chosen.config) if chosen.config else None
    if options_.record and not (image and image.has_trace):
        raise Failure("--record needs an hv with the module trace, as --config=qemu_virt_trace has: else there is nothing to record")
    words = f"{options_.append} {RECORD_WORDS}" if options_.record else options_.append
    return linux_guest(image, words)


def boot(arguments: list[str]) -> int:
    """Runs the benchmark; returns the exit code."""
    options_ = parse(arguments)
    guest = make_guest(options_)
    with outputs.opened(options_.out or None, DEFAULT_OUT, "boot_qemu") as output:
        output.replace(LEFT)
        return boot_into(output.path, guest, options_, arguments)


if __name__ == "__main__":
    sys.exit(entry.run(boot))
