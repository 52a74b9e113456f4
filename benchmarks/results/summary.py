"""Makes the tables that boot_qemu prints at the end of a boot."""

from __future__ import annotations

from typing import Any

from cli.table import Cell, render

# A hart spends its time in hv, in the firmware, in the payload, or asleep. These are the names of these parts in the
# member `exits` of a result.
OWNERS = ("hv", "firmware", "payload", "asleep")


def phase_table(result: dict[str, Any]) -> str:
    """Returns the table of phases with the time of each phase. If exits were counted, the table also contains the exits
    of each phase."""
    counted = result["exits"] is not None
    header = ["phase", "seconds"] + (["exits"] if counted else [])
    rows: list[list[Cell]] = [
        [phase["name"], phase["seconds"]] + ([phase["exits"]] if counted else []) for phase in result["phases"]
    ]
    total: list[Cell] = ["total", sum(phase["seconds"] for phase in result["phases"])]
    return render("time per phase", header, [*rows, total + ([result["exits"]["total"]] if counted else [])])


def exit_table(exits: dict[str, Any]) -> str:
    """Returns the table of exits per cause and hart."""
    harts = exits["by_hart"]
    header = ["cause"] + [f"hart {hart['hart']}" for hart in harts] + ["all"]
    rows: list[list[Cell]] = [
        [cause, *(hart["by_cause"].get(cause, 0) for hart in harts), count] for cause, count in exits["by_cause"].items()
    ]
    rows.append(["total", *(hart["total"] for hart in harts), exits["total"]])
    return render("exits per cause and hart", header, rows)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "-"


def time_table(exits: dict[str, Any]) -> str:
    """Returns the table of each hart's shares of time in hv, in each world, and asleep."""
    rows: list[list[Cell]] = []
    for hart in exits["by_hart"]:
        cycles = hart["cycles"]
        whole = sum(cycles.values())
        rows.append([f"hart {hart['hart']}", *(_percent(cycles[owner], whole) for owner in OWNERS)])
    return render("share of time", ["", *OWNERS], rows)


def tables(result: dict[str, Any]) -> str:
    """Returns all tables of a boot."""
    parts = [phase_table(result)]
    if result["exits"] is not None:
        parts += [exit_table(result["exits"]), time_table(result["exits"])]
    return "\n\n".join(parts)
