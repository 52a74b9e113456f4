"""What is measured in one configuration: exit costs, boots, sizes. Returns figures as result.json has them, with the configuration.

A figure is known by its configuration and its name: what an exit costs is one thing in qemu_virt and another in qemu_virt_trace.
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

# What benchmarks/micro/trace.c reports, and the names of that in results: by the configuration that it ran with.
TRACE_CONFIG = "qemu_virt_trace_only"
TRACE_FIGURES = {"emit": "trace_emit_on", "exit": "trace_exit_record_full"}
TRACE_PC_IMAGE = "benchmarks/micro/trace_pc"
TRACE_PC_FIGURES = {"exit": "trace_exit_record"}
TRACE_OFF_IMAGE = "benchmarks/micro/trace_off"

# What looking whether an event is on executes, on or off: lbu and a branch (micro_test looks at the disassembly).
TRACE_CHECK = 2

BOOT_HARTS = 2


def config_of(bench: Bench) -> str:
    """Returns the name under which the figures of a bench are known."""
    return bench.image.name if bench.image else BARE


def observing(image: images.Image | None) -> str:
    """Returns what the modules of an image observe: "plain", "counted", "traced"; "other" if they do something else too."""
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
    """Returns what each operation of a firmware costs, also on another hart, and a call of one that takes 32 exits for it."""
    costs = bench.firmware_costs("operations") + bench.firmware_costs("heavy") + bench.firmware_costs("other_hart", harts=2)
    return _costs(config_of(bench), costs)


def sbi_base(bench: Bench) -> list[Figure]:
    """Returns what a call of the base extension through OpenSBI costs."""
    return _costs(config_of(bench), bench.payload_costs("sbi_base", packages.opensbi(bench.memory.firmware)))


def size(bench: Bench) -> list[Figure]:
    """Returns the bytes of text and data; nothing for a bare run."""
    return [figure(config_of(bench), "image_bytes", "bytes", bench.image.elf.image_bytes)] if bench.image else []


def trace(bench: Bench) -> list[Figure]:
    """Returns what records of the trace cost, each in its own configuration; bench.image does not matter.

    The guest reports the cost with an event on, minus that with it off; the check is executed in both, and belongs to the record.
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
    """Returns what an exit costs more with module trace in the image and every event off than @p plain says without it."""
    costs = replace(bench, image=images.load(workspace_file(TRACE_OFF_IMAGE))).firmware_costs("operations")
    off = {cost.name: cost.each for cost in costs}["csr_write"]
    without = next(each["value"] for each in plain if each["name"] == "csr_write")
    return [figure(TRACE_CONFIG, "trace_exit_off", "instructions", round(off - without, 4))]


def trace_boot_overhead(bench: Bench) -> list[Figure]:
    """Returns how many percent of a Linux boot's instructions hv executes more with every event on than with all off.

    Only hv's are compared: what Linux executes itself (spinning, jitter of its random numbers) differs by percents
    between any two images, even with one hart.
    """
    on, off = images.image(TRACE_CONFIG), images.load(workspace_file(TRACE_OFF_IMAGE))
    with_events, without = (replace(bench, image=image).count_boot(BOOT_HARTS) for image in (on, off))
    overhead = 100 * (with_events.hv - without.hv) / without.total
    return [figure(TRACE_CONFIG, "trace_boot_overhead", "%", round(overhead, 4))]
