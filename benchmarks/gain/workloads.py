"""Runs the Linux workloads of offload_gain once, on one machine. A run either measures times or counts instructions."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cost.bench import Bench
from benchmarks.cost.boots import NO_SSTC
from benchmarks.gain.goals import BOOT, PAGES, PIPES, TIMERS, setting_name
from cli.failure import EXIT_GUEST_FAILED, Failure
from cli.workspace import workspace_file
from machines import instruction_count, packages
from machines.diagnosis import report
from machines.instruction_count import Count
from machines.machine import Guest
from machines.outside import InstructionCount, code_of
from machines.place import placed
from machines.run import Run
from payloads.linux import pack

APPEND = "console=ttyS0 panic=-1"
PROGRAM = "payloads/linux/sbi_workload.elf"

# How often sbi_workload repeats each part. In QEMU, each part then takes from a tenth of a second to some seconds.
REPETITIONS = {PIPES: 800, TIMERS: 30_000, PAGES: 1500}

# For about a second after the boot, Linux still does work in the background, which would be counted as work of the first parts.
SECONDS_UNTIL_QUIET = 2

# sbi_workload executes these marks at the start and at the end of each part.
MARKS = {PIPES: ("mark4", "mark5"), TIMERS: ("mark6", "mark7"), PAGES: ("mark8", "mark9")}


@dataclass(frozen=True)
class Setting:
    """The machine on which bare and hv are compared."""

    harts: int
    sstc: bool

    @property
    def name(self) -> str:
        """The end of the names of this setting's figures."""
        return setting_name(self.harts, self.sstc)

    @property
    def text(self) -> str:
        """The setting, for people."""
        return f"{self.harts} hart{'s' if self.harts > 1 else ''}, {'with' if self.sstc else 'without'} Sstc"

    @property
    def cpu(self) -> str | None:
        return None if self.sstc else NO_SSTC

    @property
    def is_exact(self) -> bool:
        """Whether the runs are under icount, so that one of each suffices. With more harts, each image would interleave the harts
        in another way, and always in the same one."""
        return self.harts == 1


def archive(scale: float) -> bytes:
    """Returns the archive with the program, and with the command that starts it. scale: a factor for all repetitions"""
    times = " ".join(str(max(1, round(count * scale))) for count in REPETITIONS.values())
    command = f"sleep {SECONDS_UNTIL_QUIET}; sbi_workload {times}\n"
    return pack.archive(["hartscope"], {"bin/sbi_workload": workspace_file(PROGRAM).read_bytes(), "hartscope/command": command.encode()})


def guest(bench: Bench, scale: float) -> Guest:
    """Returns a Linux that boots and runs the workloads."""
    return placed(
        Guest(
            image=bench.image,
            firmware=packages.opensbi(bench.memory.firmware),
            payload=packages.linux_kernel(bench.memory.payload),
            initrd=packages.initramfs(),
            initrd_more=archive(scale),
            append=APPEND,
        ),
        bench.extra,
    )


def _require_complete(run: Run, harts: int) -> None:
    """Raises Failure if Linux did not start all harts, or if the workloads failed."""
    if run.console.harts != harts or run.console.command_code != 0:
        raise Failure(f"the guest did not run the workloads on {harts} harts\n{report(run)}", EXIT_GUEST_FAILED)


def timed(bench: Bench, setting: Setting, scale: float) -> dict[str, float]:
    """Returns the seconds of each workload in one run. The boot lasts from the start of QEMU until the first process starts. The
    guest itself measures the other workloads."""
    run = bench.run(guest(bench, scale), setting.harts, cpu=setting.cpu, icount=False)
    _require_complete(run, setting.harts)
    boot = next(stamp.seconds for stamp in run.stamps if stamp.name == "init")
    return {BOOT: boot, **{figure.name: figure.value for figure in run.console.figures}}


def counted(bench: Bench, setting: Setting, scale: float) -> dict[str, Count]:
    """Returns the instructions of each workload in one run: all, hv's, and the firmware's. With one hart, they repeat exactly."""
    made = guest(bench, scale)
    with tempfile.TemporaryDirectory(prefix="hartscope-") as scratch:
        out = Path(scratch, "counts")
        code = code_of(made.image) if made.image else None
        log = InstructionCount(out, code, bench.memory.firmware, bench.memory.payload)
        _require_complete(bench.run(made, setting.harts, log, setting.cpu, setting.is_exact), setting.harts)
        parts = {workload: _between(out, *marks) for workload, marks in MARKS.items()}
        return {BOOT: instruction_count.read(out, "init"), **parts}


def _between(out: Path, first: str, last: str) -> Count:
    begin, end = instruction_count.read_at(out, first), instruction_count.read_at(out, last)
    if begin is None or end is None:
        raise Failure(f"the guest did not execute {first} and {last}, so its instructions were not counted", EXIT_GUEST_FAILED)
    return Count(end.total - begin.total, end.hv - begin.hv, firmware=end.firmware - begin.firmware)
