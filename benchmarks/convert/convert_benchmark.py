"""Measures `hstrace convert`, which converts a synthetic dump from file to file. Measures slots per second, bytes per
slot, and memory.

    bazel run //benchmarks:convert_benchmark -- --out=DIR [--size=256M]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.results import outputs, result
from cli import entry
from cli.workspace import workspace_file
from benchmarks.convert import python_scale

HSTRACE = "trace/hstrace/hstrace"
SYNTHETIC = "trace/testing/synthetic"
SLOT_BYTES = 16
HARTS = 8
RSS_LIMIT = 64 << 20
BYTES_LIMIT = 24.0
DISK_FACTOR = 3  # needed disk space divided by the dump's size; the trace is about 1.5 times as large as the dump
SCALE_SLOTS = 60_000
UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


@dataclass
class Measured:
    """One conversion."""

    slots: int
    bytes: int
    seconds: float
    cpu_seconds: float
    rss: int

    @property
    def bytes_per_slot(self) -> float:
        return self.bytes / self.slots

    @property
    def slots_per_second(self) -> float:
        """The number of slots that are converted in one second of CPU time. CPU time is used because it does not depend
        on other programs on the machine."""
        return self.slots / self.cpu_seconds


def size(text: str) -> int:
    """Converts a size such as `256M` or `10G` to a number of bytes."""
    unit = UNITS.get(text[-1:].upper(), 1)
    return int(float(text.rstrip("KMGkmg")) * unit)


def high_water(process: int) -> int:
    """Returns the peak memory of a running process in bytes. Returns 0 if the process has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)


def convert(dump: Path, trace: Path) -> Measured:
    """Converts once. Raises CalledProcessError if hstrace fails."""
    statement = trace.with_suffix(".json")
    command = [str(workspace_file(HSTRACE)), "convert", str(dump), "-o", str(trace), "--json"]
    rss, begin, before = 0, time.monotonic(), os.times()
    with statement.open("wb") as output, subprocess.Popen(command, stdout=output) as process:
        while process.poll() is None:
            rss = max(rss, high_water(process.pid))
            time.sleep(0.01)
    seconds, after = time.monotonic() - begin, os.times()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    stated = json.loads(statement.read_text())
    return Measured(stated["slots"], trace.stat().st_size, seconds, max(cpu, 0.01), rss)


def make_dump(dump: Path, slots: int) -> None:
    """Makes a dump with about @p slots slots."""
    command = [str(workspace_file(SYNTHETIC)), f"--harts={HARTS}", f"--slots={slots}", str(dump)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def check_disk(directory: Path, dump_bytes: int) -> None:
    """Prints how much disk space is needed. Ends the program if there is not enough."""
    needed, free = DISK_FACTOR * dump_bytes, shutil.disk_usage(directory).free
    print(f"needs {needed / 1e9:.1f} GB of disk in {directory}; {free / 1e9:.1f} GB are free", flush=True)
    if needed > free:
        sys.exit("convert_benchmark: not enough disk space; choose a smaller --size")


def scale(directory: Path) -> float:
    """Returns the slots per second of a simple converter in Python, which makes the same slices with Perfetto's
    compiled protos."""
    dump, table = directory / "scale.hst", directory / "scale.csv"
    make_dump(dump, SCALE_SLOTS)
    subprocess.run([str(workspace_file(HSTRACE)), "convert", str(dump), "-f", "csv", "-o", str(table)], check=True)
    return python_scale.slots_per_second(table, directory / "scale.pftrace")


def figures(best: Measured, python: float) -> list[dict[str, Any]]:
    """Returns the figures for result.json."""
    return [
        result.figure("convert_slots_per_second", "slots/s", best.slots_per_second, "higher"),
        result.figure("convert_bytes_per_slot", "bytes", best.bytes_per_slot, "lower", True),
        result.figure("convert_rss", "bytes", best.rss),
        result.figure("convert_slots_per_second_python", "slots/s", python, "higher"),
    ]


def write_result(directory: Path, found: list[dict[str, Any]]) -> None:
    """Writes result.json. The result contains the mode `bare` and the QEMU version `not used`, because no guest
    runs."""
    command = "bazel run //benchmarks:convert_benchmark -- " + " ".join(sys.argv[1:])
    common = {"schema": 1, "benchmark": "convert", "command": command, "build_id": None, "config": None}
    rest = {"mode": "bare", "harts": HARTS, "icount": False, "versions": {"qemu": "not used"}, "status": "ok"}
    result.write(directory, {**common, **rest, "phases": [], "exits": None, "figures": found})


def show(best: Measured, python: float, repeat: int) -> None:
    """Prints the table."""
    print(f"slots          {best.slots:>14,}  ({best.slots * SLOT_BYTES / 1e6:,.0f} MB), best of {repeat}")
    print(f"slots/s        {best.slots_per_second:>14,.0f}  on one core; the goal is 10,000,000")
    print(f"  by the clock {best.slots / best.seconds:>14,.0f}  in {best.seconds:.2f} s")
    print(f"bytes per slot {best.bytes_per_slot:>14.2f}  at most {BYTES_LIMIT:.0f}")
    print(f"memory         {best.rss / 1e6:>11.1f} MB  at most {RSS_LIMIT / 1e6:.0f} MB")
    print(f"in Python      {python:>14,.0f}  slots/s, converting the same exits with the compiled protos of the package perfetto")


def measure(directory: Path, dump_bytes: int, repeat: int) -> list[str]:
    """Makes the dump, and measures conversions of it. Returns a line for each figure that exceeds its limit."""
    directory.mkdir(parents=True, exist_ok=True)
    check_disk(directory, dump_bytes)
    dump, trace = directory / "convert.hst", directory / "convert.pftrace"
    make_dump(dump, dump_bytes // SLOT_BYTES)
    runs = [convert(dump, trace) for _ in range(repeat)]
    best = min(runs, key=lambda run: run.cpu_seconds)
    best.rss = max(run.rss for run in runs)
    python = scale(directory)
    write_result(directory, figures(best, python))
    show(best, python, repeat)
    over = [f"memory {best.rss} bytes"] if best.rss > RSS_LIMIT else []
    return over + ([f"{best.bytes_per_slot:.2f} bytes per slot"] if best.bytes_per_slot > BYTES_LIMIT else [])


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="convert_benchmark", description="Measures hstrace convert, from file to file.")
    parser.add_argument("--out", metavar="DIR", default="out/convert_benchmark", help="where dump, trace and result.json go")
    parser.add_argument("--size", type=size, default=256 << 20, help="size of the dump: 256M (default), 10G, ...")
    parser.add_argument("--repeat", type=int, default=3, help="how many conversions to run (default 3); the fastest counts")
    words = parser.parse_args(arguments)
    with outputs.opened(words.out, words.out, "convert_benchmark") as output:
        output.replace([outputs.RESULT])
        over = measure(output.path, words.size, words.repeat)
    print("\n".join(f"over its limit: {line}" for line in over) or "within all limits (speed has no limit)")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(entry.run(main))
