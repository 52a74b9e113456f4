"""The Linux workloads: for each one, its script in this folder, and the archive with the programs that it needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cli.failure import Failure
from cli.workspace import workspace_file
from payloads.linux import pack

FOLDER = "benchmarks/workloads"
IN_GUEST = "hartscope/workloads"

# A script that fails prints its name with this. The others run all the same.
FAILED = "hartscope: workload failed: "


@dataclass(frozen=True)
class Workload:
    """A workload. name: also the name of its script. archive: the archive with its programs; None if busybox is enough.
    files: more files of this folder that the script needs."""

    name: str
    what: str
    archive: str | None = None
    files: tuple[str, ...] = ()

    @property
    def script(self) -> str:
        return f"{self.name}.sh"


WORKLOADS = [
    Workload("hackbench", "20 processes send messages to 20 others through sockets", "programs"),
    Workload("cyclictest", "how much too late a real-time thread runs that sleeps until a time", "programs"),
    Workload("stress_ng", "context switches, timers, new processes, and changes of page tables that other harts must see", "programs"),
    Workload("redis", "ten clients set and get small values over the loopback interface", "programs"),
    Workload("dd", "the kernel fills memory with zeros"),
    Workload("build", "gcc compiles a small C program", "compiler", ("program.c",)),
]
NAMES = [workload.name for workload in WORKLOADS]


def chosen(names: Sequence[str] | None) -> list[Workload]:
    """Returns the workloads with these names, in the order of WORKLOADS; all workloads if there are no names. Raises
    Failure for a name that does not exist."""
    for name in names or ():
        if name not in NAMES:
            raise Failure(f"no workload is called {name}: the workloads are {', '.join(NAMES)}")
    return [workload for workload in WORKLOADS if not names or workload.name in names]


def archive(workloads: Sequence[Workload]) -> bytes:
    """Returns a cpio archive with the scripts of these workloads and the programs that they need."""
    names = ["common.sh", *(name for workload in workloads for name in (workload.script, *workload.files))]
    files = {f"{IN_GUEST}/{name}": workspace_file(f"{FOLDER}/{name}").read_bytes() for name in names}
    programs = sorted({workload.archive for workload in workloads if workload.archive})
    packed = [workspace_file(f"{FOLDER}/{name}.cpio").read_bytes() for name in programs]
    return b"".join([*packed, pack.archive(["hartscope", IN_GUEST], files)])


def command(workloads: Sequence[Workload]) -> str:
    """Returns the shell command that runs these workloads in the guest, one after another."""
    names = " ".join(workload.name for workload in workloads)
    return (
        "export PATH=/usr/bin:/bin\n"
        f"for name in {names}; do\n"
        f'\tsh /{IN_GUEST}/$name.sh || echo "{FAILED}$name"\n'
        "done"
    )
