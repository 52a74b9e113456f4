"""The names of the workloads of offload_gain, and how fast each of them has to be under hv. Reports need these, but run no guests."""

from __future__ import annotations

import re

BOOT, PIPES, TIMERS, PAGES = "boot", "pipes", "timers", "pages"
WORKLOADS = (BOOT, PIPES, TIMERS, PAGES)

# The greatest ratio to the bare machine that is accepted. The second one is for workloads that mostly wait for IPIs or fences.
GOAL = 1.001
GOAL_OF_CALLS_TO_OTHERS = 0.95

_RATIO = re.compile(rf"offload_gain_({'|'.join(WORKLOADS)})_(\d+)(_no_sstc)?")


def goal_of(workload: str, harts: int) -> float:
    """Returns the goal of a workload. With one hart, nobody receives IPIs or fences."""
    return GOAL_OF_CALLS_TO_OTHERS if workload in (PIPES, PAGES) and harts > 1 else GOAL


def setting_name(harts: int, sstc: bool) -> str:
    """Returns the end of the names of a setting's figures."""
    return f"{harts}{'' if sstc else '_no_sstc'}"


def ratio_name(workload: str, setting: str) -> str:
    """Returns the name of the figure with the ratio to the bare machine. @p setting is the result of setting_name()."""
    return f"offload_gain_{workload}_{setting}"


def parse_ratio_name(name: str) -> tuple[str, int, bool] | None:
    """Returns the workload, the number of harts, and whether they have Sstc. Returns None for the names of other figures."""
    match = _RATIO.fullmatch(name)
    return (match[1], int(match[2]), match[3] is None) if match else None
