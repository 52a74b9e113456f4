"""Measures the figures of one configuration: the costs of exits, the size of hv, and the costs of the trace. A figure
is one measured number, in the form of an entry of `figures` in result.json.

The configuration and the name together identify a figure, because for example an exit costs more in the configuration
qemu_virt_trace than in qemu_virt.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from benchmarks.cost.bench import Bench, guest_program
from benchmarks.results import result
from cli.workspace import workspace_file
from machines import images, packages
from machines.console import Cost

Figure = dict[str, Any]

BARE = "bare"
PLAIN = "qemu_virt"

# This module answers SBI calls of the payload in hv.
OFFLOAD = "offload"

# This module closes the payload's memory to the firmware, and the firmware's to the payload.
PROTECT = "protect_payload"

# These modules only count; they do not record a trace.
COUNTERS = {"exit_counter", "exit_counter_per_cause", "boot_counter"}

# The guest benchmarks/micro/trace.c runs with each of these configurations. For each configuration, this is the list of
# the costs that the guest reports, with the names of these costs in results.
TRACE_CONFIG = "qemu_virt_trace_only"
TRACE_FIGURES = {"emit": "trace_emit_on", "exit": "trace_exit_record_full"}
TRACE_PC_IMAGE = "benchmarks/micro/trace_pc"
TRACE_PC_FIGURES = {"exit": "trace_exit_record"}
TRACE_OFF_IMAGE = "benchmarks/micro/trace_off"

# The image with a module that has fast paths for world switches, and the figures that are measured with it.
SWITCH_IMAGE = "benchmarks/micro/switch_module"
SWITCH_FIGURES = {"roundtrip": "roundtrip_module", "roundtrip_ecall": "roundtrip_module_ecall"}

# The image with a module that exchanges the payload's S-mode context.
SWAP_IMAGE = "benchmarks/micro/swap_module"

# Images with the modules of the configurations that protect the payload. These images take any payload.
PROTECTED_IMAGES = ("protected", "protected_payload", "protected_full")

# The number of instructions that check whether an event is on. These are lbu and a branch (micro_test verifies this in
# the disassembly).
TRACE_CHECK = 2

# Machines without the CSR `time`, and without the CSR `stimecmp`.
NO_TIME = "rv64,zicntr=off"
NO_SSTC = "rv64,sstc=off"

BOOT_HARTS = 2


def config_of(bench: Bench) -> str:
    """Returns the name of the configuration to which the figures of a bench belong."""
    return bench.image.name if bench.image else BARE


def modules_of(image: images.Image | None) -> set[str]:
    """Returns the names of the modules of an image."""
    return {module["name"] for module in image.config["modules"]} if image else set()


def observing(image: images.Image | None) -> str:
    """Returns a word for what the modules of an image do: "plain" if there are no modules, "counted" if they only
    count, "traced" if they trace and perhaps count, "offloaded" if they only answer calls of the payload, "protected" if they only
    protect the payload, "both" if they do both and also count, and "other" for everything else."""
    if image is None:
        return "other"
    modules = modules_of(image)
    if not modules:
        return "plain"
    if modules == {OFFLOAD}:
        return "offloaded"
    if modules == {PROTECT}:
        return "protected"
    if modules <= COUNTERS:
        return "counted"
    if {OFFLOAD, PROTECT} < modules <= COUNTERS | {OFFLOAD, PROTECT}:
        return "both"
    return "traced" if modules <= COUNTERS | {"trace"} else "other"


def figure(config: str, name: str, unit: str, value: float) -> Figure:
    """Returns a deterministic figure of one configuration."""
    return {**result.figure(name, unit, value, deterministic=True), "config": config}


def _costs(config: str, costs: list[Cost]) -> list[Figure]:
    return [figure(config, cost.name, "instructions", round(cost.each, 4)) for cost in costs]


def taking_any_payload(bench: Bench) -> Bench | None:
    """Returns @p bench. If its image takes only one payload, replaces the image by one with the same modules that takes any
    payload. Returns None if there is no such image."""
    if not has_module(bench.image, PROTECT):
        return bench
    built = [images.load(workspace_file(f"benchmarks/micro/{name}")) for name in PROTECTED_IMAGES]
    same = [image for image in built if modules_of(image) == modules_of(bench.image)]
    return replace(bench, image=same[0]) if same else None


def operations(bench: Bench) -> list[Figure]:
    """Returns the cost of each operation of a firmware, including the operations that affect another hart. Also returns
    the cost of an SBI call to a firmware that needs 32 exits to answer the call. Under an image that protects the payload,
    only the ways from a payload in memory of its own to the firmware and back are measured."""
    if has_module(bench.image, PROTECT):
        skipper, taking = guest_program("skipper", bench.memory.firmware), taking_any_payload(bench)
        return _costs(config_of(bench), taking.payload_costs("skipped", skipper)) if taking else []
    costs = bench.firmware_costs("operations") + bench.firmware_costs("heavy") + bench.firmware_costs("other_hart", harts=2)
    return _costs(config_of(bench), costs)


def sbi_base(bench: Bench) -> list[Figure]:
    """Returns the cost of a call of OpenSBI's base extension. The list is empty for images that only take Linux."""
    opensbi, taking = packages.opensbi(bench.memory.firmware), taking_any_payload(bench)
    return _costs(config_of(bench), taking.payload_costs("sbi_base", opensbi)) if taking else []


