"""Runs CBMC on a proof and on hv's sources, and judges what CBMC prints.

The program copies the sources, because a mutation changes them, and because the proofs have a hart of their own in the
place of hv/arch/host.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

MEMORY = 2 << 30  # CBMC may use at most this number of bytes
CHECKS = ["--unwinding-assertions", "--signed-overflow-check", "--undefined-shift-check", "--pointer-overflow-check"]
ROOMS = ("abi", "hv", "trace")

PROVED, REFUTED = 0, 10  # CBMC's exit codes; any other one says that it could not decide


class Answer(NamedTuple):
    """What CBMC printed: its exit code, its messages, its results (--json-ui), and the seconds it took."""

    code: int
    messages: list[str]
    results: list[dict[str, Any]]
    seconds: float


def copy_sources(tree: Path) -> None:
    """Copies hv's sources into the folder @p tree, with the hart of the proofs as hv/arch."""
    for room in ROOMS:
        for file in Path(room).rglob("*"):
            if file.suffix in (".c", ".h", ".def"):
                copy = tree / file
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, copy)
    for header in (tree / "hv/proofs/hart").glob("*.h"):
        shutil.copyfile(header, tree / "hv/arch" / header.name)


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
            last[step["lhs"]] = step["value"]["data"] + number
    return "".join(f"    {name} = {value}\n" for name, value in last.items())


def undecided(answer: Answer) -> str:
    return f"CBMC could not decide (exit code {answer.code}):\n" + "\n".join(answer.messages[-15:])


def check_proof(answer: Answer) -> str:
    """Returns what is wrong, or an empty text if CBMC has proved each statement."""
    if answer.code == PROVED and answer.results:
        return ""
    if answer.code != REFUTED:
        return undecided(answer)
    failed = [result for result in answer.results if result["status"] != "SUCCESS"]
    return "\n".join(f"not true: {place(result)}\n{values(result)}" for result in failed)


def check_mutation(answer: Answer, proof: str) -> str:
    """Returns what is wrong, or an empty text if a statement of the proof itself is false."""
    if answer.code == PROVED:
        return "the proof holds although hv has the fault"
    if answer.code != REFUTED:
        return undecided(answer)
    failed = [result for result in answer.results if result["status"] == "FAILURE"]
    own = [result for result in failed if ".assertion." in result["property"]]
    for result in failed:
        print(f"found: {place(result)}")
    return "" if own else f"no statement of {proof} is false; only the checks above fail"


def check_reached(answer: Answer, source: str) -> str:
    """Returns what is wrong, or an empty text if each statement of the proof @p source is reached. Statements of the hart
    need not be reached: a proof uses only some of its CSRs."""
    if answer.code != PROVED:
        return undecided(answer)
    own = [result for result in answer.results if result["sourceLocation"]["file"] == source]
    missed = [result for result in own if result["status"] != "satisfied"]
    return "\n".join(f"not reached: {place(result)}" for result in missed) if own else "the proof has no statement"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cbmc", type=Path, required=True, help="the program")
    parser.add_argument("--proof", required=True, metavar="NAME", help="name of hv/proofs/NAME_proof.c")
    parser.add_argument("--file", action="append", default=[], help="a source file of hv that the proof links")
    parser.add_argument("--unwind", type=int, default=1, help="the highest number of rounds of a loop, plus 1")
    parser.add_argument("--option", action="append", default=[], help="a further argument of CBMC")
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--prove", action="store_true", help="prove each statement for all values")
    mode.add_argument("--reach", action="store_true", help="check that each statement is reached")
    mode.add_argument("--mutation", type=Path, metavar="PATCH", help="check that the proof fails with this fault in hv")
    args = parser.parse_args()

    source = f"hv/proofs/{args.proof}_proof.c"
    words = [source, *args.file, "--unwind", str(args.unwind), *args.option]
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        copy_sources(tree)
        if args.mutation:
            apply(args.mutation, tree)
        checks = ["--cover", "assertion", "--no-standard-checks"] if args.reach else CHECKS
        answer = run(args.cbmc, tree, words + checks)
    if args.reach:
        wrong = check_reached(answer, source)
    else:
        wrong = check_mutation(answer, source) if args.mutation else check_proof(answer)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(wrong or f"{source}: {len(answer.results)} statements", f"({answer.seconds:.1f} s, {peak} MB)")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
