"""Reads and writes the baseline: the values of the figures that somebody accepted, with a reason for each update. The
baseline is a committed JSON file with these members:

    versions    the versions of the programs that the figures depend on, and the system that supplied them
    figures     the value of each figure, by configuration and name
    exits       for boots and runs, by configuration, name and cause: the number of exits and hv's instructions in them
    updates     which figures were recorded and why, the newest update last
    over_limit  figures that may be above their limit for now, in groups with a reason
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from cli.failure import Failure

SCHEMA_VERSION = 1
EVERYTHING = "all"
UPDATES_KEPT = 20

# A key identifies a figure. It consists of the figure's configuration and the figure's name.
Key = tuple[str, str]
Exits = dict[str, tuple[int, int]]  # the number of exits of each cause, and hv's instructions in these exits


@dataclass
class Measured:
    """The figures that one run of the gate measured, and the exits that contributed to them."""

    versions: dict[str, str]
    values: dict[Key, float] = field(default_factory=dict)
    exits: dict[Key, Exits] = field(default_factory=dict)
    units: dict[Key, str] = field(default_factory=dict)
    timed: set[Key] = field(default_factory=set)  # the figures that depend on the speed of the machine; the gate only shows them


@dataclass
class Baseline:
    """The contents of the baseline file."""

    versions: dict[str, str] = field(default_factory=dict)
    values: dict[Key, float] = field(default_factory=dict)
    exits: dict[Key, Exits] = field(default_factory=dict)
    updates: list[dict[str, Any]] = field(default_factory=list)
    over_limit: dict[Key, str] = field(default_factory=dict)


def text_of(key: Key) -> str:
    """Returns the name of a figure in the form CONFIG/NAME."""
    return "/".join(key)


def key_of(text: str) -> Key:
    """Returns the figure with the name CONFIG/NAME."""
    config, _, name = text.partition("/")
    return config, name


def matches(key: Key, pattern: str) -> bool:
    """Returns whether a pattern selects a figure. A pattern is `all`, NAME for a figure in any configuration, or
    CONFIG/NAME. A * in a pattern matches any text."""
    return pattern == EVERYTHING or fnmatchcase(text_of(key) if "/" in pattern else key[1], pattern)


def selected(keys: list[Key], patterns: list[str]) -> list[Key]:
    """Returns the figures that the patterns select."""
    return [key for key in keys if any(matches(key, pattern) for pattern in patterns)]


def chosen(keys: list[Key], patterns: list[str]) -> list[Key]:
    """Returns the figures that the patterns select. Raises Failure if a pattern selects none."""
    for pattern in patterns:
        if not any(matches(key, pattern) for key in keys):
            raise Failure(f"no measured figure matches {pattern!r}; give NAME or CONFIG/NAME, where * matches any text")
    return selected(keys, patterns)


def read(path: Path) -> Baseline:
    """Reads the file. Returns an empty baseline if the file does not exist."""
    if not path.is_file():
        return Baseline()
    try:
        data = json.loads(path.read_text())
        if data["schema"] != SCHEMA_VERSION:
            raise Failure(f"{path} has schema {data['schema']}, but this gate reads schema {SCHEMA_VERSION}")
        return Baseline(
            data["versions"],
            {(config, name): value for config, of in data["figures"].items() for name, value in of.items()},
            {
                (config, name): {cause: (pair[0], pair[1]) for cause, pair in causes.items()}
                for config, of in data["exits"].items()
                for name, causes in of.items()
            },
            data["updates"],
            {key_of(text): group["because"] for group in data["over_limit"] for text in group["figures"]},
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Failure(f"{path} is not a baseline: {error!r}") from error


def _nested(values: dict[Key, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for (config, name), value in sorted(values.items()):
        found.setdefault(config, {})[name] = int(value) if isinstance(value, float) and value == int(value) else value
    return found


def _groups(over_limit: dict[Key, str]) -> list[dict[str, Any]]:
    reasons: dict[str, list[str]] = {}
    for key, because in sorted(over_limit.items()):
        reasons.setdefault(because, []).append(text_of(key))
    return [{"because": because, "figures": figures} for because, figures in reasons.items()]


def _dump(data: dict[str, Any]) -> str:
    """Returns JSON. Each figure has one line. The two numbers of each cause of exits are also on one line."""
    text = json.dumps(data, indent=1, ensure_ascii=False)
    for first, last in (("[\n     ", "\n    ]"), ("[\n      ", "\n     ]")):
        parts = text.split(first)
        for index, part in enumerate(parts[1:], 1):
            inner, closing, rest = part.partition(last)
            parts[index] = "[" + " ".join(inner.split()) + "]" + rest if closing else first + part
        text = "".join(parts)
    return text + "\n"


def write(path: Path, baseline: Baseline) -> None:
    """Writes the file. Its lines are sorted, so that a change of one figure changes only one line."""
    data = {
        "schema": SCHEMA_VERSION,
        "versions": dict(sorted(baseline.versions.items())),
        "updates": baseline.updates,
        "over_limit": _groups(baseline.over_limit),
        "figures": _nested(baseline.values),
        "exits": _nested(baseline.exits),
    }
    path.write_text(_dump(data))


def update(old: Baseline, measured: Measured, wanted: list[Key], patterns: list[str], because: str) -> Baseline:
    """Returns the baseline with the selected figures set to their measured values. All other figures keep their values.

    wanted: the figures that this run should have measured. If the run did not measure a figure of this list, the figure
    no longer exists. If the patterns select such a figure, it is removed from the baseline
    patterns: select the figures to record
    The baseline contains one set of versions for all figures. So a selection of figures can only be recorded if the
    versions have not changed since the last update. If they have, all figures must be recorded.
    """
    there = [key for key in measured.values if key not in measured.timed]
    keys = chosen(list(dict.fromkeys([*there, *wanted])), patterns)
    gone = {key for key in keys if key not in measured.values}
    others = [name for name, version in measured.versions.items() if old.versions.get(name, version) != version]
    if EVERYTHING not in patterns and old.values and others:
        changed = ", ".join(others)
        raise Failure(f"the baseline was recorded with other versions ({changed}): record all figures with --update all --because=…")
    rest = [key for key in old.values if key not in measured.values and key not in gone]
    if others and rest:
        raise Failure(
            f"the baseline has {len(rest)} figures that this run does not measure, such as {text_of(rest[0])}, and they were recorded "
            f"with other versions ({', '.join(others)}): measure all figures in one run (the tree's own gate with --long), or start "
            "another file with --baseline=FILE"
        )
    note = {"figures": patterns, "because": because}
    values = old.values | {key: measured.values[key] for key in keys if key not in gone}
    exits = old.exits | {key: measured.exits[key] for key in keys if key in measured.exits}
    return Baseline(
        old.versions | measured.versions,
        {key: value for key, value in values.items() if key not in gone},
        {key: value for key, value in exits.items() if key not in gone},
        [*(each for each in old.updates if each["figures"] != patterns), note][-UPDATES_KEPT:],
        dict(old.over_limit),
    )