def has_module(image: images.Image | None, name: str) -> bool:
    """Returns whether an image contains the module @p name."""
    return name in modules_of(image)


def sbi_calls(bench: Bench) -> list[Figure]:
    """Returns the costs of the SBI calls that payloads make most often, and of a read of `time` on a machine without that
    CSR, and under an image with module offload also those of misaligned accesses. The calls that set a timer are also measured on a machine without Sstc, where the timer sets STIP. An IPI to
    another hart costs the instructions that hv and the firmware execute for it on both harts. The list is empty for images in
    which these calls cost what they cost in the image without modules, plus observing, and for images that only take Linux."""
    taking = taking_any_payload(bench)
    if taking is None or (bench.image and config_of(bench) != PLAIN and not has_module(bench.image, OFFLOAD)):
        return []
    config, bench, opensbi = config_of(bench), taking, packages.opensbi(bench.memory.firmware)
    costs = bench.payload_costs("sbi_calls", opensbi) + bench.payload_costs("read_time", opensbi, NO_TIME)
    if has_module(bench.image, OFFLOAD):
        costs += bench.payload_costs("misaligned", opensbi)
    ring, ipis = bench.count_between_marks("ipi_ring", opensbi, harts=2)
    costs.append(Cost("ipi_remote", ring, ipis))
    timers = [cost for cost in bench.payload_costs("sbi_calls", opensbi, NO_SSTC) if cost.name.startswith("set_timer")]
    return _costs(config, costs + [replace(cost, name=f"{cost.name}_stip") for cost in timers])


def switch_module(bench: Bench) -> list[Figure]:
    """Returns what a change to the firmware and back costs with a module that saves, clears and restores all registers of the
    payload. The figures belong to the image without modules, and the list is empty for all others."""
    if config_of(bench) != PLAIN:
        return []
    costs = replace(bench, image=images.load(workspace_file(SWITCH_IMAGE))).firmware_costs("switches")
    return _costs(PLAIN, [replace(cost, name=SWITCH_FIGURES[cost.name]) for cost in costs if cost.name in SWITCH_FIGURES])


def context_swap(bench: Bench) -> list[Figure]:
    """Returns what it costs hv to exchange the payload's S-mode context for a module. The figure belongs to the image without
    modules, and the list is empty for all others."""
    if config_of(bench) != PLAIN:
        return []
    opensbi = packages.opensbi(bench.memory.firmware)
    return _costs(PLAIN, replace(bench, image=images.load(workspace_file(SWAP_IMAGE))).payload_costs("context_swap", opensbi))


def size(bench: Bench) -> list[Figure]:
    """Returns a list with the size of hv's text and data in bytes. For the bare machine, the list is empty."""
    return [figure(config_of(bench), "image_bytes", "bytes", bench.image.elf.image_bytes)] if bench.image else []


def trace(bench: Bench) -> list[Figure]:
    """Returns the costs of records of the trace. Each cost is measured with the configuration that it needs, so
    bench.image is not used.

    The guest reports the cost of an exit with the event on, minus the cost with the event off. In both cases hv checks
    whether the event is on, so the difference does not contain the cost of this check. But the check is a part of the
    cost of a record, so this function adds its cost.
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
    """Returns how many more instructions an exit takes if the image contains the module trace and all events are off.
    @p plain contains the figures of the image without this module."""
    costs = replace(bench, image=images.load(workspace_file(TRACE_OFF_IMAGE))).firmware_costs("operations")
    off = {cost.name: cost.each for cost in costs}["csr_write"]
    without = next(each["value"] for each in plain if each["name"] == "csr_write")
    return [figure(TRACE_CONFIG, "trace_exit_off", "instructions", round(off - without, 4))]


def trace_boot_overhead(bench: Bench) -> list[Figure]:
    """Returns how many more instructions hv executes in a Linux boot with all events on than with all events off, in per cent of all
    instructions of the boot.

    Only hv's instructions are compared. The number of Linux's instructions differs by several per cent between any two
    images, even with one hart, because Linux waits in loops and gathers jitter for random numbers.
    """
    on, off = images.image(TRACE_CONFIG), images.load(workspace_file(TRACE_OFF_IMAGE))
    with_events, without = (replace(bench, image=image).count_boot(BOOT_HARTS) for image in (on, off))
    overhead = 100 * (with_events.hv - without.hv) / without.total
    return [figure(TRACE_CONFIG, "trace_boot_overhead", "%", round(overhead, 4))]
