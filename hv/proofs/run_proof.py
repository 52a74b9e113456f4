"""Runs CBMC on a proof and on hv's sources, and judges what CBMC prints.

The program copies the sources, because a mutation changes them, because the proofs have a hart of their own in the place
of hv/arch/host, and because a proof may need another configuration than the others.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

MEMORY = 2 << 30  # CBMC may use at most this number of bytes
# CBMC keeps a symbol for each element of arrays up to this size, so that it knows which CSRs are constant. A pointer has enough
# bits for 1,024 objects.
# CBMC's own library is left out, because it takes a second to read and hart.c has what hv needs of it. A call of a function
# without a body fails the proof.
ELEMENTS = ["--no-library", "--max-field-sensitivity-array-size", "256", "--object-bits", "10"]
CHECKS = ["--unwinding-assertions", "--signed-overflow-check", "--undefined-shift-check", "--pointer-overflow-check"]
ROOMS = ("abi", "hv", "trace")
RING = "hv/proofs/ring"
REPLACED = {"hv/proofs/hart": "hv/arch", "hv/proofs/device": "hv/device", RING: "hv/ring"}  # folders with headers of the proofs

# Files of hv/proofs whose statements need not be reached, because a proof uses only some CSRs of the hart.
NOT_REACHED = (Path("hv/proofs/hart.h"), Path("hv/proofs/hart.c"))

CONFIG_HEADERS = ("config.h", "dispatch.h", "module_index.h")  # what CBMC reads of a configuration

PROVED, REFUTED = 0, 10  # CBMC's exit codes; any other one says that it could not decide


class Answer(NamedTuple):
    """What CBMC printed: its exit code, its messages, its results (--json-ui), and the seconds it took."""

    code: int
    messages: list[str]
    results: list[dict[str, Any]]
    seconds: float


def copy_sources(tree: Path, config: Path | None) -> None:
    """Copies hv's sources into the folder @p tree, with the headers that the proofs replace.

    If @p config, a folder, is given, its CONFIG_HEADERS replace those of the configuration without modules.
    """
    for room in ROOMS:
        for file in Path(room).rglob("*"):
            if file.suffix in (".c", ".h", ".def"):
                copy = tree / file
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, copy)
    for folder, replaced in REPLACED.items():
        for header in (tree / folder).glob("*.h"):
            shutil.copyfile(header, tree / replaced / header.name)
    if config:
        for name in CONFIG_HEADERS:
            shutil.copyfile(config / name, tree / "hv/config" / name)


def apply(patch: Path, tree: Path) -> None:
    """Applies a patch to the copies. It must fit exactly."""
    words = ["patch", f"--directory={tree}", "--strip=1", "--fuzz=0", "--batch", "--quiet"]
    with patch.open() as text:
        subprocess.run(words, stdin=text, check=True)


def limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def run(cbmc: Path, tree: Path, words: list[str]) -> Answer:
    """Runs CBMC in the folder @p tree."""
    begin = time.monotonic()
    done = subprocess.run(
        [cbmc.absolute(), "--json-ui", "-I", ".", *words],
        cwd=tree,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=limit_memory,
    )
    seconds = time.monotonic() - begin
    try:
        printed = json.loads(done.stdout)
    except json.JSONDecodeError:
        raise SystemExit(f"CBMC stopped with exit code {done.returncode}:\n{done.stdout[-4000:]}") from None
    messages = [part["messageText"] for part in printed if "messageText" in part]
    results = [entry for part in printed for entry in part.get("result", part.get("goals", []))]
    return Answer(done.returncode, messages, results, seconds)


def place(result: dict[str, Any]) -> str:
    """Where a statement stands, and what it says."""
    at = result.get("sourceLocation", {})
    return f"{at.get('file', '?')}:{at.get('line', '?')}: {result['description']}"


def values(result: dict[str, Any]) -> str:
    """The values of a failed statement: the last value of each variable that the proof chose or assigned."""
    last: dict[str, str] = {}
    for step in result.get("trace", []):
        if step.get("stepType") == "assignment" and not step.get("hidden") and "data" in step.get("value", {}):
            binary = step["value"].get("binary", "")
            number = f" (0x{int(binary, 2):x})" if binary and set(binary) <= {"0", "1"} else ""
            last[step["lhs"]] = str(step["value"]["data"]) + number
    return "".join(f"    {name} = {value}\n" for name, value in last.items())


def undecided(answer: Answer) -> str:
    return f"CBMC could not decide (exit code {answer.code}):\n" + "\n".join(answer.messages[-15:])


def cases_of_shard(cases: list[str]) -> list[str]:
    """Returns the cases that this process has to run, if Bazel has divided the test into shards."""
    index, total = int(os.environ.get("TEST_SHARD_INDEX", "0")), int(os.environ.get("TEST_TOTAL_SHARDS", "1"))
    if status := os.environ.get("TEST_SHARD_STATUS_FILE"):
        Path(status).touch()
    return cases[index::total]


def check_proof(answers: list[Answer]) -> str:
    """Returns what is wrong, or an empty text if each statement of each case is proved."""
    wrong = []
    for answer in answers:
        if answer.code == REFUTED:
            failed = [result for result in answer.results if result["status"] != "SUCCESS"]
            wrong += [f"not true: {place(result)}\n{values(result)}" for result in failed]
        elif answer.code != PROVED or not answer.results:
            wrong.append(undecided(answer))
    return "\n".join(wrong)


def check_mutation(answers: list[Answer]) -> str:
    """Returns what is wrong, or an empty text if a statement of the proof is false in a case. CBMC's own checks are off."""
    for answer in answers:
        if answer.code not in (PROVED, REFUTED):
            return undecided(answer)
    failed = [result for answer in answers for result in answer.results if result["status"] == "FAILURE"]
    for result in failed:
        print(f"found: {place(result)}")
    return "" if failed else "the proof holds although hv has the fault"


