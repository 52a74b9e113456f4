"""bazel run //hv/mutations:coverage: which lines and branches of hv/virt the unit tests of hv/virt execute.

Prints a row for each file, and fails if a line is not executed or a branch is not taken, unless uncovered.toml gives a reason.
Inline functions are compiled as functions of their own, and all tests are added up.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import NamedTuple

from cli import entry, failure, table
from hv.mutations.measure import FLAGS, Files, Measurement
from hv.mutations.mutator import squeeze
from hv.mutations.report import as_text
from hv.mutations.room import Room

LIST = Path("hv/mutations/uncovered.toml")
COUNTED_WITH = 12  # the numbers of branches in LIST are those of this version of gcc; other versions divide lines differently


class Gap(NamedTuple):
    """A line that no test executes, or the branches of a line that no test takes. Branches have no names in gcov's
    output, so only their number is known."""

    file: str
    text: str  # the line, with single spaces
    branches: int  # 0 if the line itself is not executed

    def __str__(self) -> str:
        what = "not executed" if not self.branches else "1 branch is not taken" if self.branches == 1 else f"{self.branches} branches are not taken"
        return f"{self.file}: {what}: {self.text}"


def gaps(files: Files, texts: dict[str, list[str]]) -> dict[Gap, list[int]]:
    """Returns all gaps, with the numbers of their lines. @p texts has the lines of each file."""
    found: dict[Gap, list[int]] = {}
    for file, lines in sorted(files.items()):
        for number, (count, *branches) in sorted(lines.items()):
            untaken = branches.count(0)
            if count == 0 or untaken:
                gap = Gap(file, squeeze(texts[file][number - 1]), untaken if count else 0)
                found.setdefault(gap, []).append(number)
    return found


def listed(text: str) -> list[Gap]:
    """Reads the list of gaps that have a reason. One group has one file and one reason."""
    found = []
    for group in tomllib.loads(text).get("group", []):
        if not group["reason"].strip():
            raise ValueError(f"{group['file']}: a reason is empty")
        found += [Gap(group["file"], line, 0) for line in group.get("lines", [])]
        found += [Gap(group["file"], line, count) for line, count in group.get("branches", {}).items()]
    return found


def problems(found: dict[Gap, list[int]], accepted: list[Gap]) -> list[str]:
    """Returns what is wrong: gaps without a reason, and reasons without a gap."""
    wrong = [f"{gap} (line {', '.join(map(str, numbers))})" for gap, numbers in found.items() if gap not in accepted]
    return wrong + [f"{LIST}: there is no such gap: {gap}" for gap in accepted if gap not in found]


def lines_only(found: dict[Gap, list[int]]) -> dict[Gap, list[int]]:
    """Returns the gaps that are lines, without those that are branches."""
    return {gap: numbers for gap, numbers in found.items() if not gap.branches}


def gcc_version() -> int:
    """Returns the major version of gcc."""
    return int(subprocess.run(["gcc", "-dumpversion"], check=True, stdout=subprocess.PIPE, text=True).stdout.split(".")[0])


def row(name: str, files: Files) -> list[table.Cell]:
    """Returns a row of the table."""
    lines = [counts for of_file in files.values() for counts in of_file.values()]
    branches = [count for counts in lines for count in counts[1:]]
    executed, taken = sum(counts[0] > 0 for counts in lines), sum(count > 0 for count in branches)
    shares = [as_text(100 * part / whole if whole else None) for part, whole in ((executed, len(lines)), (taken, len(branches)))]
    return [name, len(lines), executed, shares[0], len(branches), taken, shares[1]]


def main(words: list[str]) -> int:
    """The program."""
    argparse.ArgumentParser(prog="coverage", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        room = Room(Path(folder), FLAGS)
        files = Measurement(room).total()
        texts = {file: room.text(file).split("\n") for file in room.files()}
    rows = [row(file, {file: lines}) for file, lines in sorted(files.items())] + [row("all", files)]
    header = ("file", "lines", "executed", "share", "branches", "taken", "share")
    print(table.render("coverage of hv/virt by its unit tests", header, rows))
    found, accepted = gaps(files, texts), listed(LIST.read_text(encoding="utf-8"))
    if gcc_version() != COUNTED_WITH:
        print(f"Only lines are compared with {LIST}, because its numbers of branches are those of gcc {COUNTED_WITH}.")
        found, accepted = lines_only(found), [gap for gap in accepted if not gap.branches]
    wrong = problems(found, accepted)
    print("\n".join(wrong))
    return failure.EXIT_GUEST_FAILED if wrong else failure.EXIT_SUCCESS


if __name__ == "__main__":
    sys.exit(entry.run(main))
