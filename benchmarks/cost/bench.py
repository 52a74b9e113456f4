"""Runs the guests of benchmarks/micro, which measure costs, under hv or on the bare machine. Returns the costs that the
guests report."""

from __future__ import annotations

import io
import subprocess
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.cost import courses
from cli.failure import EXIT_SUCCESS, Failure
from cli.progress import Silent
from cli.workspace import workspace_file
from machines import firmware, images, instruction_count, packages, session
from machines.console import Cost
from machines.diagnosis import exit_code, report
from machines.machine import Guest, Settings
from machines.outside import InstructionCount, code_of
from machines.place import placed
from machines.run import Run

APPEND = "console=ttyS0 panic=-1 hartscope_stop=init"

# At this offset, the guest benchmarks/micro/entry.S contains the number of harts.
HARTS_OFFSET = 8


@dataclass(frozen=True)
class Bench:
    """Runs measurements with one image of hv. If `image` is None, the measurements run on the bare machine."""

    image: images.Image | None
    timeout: float
    extra: list[str] = field(default_factory=list)

    @property
    def memory(self) -> images.MemoryMap:
        return self.image.memory if self.image else images.MemoryMap()

    def run(
        self, guest: Guest, harts: int, log: InstructionCount | None = None, cpu: str | None = None, icount: bool = True
    ) -> Run:
        """Runs a guest, usually under icount. If the guest does not end with success, raises Failure with the last lines of its
        output."""
        extra = [*(["-cpu", cpu] if cpu else []), *self.extra]
        settings = Settings(
            harts, icount=icount, timeout=self.timeout, log=log, stdin=subprocess.DEVNULL, extra=extra
        )
        run = session.run(guest, settings, Silent(), io.BytesIO())
        code = exit_code(run)
        if code != EXIT_SUCCESS:
            raise Failure(f"the guest that measures ended with exit code {code}\n{report(run)}", code)
        return run

    def firmware_costs(self, name: str, harts: int = 1) -> list[Cost]:
        """Runs a firmware of benchmarks/micro. Returns the costs that the firmware reports."""
        return self.run(Guest(self.image, guest_program(name, self.memory.firmware)), harts).console.costs

    def payload_costs(
        self, name: str, opensbi: firmware.Program, cpu: str | None = None, harts: int = 1, icount: bool = True
    ) -> list[Cost]:
        """Runs a payload of benchmarks/micro under OpenSBI. Returns the costs that the payload reports."""
        guest = Guest(self.image, opensbi, guest_program(name, self.memory.payload))
        return self.run(guest, harts, cpu=cpu, icount=icount).console.costs

    def count_between_marks(self, name: str, opensbi: firmware.Program, harts: int) -> tuple[int, int]:
        """Runs a payload of benchmarks/micro under OpenSBI. Returns how many instructions hv and OpenSBI execute on all
        harts from mark 1 of the payload to mark 2, and how many operations the payload reports."""
        guest = placed(Guest(self.image, opensbi, guest_program(name, self.memory.payload)), self.extra)
        with tempfile.TemporaryDirectory(prefix="hartscope-") as scratch:
            out = Path(scratch, "counts")
            log = InstructionCount(out, code_of(guest.image) if guest.image else None, self.memory.firmware, self.memory.payload)
            (cost,) = self.run(guest, harts, log).console.costs
            first, last = (instruction_count.read(out, phase) for phase in ("init", "workload"))
        return last.hv + last.firmware - first.hv - first.firmware, cost.repetitions

    def counted(
        self, guest: Guest, harts: int, out: Path, entry: int | None = None, cpu: str | None = None
    ) -> Run:
        """Runs a guest with the plugin that counts instructions. The plugin counts hv's instructions separately, and
        writes all counts to the file @p out."""
        guest = placed(guest, self.extra)
        return self.run(guest, harts, InstructionCount(out, code_of(guest.image) if guest.image else None, entry), cpu)

    def count_start(self, harts: int) -> instruction_count.Count:
        """Counts the instructions from reset until the last hart enters the firmware."""
        address = self.memory.firmware
        (code,) = guest_program("entry", address).segments
        entered = code.data[:HARTS_OFFSET] + harts.to_bytes(4, "little") + code.data[HARTS_OFFSET + 4 :]
        with tempfile.TemporaryDirectory(prefix="hartscope-") as scratch:
            out = Path(scratch, "counts")
            self.counted(Guest(self.image, firmware.raw("entry", address, entered)), harts, out, address)
            return instruction_count.read_entry(out, harts)

    def count_boot(self, harts: int, cpu: str | None = None, opensbi: firmware.Program | None = None) -> instruction_count.Count:
        """Counts the instructions of a Linux boot until the first process of Linux starts. On several harts, this is the boot
        with the fewest exits of several (courses.py)."""
        guest = Guest(
            image=self.image,
            firmware=opensbi or packages.opensbi(self.memory.firmware),
            payload=packages.linux_kernel(self.memory.payload),
            initrd=packages.initramfs(),
        )

        def count(append: str | None) -> instruction_count.Count:
            with tempfile.TemporaryDirectory(prefix="hartscope-") as scratch:
                out = Path(scratch, "counts")
                self.counted(replace(guest, append=append), harts, out, cpu=cpu)
                return instruction_count.read(out, "init")

        return courses.fewest_exits(APPEND, harts, count, lambda each: each)


def guest_program(name: str, address: int) -> firmware.Program:
    """Returns a guest of benchmarks/micro, to be loaded at @p address. These guests run at any address."""
    return firmware.load(workspace_file(f"benchmarks/micro/{name}.bin"), address)
