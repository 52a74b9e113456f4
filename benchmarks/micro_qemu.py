"""Measures what one exit costs, in instructions: exact under icount, the same on any machine."""

from __future__ import annotations

import argparse
import io
import json
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.runner import count, entry, firmware, images, options, packages, qemu, result, session
from benchmarks.runner.bios import RAM_START
from benchmarks.runner.budgets import BUDGETS, table
from benchmarks.runner.console import Cost
from benchmarks.runner.diagnosis import exit_code, report
from benchmarks.runner.failure import EXIT_SUCCESS, Failure
from benchmarks.runner.machine import Run
from benchmarks.runner.progress import Silent
from benchmarks.runner.workspace import workspace_file

DEFAULT_OUT = "out/micro_qemu"
COST_CONFIG = "qemu_virt"
SIZE_CONFIG = "qemu_virt_counters"
BOOT_HARTS = 2

# What benchmarks/micro/trace.c reports, and the names of that in results: by the configuration that it ran with.
TRACE_CONFIG = "qemu_virt_trace_only"
TRACE_FIGURES = {"emit": "trace_emit_on", "exit": "trace_exit_record_full"}
TRACE_PC_IMAGE = "benchmarks/micro/trace_pc"
TRACE_PC_FIGURES = {"exit": "trace_exit_record"}
TRACE_OFF_IMAGE = "benchmarks/micro/trace_off"

# What looking whether an event is on executes, on or off: lbu and a branch (micro_test looks at the disassembly).
TRACE_CHECK = 2

EXAMPLES = """\
  bazel run //benchmarks:micro_qemu -- --out=/tmp/micro
  bazel run //benchmarks:micro_qemu -- --bare
  bazel run //benchmarks:micro_qemu -- --config=qemu_virt_counters --no-boot"""


