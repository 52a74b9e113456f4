"""Compares measured figures with the baseline and with the limits. Returns a verdict for each figure, and a verdict for
the whole run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from benchmarks.cost.limits import most
from benchmarks.gating.baseline import Baseline, Exits, Key, Measured

# A figure may grow by the fraction PART of its value or by the number STEP, whichever is more.
PART, STEP = 0.01, 2

# The number of exits of a boot depends on timing if the boot has several harts, or if the firmware sets the timers. Any
# change of hv then changes the number of exits. So the gate compares the cost per exit of each cause for such a boot.
# The cost may grow by the fraction COURSE_PART, and the number of exits by the fraction COURSE_EXITS.
COURSE_PART, COURSE_EXITS = 0.03, 0.5
COURSE = r"boot_hv_instructions(?!_1(_opensbi.*)?$).*|firmware_hv_instructions_\d+"

BARE = "bare"
SIZE = "image_bytes"

# The names of figures to which OpenSBI contributes begin with one of these texts.
OF_OPENSBI = ("sbi_base", "set_timer", "read_time", "ipi_", "rfence_")


class Verdict(Enum):
    """The verdict on a figure. The value of each member is the text in reports."""

    SAME = "ok"
    BETTER = "better"
    NEW = "new"
    TIMED = "timed"
    NOT_COMPARABLE = "not comparable"
    WORSE = "WORSE"
    MISSING = "MISSING"
    OVER = "OVER ITS LIMIT"

    @property
    def is_red(self) -> bool:
        return self in (Verdict.WORSE, Verdict.MISSING, Verdict.OVER)


class Colour(Enum):
    """The verdict on a run. With the verdict yellow, the gate passes and prints a warning."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True)
class Row:
    """One figure: its value in the baseline, its value in this run, and the verdict on the difference."""

    key: Key
    unit: str
    was: float | None
    now: float | None
    verdict: Verdict
    note: str = ""

    @property
    def delta(self) -> float | None:
        return None if self.was is None or self.now is None else self.now - self.was


def needs(key: Key) -> tuple[str, ...]:
    """Returns the names of the programs on which a figure depends. The names are those in the member `versions` of the
    baseline."""
    config, name = key
    if name == SIZE:
        return ("compiler",)
    compiler = () if config == BARE else ("compiler",)
    if name.startswith("firmware_"):
        return ("qemu", *compiler, "payload", "initrd")
    if name.startswith("boot_") and name.partition("_")[2].startswith(("hv_instructions", "exits")):
        opensbi = name.partition("_opensbi_")[2]
        return ("qemu", *compiler, "kernel", "busybox", f"opensbi_{opensbi}" if opensbi else "opensbi")
    return ("qemu", *compiler, "opensbi") if name.startswith(OF_OPENSBI) and name != "sbi_base_heavy" else ("qemu", *compiler)


