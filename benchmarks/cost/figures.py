"""Measures the figures of one configuration: exit costs, sizes, and the cost of the trace. Figures have the form of result.json.

A figure is identified by its configuration and its name, because an exit costs more in qemu_virt_trace than in qemu_virt.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from benchmarks.cost.bench import Bench
from benchmarks.results import result
from machines import images, packages
from machines.console import Cost
from cli.workspace import workspace_file

Figure = dict[str, Any]

BARE = "bare"
PLAIN = "qemu_virt"

# Modules that only count.
COUNTERS = {"exit_counter", "exit_counter_per_cause", "boot_counter"}

# The costs that benchmarks/micro/trace.c reports, and their names in results, for each configuration that it runs with.
TRACE_CONFIG = "qemu_virt_trace_only"
TRACE_FIGURES = {"emit": "trace_emit_on", "exit": "trace_exit_record_full"}
TRACE_PC_IMAGE = "benchmarks/micro/trace_pc"
TRACE_PC_FIGURES = {"exit": "trace_exit_record"}
TRACE_OFF_IMAGE = "benchmarks/micro/trace_off"

# The instructions that check whether an event is on: lbu and a branch (micro_test verifies this in the disassembly).
TRACE_CHECK = 2

BOOT_HARTS = 2


def config_of(bench: Bench) -> str:
    """Returns the configuration that the figures of a bench belong to."""
    return bench.image.name if bench.image else BARE


def observing(image: images.Image | None) -> str:
    """Returns what the modules of an image do: nothing ("plain"), count ("counted"), count or trace ("traced"), or anything else
    ("other")."""
    if image is None:
        return "other"
    modules = {module["name"] for module in image.config["modules"]}
    if not modules:
        return "plain"
    if modules <= COUNTERS:
        return "counted"
    return "traced" if modules <= COUNTERS | {"trace"} else "other"


def figure(config: str, name: str, unit: str, value: float) -> Figure:
    """Returns a deterministic figure of one configuration."""
    return {**result.figure(name, unit, value, deterministic=True), "config": config}


def _costs(config: str, costs: list[Cost]) -> list[Figure]:
    return [figure(config, cost.name, "instructions", round(cost.each, 4)) for cost in costs]


def operations(bench: Bench) -> list[Figure]:
    """Returns the cost of each operation of a firmware, of those that affect another hart, and of an SBI call to a firmware that needs
    32 exits for it."""
    costs = bench.firmware_costs("operations") + bench.firmware_costs("heavy") + bench.firmware_costs("other_hart", harts=2)
    return _costs(config_of(bench), costs)


def sbi_base(bench: Bench) -> list[Figure]:
    """Returns the cost of a call of OpenSBI's base extension."""
    return _costs(config_of(bench), bench.payload_costs("sbi_base", packages.opensbi(bench.memory.firmware)))


def size(bench: Bench) -> list[Figure]:
    """Returns the size of hv's text and data in bytes; empty for a bare run."""
    return [figure(config_of(bench), "image_bytes", "bytes", bench.image.elf.image_bytes)] if bench.image else []


def trace(bench: Bench) -> list[Figure]:
    """Returns the cost of the records of the trace, each measured in its own configuration; bench.image is not used.

    The guest reports the cost with the event on, minus the cost with it off. Both of these include the check whether the event is
    on, so the difference lacks it. The check is part of the cost of a record, so it is added again.
    """
    found: list[Figure] = []
    for image, names in (
        (images.image(TRACE_CONFIG), TRACE_FIGURES),
        (images.load(workspace_file(TRACE_PC_IMAGE)), TRACE_PC_FIGURES),
    ):
        costs = replace(bench, image=image).firmware_costs("trace")
        found += [
            figure(TRACE_CONFIG, names[cost.name], "instructions", round(cost.each + TRACE_CHECK, 4))
            for cost in costs
            if cost.name in names
        ]
    return [*found, figure(TRACE_CONFIG, "trace_emit_off", "instructions", TRACE_CHECK)]


def trace_off(bench: Bench, plain: list[Figure]) -> list[Figure]:
    """Returns how many more instructions an exit takes if the image has the module trace with all events off. @p plain: the figures
    without the module."""
    costs = replace(bench, image=images.load(workspace_file(TRACE_OFF_IMAGE))).firmware_costs("operations")
    off = {cost.name: cost.each for cost in costs}["csr_write"]
    without = next(each["value"] for each in plain if each["name"] == "csr_write")
    return [figure(TRACE_CONFIG, "trace_exit_off", "instructions", round(off - without, 4))]


def trace_boot_overhead(bench: Bench) -> list[Figure]:
    """Returns how many more instructions hv executes in a Linux boot with all events on than with all events off, in per cent of all
    instructions of the boot.

    Only hv's instructions are compared. Those of Linux itself differ by several per cent between any two images, even with one hart,
    because it spins and gathers jitter for random numbers.
    """
    on, off = images.image(TRACE_CONFIG), images.load(workspace_file(TRACE_OFF_IMAGE))
    with_events, without = (replace(bench, image=image).count_boot(BOOT_HARTS) for image in (on, off))
    overhead = 100 * (with_events.hv - without.hv) / without.total
    return [figure(TRACE_CONFIG, "trace_boot_overhead", "%", round(overhead, 4))]
