"""Measures the figures that the gate compares. These are the deterministic figures of every configuration. Two guests
run at the same time, each in a separate QEMU."""

from __future__ import annotations

import platform
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from benchmarks.cost import boots, figures
from benchmarks.cost.bench import Bench
from benchmarks.cost.boots import Boot, Counted
from benchmarks.cost.figures import Figure
from benchmarks.gating.baseline import Exits, Key, Measured
from machines import images, packages, qemu
from machines.instruction_count import ByCause

CONFIGS = ["qemu_virt", "qemu_virt_counters", "qemu_virt_trace"]
PARALLEL = 2

# The name of each figure of the long set contains one of these texts.
LONG = ("_no_sstc", "_opensbi_")

Task = Callable[[], list[tuple[Figure, Exits | None]]]


def is_long(name: str) -> bool:
    """Returns whether a figure belongs to the long set, which the gate only measures with --long."""
    return any(part in name for part in LONG)


def system() -> str:
    """Returns the name and the version of the host's distribution, for example Debian 12. If the host has no file
    os-release, returns the name of the kernel."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return platform.system()
    return f"{release['NAME'].split()[0]} {release.get('VERSION_ID', '')}".strip()


def versions(image: images.Image, long: bool) -> dict[str, str]:
    """Returns the versions of all programs that the figures depend on, and the system that supplied them."""
    found = {"qemu": qemu.version(), "system": system(), **packages.linux_versions(), **image.versions}
    if long:
        found |= {f"opensbi_{suite}": packages.version(f"opensbi_{suite}") for suite in boots.OPENSBI_SUITES}
    return found


def exits_of(by_cause: dict[str, ByCause]) -> Exits:
    """Returns the exits and hv's instructions by cause, in the form of the baseline."""
    return {cause: (each.exits, each.instructions) for cause, each in by_cause.items()}


def _plain(make: Callable[[], list[Figure]]) -> list[tuple[Figure, Exits | None]]:
    return [(each, None) for each in make()]


def _counted(make: Callable[[], Counted]) -> list[tuple[Figure, Exits | None]]:
    found, by_cause = make()
    return [(found, exits_of(by_cause))]


def _boots(benches: list[Bench], which: list[Boot]) -> list[Task]:
    return [partial(_counted, partial(boots.hv_instructions, bench, boot)) for boot in which for bench in benches]


def short_tasks(all_images: list[images.Image], timeout: float) -> list[Task]:
    """Returns the tasks that CI runs. For every configuration, CI measures the operations and the size. For three
    configurations, CI also measures the start of hv and Linux boots."""
    bare, benches = Bench(None, timeout), [Bench(image, timeout) for image in all_images]
    usual = [bench for bench in benches if figures.config_of(bench) in CONFIGS]
    tasks = _boots(usual, boots.WITH_SSTC[::-1])  # the longest tasks come first, so that both workers end at about the same time
    tasks += [partial(_counted, partial(boots.start, bench, harts)) for bench in usual for harts in boots.START_HARTS]
    tasks += _boots([bench for bench in benches if figures.observing(bench.image) == "offloaded"], [boots.Boot(2)])
    makes = (figures.operations, figures.sbi_base, figures.sbi_calls, figures.switch_module, figures.context_swap, figures.size)
    tasks += [partial(_plain, partial(make, bench)) for bench in benches for make in makes]
    if any(figures.config_of(bench) == figures.TRACE_CONFIG for bench in benches):
        tasks.append(partial(_plain, partial(figures.trace, bare)))
    return [*tasks, *(partial(_plain, partial(make, bare)) for make in (figures.operations, figures.sbi_calls))]


def long_tasks(all_images: list[images.Image], timeout: float) -> list[Task]:
    """Returns the boots without Sstc and with other versions of OpenSBI."""
    usual = [Bench(image, timeout) for image in all_images if image.name in CONFIGS]
    return _boots(usual, boots.WITHOUT_SSTC + boots.OTHER_OPENSBI)


def _call(task: Task) -> list[tuple[Figure, Exits | None]]:
    return task()


def run(tasks: list[Task], of_versions: dict[str, str]) -> Measured:
    """Runs all tasks. Raises Failure if a guest fails. Under icount, tasks that run at the same time do not affect each other."""
    measured = Measured(of_versions)
    with ThreadPoolExecutor(PARALLEL) as pool:
        for found in pool.map(_call, tasks):
            for each, exits in found:
                take(measured, each, exits)
    return measured


def take(measured: Measured, found: Figure, exits: Exits | None) -> Key:
    """Adds the figure @p found to @p measured. If @p exits is not None, also adds these exits, which contributed to the
    figure. Returns the configuration and the name of the figure."""
    key = (found["config"], found["name"])
    measured.values[key] = found["value"]
    measured.units[key] = found["unit"]
    if not found["deterministic"]:
        measured.timed.add(key)
    if exits:
        measured.exits[key] = exits
    return key
