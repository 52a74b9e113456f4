"""Counts the instructions of whole runs with a QEMU plugin. Counts from reset to the entry of the firmware, and in
Linux boots until the first process starts."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.cost.bench import Bench
from benchmarks.cost.figures import Figure, config_of, figure
from machines import instruction_count, packages
from machines.instruction_count import ByCause

NO_SSTC = "rv64,sstc=off"
START_HARTS = (1, 2, 4, 8)

# These Debian suites contain newer versions of OpenSBI than the default version.
OPENSBI_SUITES = ("trixie", "sid")

# A figure, and the exits that contributed to it, grouped by cause.
Counted = tuple[Figure, dict[str, ByCause]]


@dataclass(frozen=True)
class Boot:
    """A Linux boot: the number of harts, whether the harts have the extension Sstc, and the Debian suite of the
    OpenSBI. The suite None stands for the default OpenSBI."""

    harts: int
    sstc: bool = True
    opensbi: str | None = None

    @property
    def name(self) -> str:
        """The name of the boot's figure. It contains the number of harts, unless the boot has two harts."""
        number = "" if self.harts == 2 else f"_{self.harts}"
        opensbi = f"_opensbi_{self.opensbi}" if self.opensbi else ""
        return f"boot_hv_instructions{number}{'' if self.sstc else '_no_sstc'}{opensbi}"


WITH_SSTC = [Boot(1), Boot(2)]
WITHOUT_SSTC = [Boot(1, sstc=False), Boot(2, sstc=False)]
OTHER_OPENSBI = [Boot(harts, sstc, suite) for suite in OPENSBI_SUITES for harts in (1, 2) for sstc in (True, False)]


def run(bench: Bench, boot: Boot) -> instruction_count.Count:
    """Boots Linux. Counts the instructions until the first process of Linux starts."""
    opensbi = packages.opensbi_of(boot.opensbi, bench.memory.firmware) if boot.opensbi else None
    return bench.count_boot(boot.harts, None if boot.sstc else NO_SSTC, opensbi)


def hv_instructions(bench: Bench, boot: Boot) -> Counted:
    """Counts the instructions that hv executes in a boot."""
    counted = run(bench, boot)
    return figure(config_of(bench), boot.name, "instructions", counted.hv), counted.by_cause


def start(bench: Bench, harts: int) -> Counted:
    """Counts the instructions that hv executes until the last of @p harts harts enters the firmware."""
    counted = bench.count_start(harts)
    name = "boot_to_firmware" + ("" if harts == 1 else f"_{harts}")
    return figure(config_of(bench), name, "instructions", counted.hv), counted.by_cause


def all_instructions(bench: Bench) -> Figure:
    """Counts all instructions of a boot with two harts. The number includes hv's instructions and the guest's
    instructions. The number can be compared with the number on the bare machine."""
    return figure(config_of(bench), "boot_instructions", "instructions", run(bench, Boot(2)).total)