def must_be_reached(file: Path) -> bool:
    """Returns whether each statement in a file must be reached: the statements of proofs and of the ring's headers, but not
    those that CBMC itself adds to hv's files."""
    if file.parent == Path(REPLACED[RING]):
        return (Path(RING) / file.name).is_file()
    return file.parent == Path("hv/proofs") and file not in NOT_REACHED


def check_reached(answers: list[Answer]) -> str:
    """Returns what is wrong, or an empty text if each statement that must be reached is reached in a case."""
    reached: dict[str, bool] = {}
    for answer in answers:
        if answer.code != PROVED:
            return undecided(answer)
        for result in answer.results:
            if must_be_reached(Path(result["sourceLocation"]["file"])):
                reached[place(result)] = reached.get(place(result), False) or result["status"] == "satisfied"
    missed = [f"not reached: {where}" for where, is_reached in reached.items() if not is_reached]
    return "\n".join(missed) if reached else "the proof has no statement"


def arguments() -> argparse.Namespace:
    """Returns the arguments of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cbmc", type=Path, required=True, help="the program")
    parser.add_argument("--proof", required=True, metavar="NAME", help="name of hv/proofs/NAME_proof.c")
    parser.add_argument("--file", action="append", default=[], help="a source file of hv that the proof links")
    parser.add_argument("--unwind", type=int, default=1, help="the highest number of rounds of a loop, plus 1")
    parser.add_argument("--case", action="append", required=True, metavar="OPTIONS", help="further arguments of CBMC for one run")
    parser.add_argument("--config", type=Path, help="the folder of a configuration to use instead of the one without modules")
    parser.add_argument("--slice", action="store_true", help="leave out what no statement depends on")
    parser.add_argument("--solver", type=Path, help="a SAT solver to use instead of CBMC's own")
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--prove", action="store_true", help="prove each statement for all values")
    mode.add_argument("--reach", action="store_true", help="check that each statement is reached")
    mode.add_argument("--mutation", type=Path, metavar="PATCH", help="check that the proof fails with this fault in hv")
    return parser.parse_args()


def main() -> int:
    args = arguments()
    source = f"hv/proofs/{args.proof}_proof.c"

    judge = check_proof if args.prove else check_reached if args.reach else check_mutation
    words = [source, *args.file, "--unwind", str(args.unwind), *ELEMENTS]
    checks = CHECKS if args.prove else ["--no-standard-checks"]
    if args.reach:
        checks = ["--cover", "assertion", "-DREACH=1", *checks]
    if args.slice:
        words.append("--slice-formula")
    # --cover needs CBMC's own solver. It also finds a fault in less time, because it continues after each statement that is
    # false, and another solver starts again.
    if args.solver and args.prove:
        checks += ["--external-sat-solver", str(args.solver.absolute())]
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        copy_sources(tree, args.config)
        if args.mutation:
            apply(args.mutation, tree)
        answers: list[Answer] = []
        for case in cases_of_shard(args.case):
            answers.append(run(args.cbmc, tree, [*words, *shlex.split(case), *checks]))
            wrong = judge(answers)
            if not args.prove and not wrong:
                break  # one case is enough to show that the fault is found, or that all statements are reached
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    count = max(len(answer.results) for answer in answers)
    print(wrong or f"{source}: {count} statements", f"({sum(answer.seconds for answer in answers):.1f} s, {peak} MB)")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
