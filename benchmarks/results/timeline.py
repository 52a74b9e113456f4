"""Computes the phases of a run's result from the stamps of the run. A stamp records that a phase began at some time. A
phase in the result has a start and a duration.

The stamps of hv, firmware and kernel contain the time of the guest's clock (mtime). The stamps of init and all later
phases contain the time of the host's clock. Without icount, both clocks run at the same rate. For each stamp with guest
time, the host also records its own time when it first sees the stamp. The smallest difference between the two times of
a stamp is used as the offset between the clocks.
"""

from __future__ import annotations

from dataclasses import dataclass

from machines.directory import HartCounters
from machines.run import Run


@dataclass(frozen=True)
class Phase:
    """One phase of a boot. `exits` is the number of exits of all harts between the start of this phase and the start of
    the next phase. It is None if exits are not counted."""

    name: str
    seconds: float
    exits: int | None


def _total(counters: list[HartCounters] | None) -> int | None:
    return None if counters is None else sum(sum(hart.exits) for hart in counters)


def _exits(run: Run) -> list[int | None]:
    """Returns the number of exits before each stamp, and before the end of the run. If hv itself has recorded the
    number for a stamp, the result contains hv's number, because it is exact."""
    noted = {stamp.name: stamp.exits for stamp in run.guest_stamps if run.counters is not None}
    seen = [noted[stamp.name] if noted.get(stamp.name) is not None else _total(stamp.counters) for stamp in run.stamps]
    return [*seen, _total(run.counters)]


def _begins(run: Run, icount: bool) -> list[float]:
    """Returns the time of each stamp, in seconds after the start of the machine."""
    begins = [stamp.seconds for stamp in run.stamps]
    hertz = run.directory.timebase_hz if run.directory else 0
    guest = {stamp.name: stamp.mtime / hertz for stamp in run.guest_stamps if stamp.mtime is not None}
    if icount or not guest:
        return begins
    offset = min(stamp.seconds - guest[stamp.name] for stamp in run.stamps if stamp.name in guest)
    return [guest[stamp.name] + offset if stamp.name in guest else stamp.seconds for stamp in run.stamps]


def phases(run: Run, icount: bool) -> list[Phase]:
    """Returns the phases in order. The last phase ends when the machine stops."""
    begins = _begins(run, icount) + [run.seconds]
    exits = _exits(run)
    found = []
    for index, stamp in enumerate(run.stamps):
        before, after = exits[index], exits[index + 1]
        count = after - before if before is not None and after is not None else None
        found.append(Phase(stamp.name, max(begins[index + 1] - begins[index], 0.0), count))
    return found
