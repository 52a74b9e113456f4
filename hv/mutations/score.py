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
from hv.mutations import accepted, measure, report
from hv.mutations.judge import Judge, Store, judge_all
from hv.mutations.mutator import Mutant, mutants
from hv.mutations.proofs import Prover
from hv.mutations.room import Room


# The number of mutants from which on it saves time to find out first which test executes which function.
WORTH_MEASURING = 100


def arguments(words: list[str]) -> argparse.Namespace:
    """Returns the arguments of the command line."""
    parser = argparse.ArgumentParser(prog="score", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", action="append", metavar="FILE", help="only mutants of this file, such as hv/virt/pmp.c; may be repeated")
    parser.add_argument("--sample", type=int, metavar="N", help="only N mutants of all, always the same ones")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="number of mutants at a time (default: one per CPU)")
    parser.add_argument("--out", metavar="DIR", help="keep the results in DIR; a later run with the same DIR judges only what has changed")
    parser.add_argument("--proof-seconds", type=float, default=100, metavar="S", help="time for the proofs of one mutant (default: 100); 0: no proofs")
    parser.add_argument("--check", action="store_true", help="fail if the score of a file is too low, or if survivors.toml does not list exactly the survivors")
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
    """Shows how far the run is, in one line of the terminal. The mutants that it is first shown are those of earlier
    runs, which took no time."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.begin = self.shown = time.monotonic()
        self.earlier = 0

    def show(self, done: int) -> None:
        """Shows the number of judged mutants, at most once in two seconds on a terminal, else once in a minute."""
        now = time.monotonic()
        if now - self.begin < 1:
            self.earlier = done
        is_terminal = sys.stderr.isatty()
        if now - self.shown < (2 if is_terminal else 60):
            return
        self.shown = now
        minutes = (now - self.begin) / max(done - self.earlier, 1) * (self.total - done) / 60
        end = "\r" if is_terminal else "\n"
        print(f"{done:,} of {self.total:,} mutants, about {minutes:.0f} min left ", end=end, file=sys.stderr, flush=True)


def run(args: argparse.Namespace, room: Room, chosen: list[Mutant]) -> report.Results:
    """Judges the mutants. Returns them in the same order, with their verdicts."""
    prover = Prover(room, workspace.repository_file("cbmc", "cbmc"), args.proof_seconds) if args.proof_seconds else None
    store = None
    if args.out:
        out = workspace.user_path(args.out)
        out.mkdir(parents=True, exist_ok=True)
        store = Store(out / "results.jsonl", room, prover.digest() if prover else "")
    measurement = None
    if len(chosen) >= WORTH_MEASURING:
        with tempfile.TemporaryDirectory() as folder:
            measurement = measure.Measurement(Room(Path(folder), measure.FLAGS))
    judge = Judge(room, measurement, prover)
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
        results = run(args, room, selected(room, args))
        everything = [mutant for file in room.files() for mutant in mutants(file, room.text(file))]
    listed = accepted.load()
    print(report.table(accepted.with_equivalent(results, listed)))
    print(report.survivors(accepted.new_survivors(results, listed)))
    if args.json:
        workspace.user_path(args.json).write_text(json.dumps(report.as_json(accepted.with_equivalent(results, listed)), indent=1) + "\n", encoding="utf-8")
    problems = accepted.problems(results, everything, listed) if args.check else []
    print("\n".join(problems))
    return failure.EXIT_GUEST_FAILED if problems else failure.EXIT_SUCCESS


if __name__ == "__main__":
    sys.exit(entry.run(main))