def other_versions(key: Key, was: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Compares the versions of the programs on which a figure depends. Returns a text with the versions that differ. If
    the text is empty, all versions are equal, and the figure can be compared."""
    return ", ".join(
        f"{name} {was.get(name, 'none')} → {now.get(name, 'none')}" for name in needs(key) if was.get(name) != now.get(name)
    )


def tolerance(was: float) -> float:
    """Returns how much a deterministic figure may grow."""
    return max(PART * abs(was), STEP)


def depends_on_course(name: str) -> bool:
    """Returns whether a figure belongs to a run in which the number of exits depends on timing."""
    return re.fullmatch(COURSE, name) is not None


def expected(was: Exits, now: Exits) -> float:
    """Returns how many instructions hv would execute in the present exits if an exit of each cause cost as much as in
    the baseline."""
    total = 0.0
    for cause, (exits, instructions) in now.items():
        before = was.get(cause)
        if before is None:
            total += instructions
        else:
            total += before[1] * exits / before[0] if before[0] else before[1]
    return total


def exits_of(exits: Exits) -> int:
    """Returns the total number of exits."""
    return sum(count for count, _ in exits.values())


def _course(key: Key, was: float, now: float, before: Exits, after: Exits) -> tuple[Verdict, str]:
    """Judges a figure by the exits that belong to it: how much an exit costs, and whether there are too many exits."""
    price = expected(before, after)
    more = exits_of(after) / exits_of(before) - 1 if exits_of(before) else 0.0
    if more > COURSE_EXITS:
        return Verdict.WORSE, f"{more:+.0%} exits"
    if now > price * (1 + COURSE_PART):
        return Verdict.WORSE, f"{now / price - 1:+.1%} for the same exits"
    better = now < price * (1 - COURSE_PART) and now < was
    return Verdict.BETTER if better else Verdict.SAME, f"{more:+.1%} exits, {now / price - 1:+.1%} for each"


def _judge(key: Key, baseline: Baseline, measured: Measured) -> tuple[Verdict, str]:
    """Compares one figure with the baseline, and not with its limit."""
    now, was = measured.values.get(key), baseline.values.get(key)
    if key in measured.timed:
        return Verdict.TIMED, ""
    if now is None:
        return Verdict.MISSING, "in the baseline, but not measured"
    if was is None:
        return Verdict.NEW, "not in the baseline"
    if differs := other_versions(key, baseline.versions, measured.versions):
        return Verdict.NOT_COMPARABLE, differs
    before, after = baseline.exits.get(key), measured.exits.get(key)
    if depends_on_course(key[1]) and before and after:
        return _course(key, was, now, before, after)
    if now - was > tolerance(was):
        return Verdict.WORSE, ""
    return Verdict.BETTER if now < was else Verdict.SAME, ""


def _limit_note(key: Key, measured: Measured, kinds: Mapping[str, str]) -> str:
    """Returns a note that says by how much a figure is above its limit. The note is empty if the figure is not above
    its limit."""
    kind, now = kinds.get(key[0], "other"), measured.values.get(key)
    plain = next((measured.values.get((config, key[1])) for config, each in kinds.items() if each == "plain"), None)
    bound = most(key[1], kind, plain)
    return f"limit {bound:,.10g}, over by {now - bound:,.10g}" if now is not None and bound is not None and now > bound else ""


def of_another_compiler(key: Key, baseline: Baseline, measured: Measured) -> bool:
    """Returns whether a figure depends on the compiler and this run used another compiler than the baseline. The limits
    were chosen for the compiler of the baseline. An empty baseline has no compiler."""
    return "compiler" in needs(key) and baseline.versions.get("compiler") not in (None, measured.versions.get("compiler"))


def row_of(key: Key, baseline: Baseline, measured: Measured, kinds: Mapping[str, str]) -> Row:
    """Compares one figure with the baseline, and then with its limit."""
    verdict, note = _judge(key, baseline, measured)
    over = _limit_note(key, measured, kinds)
    if over:
        known = baseline.over_limit.get(key)
        note = "; ".join(part for part in (note, over, known and f"known: {known}") if part)
        if not of_another_compiler(key, baseline, measured) and not known and not verdict.is_red:
            verdict = Verdict.OVER
    return Row(key, measured.units.get(key, ""), baseline.values.get(key), measured.values.get(key), verdict, note)


def rows(baseline: Baseline, measured: Measured, expected_keys: Iterable[Key], kinds: Mapping[str, str]) -> list[Row]:
    """Judges every figure that was measured, and every figure of the baseline that should have been measured.

    expected_keys: the figures of the baseline that this run should have measured
    kinds: what each configuration observes, as cost.figures.observing() returns it; the limits depend on it
    """
    keys = dict.fromkeys([*measured.values, *expected_keys])
    return [row_of(key, baseline, measured, kinds) for key in keys]


def micro_set(found: list[Row]) -> list[Row]:
    """Returns the figures that depend on the fewest programs. These are the sizes of hv, and the costs of operations
    under hv and on the bare machine."""
    return [row for row in found if not row.key[1].startswith("boot_") and row.verdict is not Verdict.TIMED]


def was_compared(found: list[Row]) -> bool:
    """Returns whether the run could compare at least one operation or size with the baseline."""
    return any(row.verdict in (Verdict.SAME, Verdict.BETTER) for row in micro_set(found))


def colour(found: list[Row], must_compare: bool = True) -> Colour:
    """Returns the verdict on the whole run.

    must_compare: if true, the run is red if no figure could be compared because the versions differ
    """
    if any(row.verdict.is_red for row in found):
        return Colour.RED
    of_other_versions = any(row.verdict is Verdict.NOT_COMPARABLE for row in found)
    if not was_compared(found) and (must_compare or not of_other_versions):
        return Colour.RED
    return Colour.YELLOW if of_other_versions else Colour.GREEN
