"""Draws the moment at which a trigger of the recorder fired: what each hart did just before and after it, exit by exit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis import style, trace_rows
from analysis.phases import SECOND

NAME = "trigger"
AROUND = 12  # the figure has this many exits of the trigger's hart before the trigger, and as many after it
UNEVEN = 4  # one side of the trigger is at most this many times as long as the other one
NEAR = SECOND // 50  # ns; exits that are farther from the trigger are not looked at
MOST = 4  # at most this many triggers have a figure
SHOWN = 7  # at most this many kinds of exits have a separate colour
WORLD, EXITS = 0.12, 0.5  # the heights of the two bars of a hart; the rest of its row is empty


@dataclass(frozen=True)
class Exit:
    """An exit. begin, end: in ns of mtime. guest: the world that it interrupted."""

    hart: int
    begin: int
    end: int
    name: str
    guest: str


def read(dump: Path, ns: int, salvage: bool, limits: tuple[int, int]) -> list[Exit]:
    """Returns the exits near a moment and inside the limits (ns), in order of their ends. Raises TraceError."""
    first = max(ns - NEAR, limits[0])
    window = (f"--from={first}ns", f"--to={min(ns + NEAR, limits[1])}ns")
    found = []
    for part in trace_rows.rows(dump, salvage, trace_rows.Progress(0), window):
        for row in part[part["event"] == b"exit"]:
            name = b": ".join(filter(None, (row["cause"], row["detail"]))).decode()
            # hstrace gives no start for an exit of 2^32 - 1 cycles or more. It began seconds ago, so before all that is read.
            begin = int(row["start_ns"] or min(first, row["ns"]))
            found.append(Exit(int(row["hart"]), begin, int(row["ns"]), name, row["guest"].decode()))
    return sorted(found, key=lambda each: each.end)


def window(exits: Sequence[Exit], hart: int, ns: int) -> tuple[int, int]:
    """Returns the begin and the end of the figure in ns: AROUND exits of a hart before and after the moment, and some room."""
    own = [each for each in exits if each.hart == hart]
    before = [each for each in own if each.end <= ns][-AROUND - 1 :]
    after = [each for each in own if each.end > ns][:AROUND]
    begin = min([ns, *(each.begin for each in [*before, *after])])  # the exit that fired the trigger may end just after its time
    end = max([ns, *(each.end for each in after)])
    if begin < ns < end:  # a hart that slept for seconds does not make everything else too narrow to see
        begin, end = max(begin, ns - UNEVEN * (end - ns)), min(end, ns + UNEVEN * (ns - begin))
    room = max((end - begin) // 50, 500)
    return begin - room, end + room


def worlds(exits: Sequence[Exit], begin: int, end: int) -> list[tuple[int, int, str]]:
    """Returns when one hart was in which world, as (begin, end, world). The world between two exits is the one that the second
    interrupted, also if that one is after @p end. After the last exit it is unknown."""
    found, since = [], begin
    for each in exits:
        if each.end < begin:
            continue
        found += [(since, each.begin, each.guest)] if each.begin > since else []
        if each.begin > end:
            break
        found.append((max(each.begin, begin), min(each.end, end), "hv"))
        since = each.end
    return [(left, min(right, end), world) for left, right, world in found if right > left]


def _colours(exits: Sequence[Exit]) -> dict[str, str]:
    """Returns the colours of the kinds of exits that took the most time; all others have one colour together."""
    took: Counter[str] = Counter()
    for each in exits:
        took[each.name] += each.end - each.begin
    return {name: style.PALETTE[index] for index, (name, _) in enumerate(took.most_common(SHOWN))}


def _legend(axes: Any, colours: dict[str, str], present: set[str], others: bool) -> None:
    from matplotlib.patches import Patch

    entries = [Patch(color=style.WORLDS[world], label=world) for world in style.WORLDS if world in present]
    entries += [Patch(color=colour, label=name) for name, colour in colours.items()]
    entries += [Patch(color=style.REST, label="other exits")] if others else []
    axes.legend(handles=entries, loc="upper left", bbox_to_anchor=(1.01, 1), fontsize=8, frameon=False)


def figure(exits: Sequence[Exit], harts: Sequence[int], trigger: dict[str, Any], title: str) -> Any:
    """Returns the figure. harts: the id of each hart, by index; trigger: as hstrace info describes it."""
    ns = int(trigger["ns"])
    begin, end = window(exits, int(trigger["hart"]), ns)
    shown = [each for each in exits if each.end >= begin and each.begin <= end]
    colours, present = _colours(shown), set()
    made, axes = style.pyplot().subplots(figsize=(11, 1.6 + 0.75 * len(harts)), layout="constrained")

    def bar(left: int, right: int, row: float, height: float, colour: str) -> None:
        left, right = max(left, begin), min(right, end)
        axes.barh(row, (right - left) / 1000, left=(left - ns) / 1000, height=height, align="edge", color=colour, linewidth=0)

    for index in range(len(harts)):
        own = [each for each in exits if each.hart == index]
        for left, right, world in worlds(own, begin, end):
            present.add(world)
            bar(left, right, index - 0.4, WORLD, style.WORLDS.get(world, style.REST))
        for each in own:
            if each.end >= begin and each.begin <= end:
                bar(each.begin, each.end, index - 0.4 + WORLD, EXITS, colours.get(each.name, style.REST))
    axes.axvline(0, color=style.TRIGGER, linewidth=1.2)
    axes.set_xlim((begin - ns) / 1000, (end - ns) / 1000)
    axes.set_ylim(len(harts) - 0.4, -0.6)
    axes.set_yticks(range(len(harts)), [f"hart {id_}" for id_ in harts], fontsize=9)
    axes.set_xlabel(f"\N{MICRO SIGN}s from the trigger, which fired at {ns / SECOND:.9f} s of mtime", fontsize=9)
    axes.set_title(f"{title}\nabove: the world of each hart, below: its exits", loc="left", fontsize=10)
    style.plain(axes)
    _legend(axes, colours, present, any(each.name not in colours for each in shown))
    return made


def draw(dump: Path, salvage: bool, triggers: Sequence[dict[str, Any]], limits: tuple[int, int], harts: Sequence[int], subtitle: str,
         directory: Path, formats: list[str]) -> list[Path]:  # fmt: skip
    """Draws the figures of the first MOST triggers, with exits inside the limits (ns). Returns the files. Raises TraceError."""
    drawn = []
    for number, trigger in enumerate(triggers[:MOST], 1):
        exits = read(dump, int(trigger["ns"]), salvage, limits)
        if exits:
            title = f"trigger {trigger['text']}\n{subtitle}"
            name = NAME if number == 1 else f"{NAME}_{number}"
            drawn += style.save(figure(exits, harts, trigger, title), directory, name, formats)
    return drawn
