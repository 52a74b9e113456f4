"""Runs a guest under an hv with a fault, and expects the test that the fault's patch names to fail.

mutation_test.py --patch=NAME.patch --image FILES... [--guest=SPECIFICATION.json] [--cpu=MODEL] [--harts=N]
Without a guest, the check of the image's disassembly must find the fault.
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
from payloads.runner.guest_test import image_of, run_of
from payloads.runner.outcome import LAST_LINE, Outcome, run
from payloads.runner.patch import Mutation, read_mutation

# Seconds without output after which a run is stopped, because a fault may hang the guest. No test is silent for so long
# otherwise.
SILENCE = 10.0

MARK = b"only this test: "


def lines_of_test(outcome: Outcome, name: str) -> list[str] | None:
    """Returns what the guest printed in test @p name; None if that test did not start."""
    lines = outcome.guest_lines()
    if name not in lines:
        return None
    first = lines.index(name) + 1
    last = first
    while last < len(lines) and lines[last].startswith("  "):
        last += 1
    return lines[first:last]


def is_complete(outcome: Outcome, name: str) -> bool:
    """Returns whether the guest has finished test @p name: whether another test or the verdict follows it."""
    lines = outcome.guest_lines()
    seen = lines_of_test(outcome, name)
    if seen is None:
        return False
    after = lines[lines.index(name) + 1 + len(seen):]
    return bool(after) and (after[0].startswith("s") or LAST_LINE.match(after[0]) is not None)


def end_of(outcome: Outcome) -> str:
    """Describes how a run ended before it should have."""
    if outcome.exit_code is None:
        return "the guest hangs"
    for line in outcome.console.splitlines():
        if "panic" in line:
            return "hv panics"
    return f"the run ends with code {outcome.exit_code}"


def first_difference(seen: list[str], bare: list[str]) -> str | None:
    """Describes the first difference between a test's lines under hv and bare; None if there is none."""
    for mine, theirs in zip(seen + [""] * len(bare), bare):
        if mine != theirs:
            return f"prints `{mine.strip()}` instead of `{theirs.strip()}`"
    return None if len(seen) == len(bare) else f"prints `{seen[len(bare)].strip()}` in addition"


def seen_red(guest: dict[str, Any], name: str, outcome: Outcome, bare: Outcome | None) -> str | None:
    """Describes how the run shows that test @p name fails; None if the test passes."""
    for pattern in guest["expect_log"]:
        if not re.search(pattern, outcome.console):
            return f"hv does not print {pattern!r}, and the run ends with code {outcome.exit_code}"
    seen = lines_of_test(outcome, name)
    if seen is None:
        return None if LAST_LINE.match((outcome.guest_lines() or [""])[-1]) else f"before the test, {end_of(outcome)}"
    if failed := [line.strip() for line in seen if line.lstrip().startswith("FAIL")]:
        return failed[0]
    if not is_complete(outcome, name):
        return f"in the test, {end_of(outcome)}"
    return first_difference(seen, lines_of_test(bare, name) or []) if bare else None


def choose_test(guest: dict[str, Any], name: str, directory: Path) -> None:
    """Makes @p guest use a copy of its image, in @p directory, that runs only test @p name
    (payloads/runtime/test.c)."""
    which = "payload" if "payload" in guest["images"] else "firmware"
    image = bytearray(Path(guest["images"][which]).read_bytes())
    if (mark := image.find(MARK)) < 0:
        raise SystemExit(f"{guest['images'][which]} has no mark for a test's name")
    image[mark + len(MARK):mark + len(MARK) + len(name)] = name.encode()
    copy = directory / "guest.bin"
    copy.write_bytes(image)
    guest["images"][which] = str(copy)


def observe_guest(mutation: Mutation, guest: dict[str, Any], image: Image, cpu: str, harts: int) -> str | None:
    """Runs the guest, and describes how its test fails; None if it passes."""
    bare = None
    if guest["class"] == "common":
        bare = run(*run_of(guest, None, cpu, harts))
    outcome = run(*run_of(guest, image, cpu, harts), SILENCE)
    red = seen_red(guest, mutation.test, outcome, bare)
    for line in outcome.console.splitlines()[-60:]:
        print(f"| {line[:200]}")
    return red


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--patch", type=Path, required=True)
    parser.add_argument("--image", nargs="+", required=True)
    parser.add_argument("--guest", type=Path)
    parser.add_argument("--cpu")
    parser.add_argument("--harts", type=int)
    arguments = parser.parse_args()
    mutation = read_mutation(arguments.patch)
    begin = time.monotonic()
    if arguments.guest:
        guest = json.loads(arguments.guest.read_text())
        cpu, harts = arguments.cpu or guest["cpus"][0], arguments.harts or guest["harts"][0]
        image = image_of(arguments.image)
        assert image is not None, arguments.image
        with tempfile.TemporaryDirectory() as directory:
            choose_test(guest, mutation.test, Path(directory))
            red = observe_guest(mutation, guest, image, cpu, harts)
    else:
        listing = next(Path(name) for name in arguments.image if name.endswith(".lst"))
        red = "; ".join(barriers.problems(listing.read_text()))
    print(f"{mutation.name}: {mutation.breaks}")
    print(f"RED {mutation.test}: {red}" if red else f"GREEN {mutation.test}: the test passes in spite of the fault")
    print(f"{time.monotonic() - begin:.1f} s")
    return 0 if red else 1


if __name__ == "__main__":
    sys.exit(main())
