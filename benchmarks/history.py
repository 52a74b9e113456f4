"""Draws the history of the gate's figures. Reads all versions of the baseline from git, and makes a page with a plot
for each figure."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.history_page import Commit, Plot, Update, page
from cli.workspace import user_path
from benchmarks.cost.limits import limit
from benchmarks.gating import baseline
from benchmarks.gating.why import key_figures
from cli import entry
from cli.failure import Failure
from cli.pattern import pattern

BASELINE = "benchmarks/baseline.json"
DEFAULT_OUT = "out/history.html"

# Configurations are drawn in this order, so that each keeps its colour. All other configurations follow, sorted by
# name.
CONFIGS = ["qemu_virt", "qemu_virt_counters", "qemu_virt_trace", "qemu_virt_trace_only", "qemu_virt_trace_fast", "qemu_virt_debug", "bare"]

EXAMPLES = """examples:
  bazel run //benchmarks:history -- --out=/tmp/history.html
  bazel run //benchmarks:history -- --figures='csr_.*|boot_.*'
  bazel run //benchmarks:history -- --repository=. --baseline=ci/fw.baseline.json"""


@dataclass
class History:
    """The commits that changed the baseline, oldest first, and the value of each figure after each commit."""

    commits: list[Commit] = field(default_factory=list)
    values: dict[str, dict[str, dict[int, float]]] = field(default_factory=dict)  # by name, configuration, index of the commit


def git(repository: Path, *words: str) -> str:
    """Runs git. Returns the output of git. If git fails, raises Failure with git's message."""
    done = subprocess.run(["git", "-C", str(repository), *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"git {words[0]} failed in {repository}: {done.stderr.strip()}")
    return done.stdout


def baseline_of(repository: Path, commit: str, path: str) -> baseline.Baseline:
    """Returns the baseline in a commit."""
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory, "baseline.json")
        copy.write_text(git(repository, "show", f"{commit}:./{path}"))
        return baseline.read(copy)


def updates_of(accepted: baseline.Baseline) -> list[Update]:
    """Returns the reasons in a baseline, the newest last."""
    return [Update(tuple(update["figures"]), str(update["because"])) for update in accepted.updates]


def shared(before: list[Update], updates: list[Update]) -> int:
    """Returns how many of @p updates were already in the version @p before. A baseline keeps only the newest reasons, so the oldest
    ones may have gone."""
    return next((count for count in range(min(len(before), len(updates)), 0, -1) if before[-count:] == updates[:count]), 0)


def read(repository: Path, path: str) -> History:
    """Reads the history of a baseline file. There are no values for a commit in which the file is missing or
    unreadable."""
    found = History()
    log = git(repository, "log", "--reverse", "--format=%H%x09%cs%x09%s", "--", path)
    before: list[Update] = []
    for line in log.splitlines():
        commit, date, subject = line.split("\t", 2)
        try:
            accepted = baseline_of(repository, commit, path)
        except Failure:
            accepted = baseline.Baseline()
        values, updates = accepted.values, updates_of(accepted)
        new = tuple(updates[shared(before, updates) :])
        before = updates or before
        for (config, name), value in values.items():
            found.values.setdefault(name, {}).setdefault(config, {})[len(found.commits)] = value
        found.commits.append(Commit(commit[:10], date, subject, new))
    return found


def order(config: str) -> tuple[int, str]:
    """Returns the sort key that puts configurations in their order."""
    return (CONFIGS.index(config) if config in CONFIGS else len(CONFIGS), config)


def unit(name: str) -> str:
    """Returns the unit of a figure. It is derived from the name, because the baseline does not contain units."""
    return "bytes" if name == "image_bytes" else "exits" if name.startswith("firmware_exits") else "instructions"


def plots(history: History, chosen: re.Pattern[str]) -> list[Plot]:
    """Returns the figures to draw. The key figures come first, and then all other figures. Both groups are sorted by
    name."""
    names = sorted((name for name in history.values if chosen.fullmatch(name)), key=lambda name: (not key_figures(name), name))
    return [
        Plot(name, unit(name), {config: history.values[name][config] for config in sorted(history.values[name], key=order)},
             limit(name).most)
        for name in names
    ]


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(
        prog="bazel run //benchmarks:history --", description=__doc__, epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False,
    )
    add = parser.add_argument
    add("--out", default=DEFAULT_OUT, metavar="FILE", help=f"the page (default {DEFAULT_OUT})")
    add("--figures", type=pattern, default=re.compile(".*"), metavar="REGEX", help="draw only figures with a name that REGEX matches completely")
    add("--repository", metavar="DIR", help="a git checkout with another baseline (default: this one)")
    add("--baseline", default=BASELINE, metavar="FILE", help=f"the path of the baseline in the checkout (default {BASELINE})")
    return parser.parse_args(arguments)


def draw(arguments: list[str]) -> int:
    """Writes the page. Returns the exit code."""
    parsed = parse(arguments)
    repository = user_path(parsed.repository) if parsed.repository else Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", os.getcwd()))
    out = user_path(parsed.out)
    history = read(repository, parsed.baseline)
    if not history.commits:
        raise Failure(f"no commit of {repository} has {parsed.baseline}")
    drawn = plots(history, parsed.figures)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page(history.commits, drawn))
    print(f"{len(drawn)} figures over {len(history.commits)} commits: {out}")
    return 0


if __name__ == "__main__":
    sys.exit(entry.run(draw))
