"""Runs a guest under an hv into which a patch has put a fault. The test that the patch names must then fail.

mutation_test.py --patch=NAME.patch --image FILES... [--guest=SPECIFICATION.json] [--cpu=MODEL] [--harts=N] [--unmutated]
If no guest is given, a check of the disassembly of hv must find the fault. With --unmutated, the image has no fault, and
the test must pass. A test that fails when it runs alone would find every fault.
"""

import argparse
import json
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from configs.image_test import barriers
from machines.images import Image
from payloads.runner.guest_test import ends_well, image_of, run_of
from payloads.runner.outcome import LAST_LINE, Outcome, run
from payloads.runner.patch import Mutation, read_mutation

# A fault may hang the guest. A run is therefore stopped when the guest has printed nothing for this many seconds. A
# guest that does not hang always prints something sooner.
SILENCE = 10.0

MARK = b"only this test: "


def lines_of_test(outcome: Outcome, name: str) -> list[str] | None:
    """Returns the lines that the guest printed in test @p name, or None if that test did not start."""
    lines = outcome.guest_lines()
    if name not in lines:
        return None
    first = lines.index(name) + 1
    last = first
    while last < len(lines) and lines[last].startswith("  "):
        last += 1
    return lines[first:last]


def is_complete(outcome: Outcome, name: str) -> bool:
    """Returns whether the guest has finished test @p name. It has if its output continues with another test or with the
    verdict."""
    lines = outcome.guest_lines()
    seen = lines_of_test(outcome, name)
    if seen is None:
        return False
    after = lines[lines.index(name) + 1 + len(seen):]
    return bool(after) and (after[0].startswith(("p", "s")) or LAST_LINE.match(after[0]) is not None)


def end_of(outcome: Outcome) -> str:
    """Describes the end of a run that ended too early."""
    if outcome.exit_code is None:
        return "the guest hangs"
    for line in outcome.console.splitlines():
        if "panic" in line:
            return "hv panics"
    return f"the run ends with code {outcome.exit_code}"


def first_difference(seen: list[str], bare: list[str]) -> str | None:
    """Describes the first difference between @p seen, the lines that a test printed under hv, and @p bare, the lines
    that it printed on the bare machine. Returns None if there is no difference."""
    for mine, theirs in zip(seen + [""] * len(bare), bare):
        if mine != theirs:
            return f"prints `{mine.strip()}` instead of `{theirs.strip()}`"
    return None if len(seen) == len(bare) else f"prints `{seen[len(bare)].strip()}` in addition"


def seen_red(guest: dict[str, Any], name: str, outcome: Outcome, bare: Outcome | None) -> str | None:
    """Describes how the run shows that test @p name failed. Returns None if the test passed."""
    for pattern in guest["expect_log"]:
        if not re.search(pattern, outcome.console):
            return f"hv does not print {pattern!r}, and the run ends with code {outcome.exit_code}"
    seen = lines_of_test(outcome, name)
    if seen is None:
        return None if LAST_LINE.match((outcome.guest_lines() or [""])[-1]) else f"before the test, {end_of(outcome)}"
    if failed := [line.strip() for line in seen if line.lstrip().startswith("FAIL")]:
        return failed[0]
    ends_in_test = guest["exit_code"] != 0 and outcome.exit_code == guest["exit_code"]
    if not is_complete(outcome, name) and not ends_in_test:
        return f"in the test, {end_of(outcome)}"
    return first_difference(seen, lines_of_test(bare, name) or []) if bare else None


def not_green(guest: dict[str, Any], name: str, outcome: Outcome, bare: Outcome | None) -> str | None:
    """Describes why the run does not show that test @p name passes. Returns None if the test passed."""
    if red := seen_red(guest, name, outcome, bare):
        return red
    if lines_of_test(outcome, name) is None:
        return "the guest does not run the test"
    return "; ".join(ends_well(guest, outcome, under_hv=True)) or None


def choose_test(guest: dict[str, Any], name: str, directory: Path) -> None:
    """Writes a copy of the guest's image into @p directory. The copy contains @p name after the mark that
    payloads/runtime/test.c defines, so it runs only the test @p name. Changes @p guest so that it uses this copy."""
    which = "payload" if "payload" in guest["images"] else "firmware"
    image = bytearray(Path(guest["images"][which]).read_bytes())
    if (mark := image.find(MARK)) < 0:
        raise SystemExit(f"{guest['images'][which]} has no mark for a test's name")
    image[mark + len(MARK):mark + len(MARK) + len(name)] = name.encode()
    copy = directory / "guest.bin"
    copy.write_bytes(image)
    guest["images"][which] = str(copy)


def observe_guest(guest: dict[str, Any], image: Image, cpu: str, harts: int) -> tuple[Outcome, Outcome | None]:
    """Runs the guest under hv and, if it is of class "common", on the bare machine. Returns both outcomes."""
    bare = run(*run_of(guest, None, cpu, harts)) if guest["class"] == "common" else None
    outcome = run(*run_of(guest, image, cpu, harts), SILENCE)
    for line in outcome.console.splitlines()[-60:]:
        print(f"| {line[:200]}")
    return outcome, bare


def problem_of_guest(arguments: argparse.Namespace, mutation: Mutation) -> str | None:
    """Runs the test that @p mutation names in the guest of @p arguments. Describes how it failed, or why it did not
    pass. Returns None if it passed."""
    guest = json.loads(arguments.guest.read_text())
    cpu, harts = arguments.cpu or guest["cpus"][0], arguments.harts or guest["harts"][0]
    image = image_of(arguments.image)
    assert image is not None, arguments.image
    with tempfile.TemporaryDirectory() as directory:
        choose_test(guest, mutation.test, Path(directory))
        judge = not_green if arguments.unmutated else seen_red
        return judge(guest, mutation.test, *observe_guest(guest, image, cpu, harts))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--patch", type=Path, required=True)
    parser.add_argument("--image", nargs="+", required=True)
    parser.add_argument("--guest", type=Path)
    parser.add_argument("--cpu")
    parser.add_argument("--harts", type=int)
    parser.add_argument("--unmutated", action="store_true")
    arguments = parser.parse_args()
    mutation = read_mutation(arguments.patch)
    begin = time.monotonic()
    if arguments.guest:
        red = problem_of_guest(arguments, mutation)
    else:
        listing = next(Path(name) for name in arguments.image if name.endswith(".lst"))
        red = "; ".join(barriers.problems(listing.read_text()))
    print(f"{mutation.name}: {'no fault' if arguments.unmutated else mutation.breaks}")
    print(f"RED {mutation.test}: {red}" if red else f"GREEN {mutation.test}: the test passes")
    print(f"{time.monotonic() - begin:.1f} s")
    return 0 if bool(red) != arguments.unmutated else 1


if __name__ == "__main__":
    sys.exit(main())
