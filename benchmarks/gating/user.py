"""Measures the user's firmware for the gate. Runs the firmware under hv from reset to the end of the run, and counts
the exits and hv's instructions."""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

from benchmarks import run_qemu
from benchmarks.cost import courses, figures
from benchmarks.cost.bench import Bench
from benchmarks.gating.baseline import Measured
from benchmarks.gating.measure import exits_of, take
from benchmarks.results.result import short_hash
from cli.failure import Failure
from cli.workspace import existing_file
from machines import images, instruction_count, qemu
from machines.instruction_count import Count

END = "end"
PREFIX = "firmware_"


def _suffix(harts: int) -> str:
    return "" if harts == 1 else f"_{harts}"


def is_of(name: str, harts: int) -> bool:
    """Returns whether a run with @p harts harts measures the figure @p name. Such a run measures the size of hv, and
    the figures of the firmware that have the suffix for this number of harts."""
    return not name.startswith(PREFIX) or name in {f"{PREFIX}{what}{_suffix(harts)}" for what in ("hv_instructions", "exits", "entry")}


def _hash(text: str | None, option: str) -> str:
    """Returns the version of a file, or `none` if the user did not give the option."""
    return short_hash(existing_file(text, option)) if text else "none"


def versions(parsed: argparse.Namespace, image: images.Image) -> dict[str, str]:
    """Returns the versions of the programs on which the figures depend. The firmware is left out, because the gate must
    still compare the figures when the firmware changes."""
    files = {"payload": _hash(parsed.payload, "--payload"), "initrd": _hash(parsed.initrd, "--initrd")}
    return {"qemu": qemu.version(), **files, **image.versions}


def measure(parsed: argparse.Namespace, image: images.Image) -> Measured:
    """Runs the firmware under icount until the run ends. Returns hv's instructions and exits. If the user gives a command line for a
    kernel, and several harts, this is the run with the fewest exits of several (courses.py). Raises Failure if a run does not
    end with success."""
    guest = run_qemu.make_guest(parsed, image)
    bench = Bench(image, parsed.timeout, parsed.qemu)

    def count(append: str | None) -> tuple[Count | None, Count]:
        with tempfile.TemporaryDirectory(prefix="hartscope-") as scratch:
            out = Path(scratch, "counts")
            bench.counted(replace(guest, append=append), parsed.harts, out, guest.firmware.entry)
            entered, ended = instruction_count.read_at(out, f"entry{parsed.harts}"), instruction_count.read_at(out, END)
        if ended is None:
            raise Failure("QEMU ended without writing the count of instructions")
        return entered, ended

    def at_end(counts: tuple[Count | None, Count]) -> Count:
        return counts[1]

    entered, ended = courses.fewest_exits(guest.append, parsed.harts, count, at_end)
    measured = Measured(versions(parsed, image))
    config, harts = image.name, _suffix(parsed.harts)
    exits = exits_of(ended.by_cause)
    total = sum(each for each, _ in exits.values())
    take(measured, figures.figure(config, f"{PREFIX}hv_instructions{harts}", "instructions", ended.hv), exits)
    take(measured, figures.figure(config, f"{PREFIX}exits{harts}", "exits", total), None)
    if entered:
        take(measured, figures.figure(config, f"{PREFIX}entry{harts}", "instructions", entered.hv), None)
    take(measured, figures.size(bench)[0], None)
    return measured
