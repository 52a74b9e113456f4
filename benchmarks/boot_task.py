"""Defines the task of the guest after a Linux boot: the workload, the user's command, a shell, or nothing. This file
passes the task to the guest, where payloads/linux/init carries out the task. Afterwards this file checks on the console
that the guest has carried out the task."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TextIO

from cli.failure import Failure
from cli.progress import PhaseLines
from machines import packages
from machines.console import COMMAND_ENDED, PHASE_BEGINS
from machines.run import Run
from payloads.linux import pack
from trace.format.events import USUAL

# These words on the kernel's command line make the guest skip the workload, start a shell, or record with hsctl.
STOP_WORD = "hartscope_stop=init"
SHELL_WORD = "hartscope_shell=1"
RECORD_WORD = f"hartscope_record={','.join(USUAL)}"

# This word makes the guest send ftrace's buffers to the host. The kernel itself reads the other words: ftrace records
# from the beginning of the boot, into a buffer of this size for each CPU; a larger one would not fit into the memory that
# the kernel manages when it starts its CPUs. The init script enlarges the buffers. The clock `local` counts from the first
# interrupt on. On RISC-V it is the same on all harts, because the kernel computes it from mtime.
FTRACE_WORDS = ["hartscope_ftrace=1", "trace_clock=local", "trace_buf_size=4M"]

# The events that --ftrace records without a value.
FTRACE_EVENTS = "sched:sched_switch,sched:sched_waking,sched:sched_wakeup_new,irq:*,timer:*,ipi:*"

# SBI calls. These events are always recorded, because the offset between the clocks is computed from them.
FTRACE_CALLS = "riscv:sbi_call,riscv:sbi_return"

# The initial RAM disk contains the user's command in this file. The kernel's command line cannot be used for that,
# because it is short and has no quotes.
COMMAND_FILE = "hartscope/command"

# The SHA-256 of 64 MiB of zeros. The last step of the workload computes this hash.
WORKLOAD_SHA256 = "3b6a07d0d404fab4e23b6d34bc6696a6a312dd92821332385e5af7c01c421351"

# The program of the guest that --ftrace needs. Only then it is added to the initial RAM disk.
FTRACE_PROGRAM = "bin/ftrace"

_COMMAND_BEGINS = f"{PHASE_BEGINS}command".encode()
_COMMAND_ENDED = COMMAND_ENDED.encode()


@dataclass(frozen=True)
class Task:
    """What the guest does after the boot. If there is no command and no shell, and `stops` is false, the guest runs the
    workload."""

    command: str | None = None
    shell: bool = False
    stops: bool = False
    record: bool = False
    ftrace: str | None = None

    @property
    def option(self) -> str | None:
        """The user's option that only works with the init of payloads/linux. None if the task works with any init."""
        options = {"--command": self.command is not None, "--shell": self.shell, "--record": self.record, "--ftrace": self.ftrace is not None}
        return next((option for option, is_given in options.items() if is_given), None)

    @property
    def words(self) -> list[str]:
        """The words that are added to the kernel's command line."""
        ftrace = [*FTRACE_WORDS, f"trace_event={self.ftrace},{FTRACE_CALLS}"] if self.ftrace is not None else []
        return [*([SHELL_WORD] if self.shell else []), *([RECORD_WORD] if self.record else []), *ftrace]

    @property
    def archive(self) -> bytes:
        """The cpio archive that is appended to the initial RAM disk. May be empty."""
        files = {}
        if self.command is not None:
            files[COMMAND_FILE] = f"{self.command}\n".encode()
        if self.ftrace is not None:
            files[FTRACE_PROGRAM] = packages.ftrace().read_bytes()
        return pack.archive(sorted({name.partition("/")[0] for name in files}), files) if files else b""

    @property
    def last_phase(self) -> str:
        """The last phase that a successful run must reach. With --shell, this is the phase `shell`, because the user
        may end QEMU from outside."""
        return "init" if self.stops else "shell" if self.shell else "shutdown"


def task_of(options: argparse.Namespace) -> Task:
    """Returns the task that boot_qemu's options select. Raises Failure if they contradict each other."""
    task = Task(options.command, options.shell, STOP_WORD in options.append.split(), options.record, options.ftrace)
    if task.command is not None and task.shell:
        raise Failure("--command and --shell exclude each other: give only one")
    if task.stops and task.option:
        raise Failure(f"--append={STOP_WORD} ends the run before {task.option} takes effect")
    if task.shell and options.json:
        raise Failure("--shell shows the guest's console on stdout, so --json cannot print there: read result.json instead")
    return task


def unmet(run: Run, task: Task, harts: int, is_own_initrd: bool) -> str | None:
    """Checks a guest that has powered off normally. Returns a sentence about a part of the task that the guest did not
    do, or None if the guest did everything.

    is_own_initrd: whether the user supplied the initial RAM disk; its init may not support tasks
    """
    console = run.console
    if is_own_initrd and "init" not in console.phases:
        return f"{task.option} needs the init of payloads/linux, which is not in --initrd" if task.option else None
    if task.last_phase not in console.phases:
        return f"the guest ended in phase {run.stamps[-1].name if run.stamps else 'none'}, before {task.last_phase}"
    if console.harts != harts:
        return f"{console.harts} of {harts} harts came online"
    if task.command is not None and console.command_code != 0:
        ended = f"ended with exit code {console.command_code}" if console.command_code is not None else "did not end"
        return f"the command {ended}"
    if task.last_phase == "shutdown" and task.command is None and console.sha256 != WORKLOAD_SHA256:
        return "the guest computed a wrong SHA-256"
    return None


class CommandOutput(PhaseLines):
    """Shows the phases, and the output of the guest while the guest runs the command."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._partial = b""
        self._is_running = False

    def on_console(self, data: bytes) -> None:
        *lines, self._partial = (self._partial + data).split(b"\n")
        for line in lines:
            self._line(line.rstrip(b"\r"))

    def _line(self, line: bytes) -> None:
        before, ended, _ = line.partition(_COMMAND_ENDED)
        if self._is_running and (before or not ended):
            print(before.decode(errors="replace"), file=self._stream, flush=True)
        self._is_running = _COMMAND_BEGINS in line or (self._is_running and not ended)
