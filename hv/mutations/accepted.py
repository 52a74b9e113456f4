"""The list of mutants that may survive, survivors.toml, and what is wrong with a run according to it.

An entry describes a mutant by the function and by the changed lines, so other changes of the file do not affect it.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import NamedTuple

from hv.mutations import report
from hv.mutations.judge import EQUIVALENT, SURVIVED, Verdict
from hv.mutations.mutator import Mutant
from hv.mutations.report import Results

LIST = Path("hv/mutations/survivors.toml")
NEEDED = 90  # per cent of the mutants of each file


class Entry(NamedTuple):
    """A mutant that may survive."""

    file: str
    function: str
    was: str
    now: str
    reason: str
    equivalent: bool  # whether the mutant cannot behave differently in any state that can occur

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.file, self.function, self.was, self.now


def entries(text: str) -> list[Entry]:
    """Reads the list. One group of entries shares a file, a function and a reason, and has one or more changes."""
    found = []
    for group in tomllib.loads(text).get("group", []):
        if not group["reason"].strip():
            raise ValueError(f"{group['file']}: a reason is empty")
        for was, *nows in group["changes"]:
            rest = group["reason"], group["equivalent"]
            found += [Entry(group["file"], group["function"], was, now, *rest) for now in nows]
    return found


def load() -> list[Entry]:
    """Reads the list of this tree."""
    return entries(LIST.read_text(encoding="utf-8"))


def new_survivors(results: Results, accepted: list[Entry]) -> Results:
    """Returns the survivors that are not in the list."""
    keys = {entry.key for entry in accepted}
    return [(mutant, verdict) for mutant, verdict in results if verdict.what == SURVIVED and mutant.key not in keys]


def stale(results: Results, all_mutants: list[Mutant], accepted: list[Entry]) -> list[str]:
    """Returns what is wrong with entries: their mutant does not exist, or it did not survive."""
    judged: dict[tuple[str, str, str, str], list[str]] = {}
    for mutant, verdict in results:
        judged.setdefault(mutant.key, []).append(verdict.what if not verdict.by else f"{verdict.what}, {verdict.by}")
    exists = {mutant.key for mutant in all_mutants}
    wrong = []
    for entry in accepted:
        where = f"{LIST}: {entry.file}, {entry.function or 'no function'}: {entry.now}"
        whats = judged.get(entry.key, [SURVIVED])
        if entry.key not in exists:
            wrong.append(f"{where}\n  no such mutant")
        elif SURVIVED not in whats:
            wrong.append(f"{where}\n  did not survive: {whats[0]}")
    return wrong


def with_equivalent(results: Results, accepted: list[Entry]) -> Results:
    """Returns the results, in which the survivors that the list calls equivalent have a verdict of their own."""
    keys = {entry.key for entry in accepted if entry.equivalent}
    return [
        (mutant, Verdict(EQUIVALENT) if verdict.what == SURVIVED and mutant.key in keys else verdict)
        for mutant, verdict in results
    ]


def low_scores(results: Results, accepted: list[Entry]) -> list[str]:
    """Returns the files whose score is too low."""
    results = with_equivalent(results, accepted)
    shares = {file: report.score(report.counts(results, file)) for file in report.files(results)}
    return [f"{file}: {report.as_text(share)}, less than {NEEDED} %" for file, share in shares.items() if share is not None and share < NEEDED]


def problems(results: Results, all_mutants: list[Mutant], accepted: list[Entry]) -> list[str]:
    """Returns everything that --check reports."""
    unlisted = [f"{mutant.name}\n  survived, but is not in {LIST}" for mutant, _ in new_survivors(results, accepted)]
    return [*low_scores(results, accepted), *unlisted, *stale(results, all_mutants, accepted)]