@dataclass(frozen=True)
class Bench:
    """What all measurements of one call share. image: None is bare."""

    image: images.Image | None
    timeout: float
    extra: list[str]

    @property
    def memory(self) -> images.MemoryMap:
        return self.image.memory if self.image else images.MemoryMap()

    def run(self, guest: session.Guest, harts: int, plugin: str | None = None) -> Run:
        """Runs a guest under icount; fails with its last lines unless it ends with success."""
        settings = session.Settings(
            harts, icount=True, timeout=self.timeout, plugin=plugin, stdin=subprocess.DEVNULL, extra=self.extra
        )
        run = session.run(guest, settings, Silent(), io.BytesIO())
        code = exit_code(run)
        if code != EXIT_SUCCESS:
            raise Failure(f"a measuring guest ended with exit code {code}\n{report(run)}", code)
        return run


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parses the command line."""
    parser = options.Parser("micro_qemu", __doc__ or "", EXAMPLES)
    add = parser.add_argument
    add("--config", metavar="NAME|FILE.toml", help=f"measure this configuration (default {COST_CONFIG})")
    add("--bare", action="store_true", help="without hv: what the same operations cost on the machine itself")
    add("--no-boot", action="store_true", help="leave out the Linux boot (boot_hv_instructions)")
    add("--timeout", type=options.seconds, default=300, metavar="S", help="give up on one guest after S seconds")
    add("--out", metavar="DIR", help=f"where result.json goes (default {DEFAULT_OUT})")
    add("--json", action="store_true", help="print result.json instead of the table")
    parsed = options.parse(parser, arguments)
    if parsed.bare and parsed.config:
        raise Failure("--bare has no hv, so --config has no meaning with it")
    return parsed


def guest_program(name: str, start: int, end: int) -> firmware.Program:
    """Returns a guest of benchmarks/micro."""
    return firmware.load(workspace_file(f"benchmarks/micro/{name}.elf"), firmware.Region(start, end))


def measure_costs(bench: Bench) -> list[Cost]:
    """Returns the costs that the guests report: exits of a firmware, a round trip, an SBI call through OpenSBI."""
    memory = bench.memory
    end = RAM_START + qemu.memory_size(bench.extra)
    own = guest_program("firmware", memory.firmware, memory.payload)
    roundtrip = guest_program("roundtrip", memory.payload, end)
    sbi_base = guest_program("sbi_base", memory.payload, end)
    opensbi = packages.opensbi(memory.firmware)
    found: list[Cost] = []
    for machine_mode, payload in ((own, roundtrip), (opensbi, sbi_base)):
        found += bench.run(session.Guest(bench.image, machine_mode, payload, memory.payload), harts=1).console.costs
    return found


def measure_trace(bench: Bench) -> list[Cost]:
    """Returns what records of the trace cost, each in its own configuration.

    The guest reports event on less event off at run time; the check is executed in both, and belongs to the record.
    """
    found: list[Cost] = []
    for image in (images.image(TRACE_CONFIG), images.load(workspace_file(TRACE_PC_IMAGE))):
        own = Bench(image, bench.timeout, bench.extra)
        guest = guest_program("trace", own.memory.firmware, own.memory.payload)
        costs = own.run(session.Guest(image, guest, None, own.memory.payload), harts=1).console.costs
        wanted = dict(TRACE_FIGURES if image.name == TRACE_CONFIG else TRACE_PC_FIGURES)
        for cost in costs:
            if cost.name in wanted:
                total = cost.total + TRACE_CHECK * cost.repetitions
                found.append(replace(cost, name=wanted[cost.name], total=total))
    return found


def trace_exit_off(bench: Bench, without: list[Cost]) -> float:
    """Returns what an exit costs more with module trace in the image and every event off than @p without it."""
    image = images.load(workspace_file(TRACE_OFF_IMAGE))
    own = guest_program("firmware", image.memory.firmware, image.memory.payload)
    roundtrip = guest_program("roundtrip", image.memory.payload, RAM_START + qemu.memory_size(bench.extra))
    guest = session.Guest(image, own, roundtrip, image.memory.payload)
    costs = replace(bench, image=image).run(guest, harts=1).console.costs
    with_trace, plain = ({cost.name: cost.each for cost in each}["csr_write"] for each in (costs, without))
    return with_trace - plain


def count_boot(bench: Bench) -> count.Count:
    """Returns the instructions of a Linux boot up to its first process."""
    memory = bench.memory
    guest = session.Guest(
        image=bench.image,
        firmware=packages.opensbi(memory.firmware),
        payload=packages.linux_kernel(),
        payload_address=memory.payload,
        initrd=packages.initramfs(),
        append="console=ttyS0 panic=-1 hartscope_stop=init",
    )
    with tempfile.TemporaryDirectory(prefix="hartscope-") as scratch:
        out = Path(scratch, "counts")
        bench.run(guest, BOOT_HARTS, count.plugin_option(out, bench.image.elf if bench.image else None))
        return count.read(out, "init")


def trace_boot_overhead(bench: Bench) -> float:
    """Returns how many percent of a Linux boot's instructions hv executes more with every event on than with all off.

    Only hv's are compared: what Linux executes itself (spinning, jitter of its random numbers) differs by percents
    between any two images, even with one hart.
    """
    on, off = images.image(TRACE_CONFIG), images.load(workspace_file(TRACE_OFF_IMAGE))
    with_events, without = (count_boot(replace(bench, image=image)) for image in (on, off))
    return 100 * (with_events.hv - without.hv) / without.total


def measure(bench: Bench, with_boot: bool) -> list[dict[str, Any]]:
    """Returns all figures."""
    costs = measure_costs(bench)
    more = measure_trace(bench) if bench.image and bench.image.name == COST_CONFIG else []
    figures = [result.figure(cost.name, "instructions", cost.each, deterministic=True) for cost in costs + more]
    if more:
        figures += [
            result.figure("trace_emit_off", "instructions", TRACE_CHECK, deterministic=True),
            result.figure("trace_exit_off", "instructions", trace_exit_off(bench, costs), deterministic=True),
        ]
    if with_boot:
        counted = count_boot(bench)
        if bench.image:
            figures.append(result.figure("boot_hv_instructions", "instructions", counted.hv, deterministic=True))
        figures.append(result.figure("boot_instructions", "instructions", counted.total, deterministic=True))
    if with_boot and bench.image and bench.image.name == COST_CONFIG:
        overhead = round(trace_boot_overhead(bench), 4)
        figures.append(result.figure("trace_boot_overhead", "%", overhead, deterministic=True))
    if bench.image:
        size = images.image(SIZE_CONFIG).elf.image_bytes
        figures.append(result.figure("image_bytes", "bytes", size, deterministic=True))
    return figures


def describe(bench: Bench, arguments: list[str], figures: list[dict[str, Any]]) -> dict[str, Any]:
    """Returns the result."""
    elf = bench.image.elf if bench.image else None
    versions = {"qemu": qemu.version(), **packages.linux_versions()}
    if elf and elf.compiler:
        versions["compiler"] = elf.compiler
    return {
        "schema": result.SCHEMA_VERSION,
        "benchmark": "micro_qemu",
        "command": shlex.join(["bazel", "run", "//benchmarks:micro_qemu", "--", *arguments]),
        "build_id": elf.build_id if elf else None,
        "config": bench.image.name if bench.image else None,
        "mode": "hv" if bench.image else "bare",
        "harts": 1,
        "icount": True,
        "versions": versions,
        "status": "ok",
        "phases": [],
        "exits": None,
        "figures": figures,
    }


def earlier_figures(directory: Path) -> dict[str, float]:
    """Returns the figures of the last run into this directory, none if there was none."""
    try:
        earlier = json.loads((directory / "result.json").read_text())
        return {figure["name"]: figure["value"] for figure in earlier["figures"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def benchmark(arguments: list[str]) -> int:
    """Runs the benchmark; returns the exit code."""
    options_ = parse(arguments)
    qemu.check_version(qemu.version())
    directory = options.output_directory(options_.out or DEFAULT_OUT)
    assert directory is not None
    image = None if options_.bare else images.image(options_.config or COST_CONFIG)
    bench = Bench(image, options_.timeout, options_.qemu)
    described = describe(bench, arguments, measure(bench, not options_.no_boot))
    was = earlier_figures(directory)
    path = result.write(directory, described)
    if options_.json:
        print(json.dumps(described, indent=2))
    else:
        budgets = BUDGETS if image and image.name == COST_CONFIG else {}
        print(f"{table(described['figures'], was, budgets)}\n\n{path}")
    return EXIT_SUCCESS


if __name__ == "__main__":
    sys.exit(entry.run(benchmark))
