"""What the gate measures: the deterministic figures of every configuration. Each guest runs alone, two of them at a time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from benchmarks.cost import figures
from benchmarks.cost.bench import Bench
from benchmarks.cost.figures import Figure
from benchmarks.gating.baseline import Exits, Key, Measured
from benchmarks.runner import count, images, packages, qemu

CONFIGS = ["qemu_virt", "qemu_virt_counters", "qemu_virt_trace"]
NO_SSTC = "rv64,sstc=off"
START_HARTS = (1, 2, 4, 8)
OPENSBI_VERSIONS = ("trixie", "sid")
PARALLEL = 2

# Figures of the long set have one of these in their name.
LONG = ("_no_sstc", "_opensbi_")

Task = Callable[[], list[tuple[Figure, Exits | None]]]


@dataclass(frozen=True)
class Boot:
    """A Linux boot: harts, whether the harts have Sstc, and which OpenSBI (the machine's own, or that of a Debian suite)."""

    harts: int
    sstc: bool = True
    opensbi: str | None = None

    @property
    def name(self) -> str:
        """Returns the figure's name; with two harts it has no number."""
        number = "" if self.harts == 2 else f"_{self.harts}"
        opensbi = f"_opensbi_{self.opensbi}" if self.opensbi else ""
        return f"boot_hv_instructions{number}{'' if self.sstc else '_no_sstc'}{opensbi}"


SHORT_BOOTS = [Boot(1), Boot(2)]
LONG_BOOTS = [Boot(1, sstc=False), Boot(2, sstc=False)] + [
    Boot(harts, sstc, suite) for suite in OPENSBI_VERSIONS for harts in (1, 2) for sstc in (True, False)
]


def is_long(name: str) -> bool:
    """Whether a figure belongs to the long set."""
    return any(part in name for part in LONG)


def versions(image: images.Image, long: bool) -> dict[str, str]:
    """Returns the versions of all that the figures depend on."""
    found = {"qemu": qemu.version(), **packages.linux_versions()}
    if image.elf.compiler:
        found["compiler"] = image.elf.compiler
    if long:
        found |= {f"opensbi_{suite}": packages.version(f"opensbi_{suite}") for suite in OPENSBI_VERSIONS}
    return found


def exits_by_cause(counted: count.Count) -> Exits:
    """Returns the exits and hv's instructions by cause."""
    return {cause: (each.exits, each.instructions) for cause, each in counted.by_cause.items()}


def _plain(make: Callable[[], list[Figure]]) -> list[tuple[Figure, Exits | None]]:
    return [(each, None) for each in make()]


def _boot(bench: Bench, boot: Boot) -> list[tuple[Figure, Exits | None]]:
    opensbi = packages.opensbi_of(boot.opensbi, bench.memory.firmware) if boot.opensbi else None
    counted = bench.count_boot(boot.harts, None if boot.sstc else NO_SSTC, opensbi)
    found = figures.figure(figures.config_of(bench), boot.name, "instructions", counted.hv)
    return [(found, exits_by_cause(counted))]


def _start(bench: Bench, harts: int) -> list[tuple[Figure, Exits | None]]:
    name = "boot_to_firmware" + ("" if harts == 1 else f"_{harts}")
    counted = bench.count_start(harts)
    return [(figures.figure(figures.config_of(bench), name, "instructions", counted.hv), exits_by_cause(counted))]


def short_tasks(all_images: list[images.Image], timeout: float) -> list[Task]:
    """Returns what CI measures: operations and sizes of every configuration, starts and boots of the three usual ones."""
    bare, benches = Bench(None, timeout), [Bench(image, timeout) for image in all_images]
    usual = [bench for bench in benches if figures.config_of(bench) in CONFIGS]
    tasks: list[Task] = [partial(_boot, bench, boot) for boot in reversed(SHORT_BOOTS) for bench in usual]
    tasks += [partial(_start, bench, harts) for bench in usual for harts in START_HARTS]
    tasks += [partial(_plain, partial(make, bench)) for bench in benches for make in (figures.operations, figures.sbi_base, figures.size)]
    if any(figures.config_of(bench) == figures.TRACE_CONFIG for bench in benches):
        tasks.append(partial(_plain, partial(figures.trace, bare)))
    return [*tasks, partial(_plain, partial(figures.operations, bare))]


def long_tasks(all_images: list[images.Image], timeout: float) -> list[Task]:
    """Returns the boots without Sstc and with other versions of OpenSBI."""
    usual = [Bench(image, timeout) for image in all_images if image.name in CONFIGS]
    return [partial(_boot, bench, boot) for boot in LONG_BOOTS for bench in usual]


def _call(task: Task) -> list[tuple[Figure, Exits | None]]:
    return task()


def run(tasks: list[Task], of_versions: dict[str, str]) -> Measured:
    """Runs everything; a guest that fails raises Failure. What is measured does not depend on what runs beside it."""
    measured = Measured(of_versions)
    with ThreadPoolExecutor(PARALLEL) as pool:
        for found in pool.map(_call, tasks):
            for each, exits in found:
                take(measured, each, exits)
    return measured


def take(measured: Measured, found: Figure, exits: Exits | None) -> Key:
    """Adds a figure, with its exits by cause if it has any; returns its key."""
    key = (found["config"], found["name"])
    measured.values[key] = found["value"]
    measured.units[key] = found["unit"]
    if not found["deterministic"]:
        measured.timed.add(key)
    if exits:
        measured.exits[key] = exits
    return key
