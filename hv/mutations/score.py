"""bazel run //hv/mutations:score: how many faults in hv/virt the unit tests and the proofs find.

The program makes mutants of the files of hv/virt, builds each for the host, and runs the unit tests of hv/virt and the proofs.
docs/proofs.md explains the table that it prints.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from cli import entry, failure, workspace
from hv.mutations import measure, report
from hv.mutations.judge import Judge, Store, Verdict, judge_all
from hv.mutations.mutator import Mutant, mutants
from hv.mutations.room import Room


def arguments(words: list[str]) -> argparse.Namespace:
    """Returns the arguments of the command line."""
    parser = argparse.ArgumentParser(prog="score", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", action="append", metavar="FILE", help="only mutants of this file, such as hv/virt/pmp.c; may be repeated")
    parser.add_argument("--sample", type=int, metavar="N", help="only N mutants of all, always the same ones")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="number of mutants at a time (default: one per CPU)")
    parser.add_argument("--out", metavar="DIR", help="keep the results in DIR; a later run with the same DIR judges only what has changed")
    parser.add_argument("--json", metavar="FILE", help="also write the table and the list of survivors to FILE")
    return parser.parse_args(words)


def sample(all_of_them: list[Mutant], count: int | None) -> list[Mutant]:
    """Returns @p count mutants at equal distances, or all."""
    if count is None or count >= len(all_of_them):
        return all_of_them
    return [all_of_them[i * len(all_of_them) // count] for i in range(count)]


def selected(room: Room, args: argparse.Namespace) -> list[Mutant]:
    """Returns the mutants that the user has selected."""
    files = room.files()
    for file in args.file or []:
        if file not in files:
            raise failure.Failure(f"--file: {file} is not a file of hv/virt; the files are {', '.join(files)}")
    return sample([mutant for file in args.file or files for mutant in mutants(file, room.text(file))], args.sample)


class Progress:
    """Shows how far the run is, in one line of the terminal."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.begin = time.monotonic()
        self.shown = 0.0

    def show(self, done: int) -> None:
        """Shows the number of judged mutants, at most once in two seconds on a terminal, else once in a minute."""
        now = time.monotonic()
        is_terminal = sys.stderr.isatty()
        if now - self.shown < (2 if is_terminal else 60):
            return
        self.shown = now
        minutes = (now - self.begin) / max(done, 1) * (self.total - done) / 60
        end = "\r" if is_terminal else "\n"
        print(f"{done:,} of {self.total:,} mutants, about {minutes:.0f} min left ", end=end, file=sys.stderr, flush=True)


def run(args: argparse.Namespace, room: Room, store: Store | None) -> list[tuple[Mutant, Verdict]]:
    """Judges the mutants. Returns them in the order of their places."""
    chosen = selected(room, args)
    with tempfile.TemporaryDirectory() as folder:
        judge = Judge(room, measure.Measurement(Room(Path(folder), measure.FLAGS)))
    if failing := judge.failing_tests():
        raise failure.Failure(f"these unit tests fail without a fault: {', '.join(failing)}", failure.EXIT_GUEST_FAILED)
    progress = Progress(len(chosen))
    verdicts = {}
    for mutant, verdict in judge_all(judge, store, chosen, args.jobs):
        verdicts[mutant] = verdict
        progress.show(len(verdicts))
    return [(mutant, verdicts[mutant]) for mutant in chosen]


def main(words: list[str]) -> int:
    """The program."""
    args = arguments(words)
    with tempfile.TemporaryDirectory() as folder:
        room = Room(Path(folder))
        store = None
        if args.out:
            out = workspace.user_path(args.out)
            out.mkdir(parents=True, exist_ok=True)
            store = Store(out / "results.jsonl", room, "")
        results = run(args, room, store)
    print(report.table(results))
    print(report.survivors(results))
    if args.json:
        workspace.user_path(args.json).write_text(json.dumps(report.as_json(results), indent=1) + "\n", encoding="utf-8")
    return failure.EXIT_SUCCESS


if __name__ == "__main__":
    sys.exit(entry.run(main))
