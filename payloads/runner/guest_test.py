"""Runs a guest on the bare machine and under hv, with each CPU model and each number of harts. Compares the lines that
the guest prints in the two runs.

guest_test.py --guest=SPECIFICATION.json [--hv FILES...]
"""

import argparse
import difflib
import json
import re
import sys
from pathlib import Path
from typing import Any

from machines import images, session
from machines.images import Image
from machines.machine import Guest, Settings
from payloads.runner import memory
from payloads.runner.outcome import Outcome, guest_of, observe, run, settings_of

TAIL = 40


def ends_well(guest: dict[str, Any], outcome: Outcome, under_hv: bool) -> list[str]:
    """Returns a list of everything that is wrong with one run by itself. The list is empty if nothing is wrong."""
    lines = outcome.guest_lines()
    last = lines[-1] if lines else "(nothing)"
    complaints = [line for line in lines if line.lstrip().startswith("FAIL")]
    if outcome.exit_code is None:
        return complaints + ["no progress: the guest stopped printing, and the run did not end"]
    if guest["class"] == "abi" and not under_hv:
        return [] if last == "SKIP no hv" else [f"the last line is {last!r} instead of 'SKIP no hv'"]
    wanted = guest["exit_code"] if under_hv else 0
    if outcome.exit_code != wanted:
        complaints.append(f"exit code {outcome.exit_code} instead of {wanted}")
    if wanted == 0 and last != "PASS":
        complaints.append(f"the last line is {last!r} instead of 'PASS'")
    if under_hv:
        for pattern in guest["expect_log"]:
            if not re.search(pattern, outcome.console):
                complaints.append(f"hv does not print {pattern!r}")
    return complaints


def difference(bare: Outcome, under_hv: Outcome) -> list[str]:
    """Returns a unified diff between the lines that the guest printed on the bare machine and the lines that it printed
    under hv."""
    return list(
        difflib.unified_diff(bare.guest_lines(), under_hv.guest_lines(), "bare", "under hv", lineterm="", n=4)
    )


def report(title: str, outcome: Outcome, complaints: list[str]) -> None:
    """Prints a list of everything that was wrong, the last lines of the console, and the command that repeats the run
    by hand."""
    print(f"--- {title}")
    for complaint in complaints[:60]:
        print(f"    {complaint}")
    print("    the last lines of the console:")
    for line in outcome.console.splitlines()[-TAIL:]:
        print(f"    | {line[:300]}")
    print(f"    {' '.join(outcome.command)}")


def run_of(guest: dict[str, Any], image: Image | None, cpu: str, harts: int) -> tuple[Guest, Settings]:
    """Returns the guest and the settings of its machine. If @p image is None, the guest will run on the bare machine,
    otherwise under hv."""
    files = guest["images"]
    payload = Path(files["payload"]) if "payload" in files else None
    return guest_of(Path(files["firmware"]), image, payload), settings_of(harts, cpu, guest["qemu_options"], guest["board"])


def run_under_hv(guest: dict[str, Any], image: Image, cpu: str, harts: int) -> tuple[Outcome, list[str]]:
    """Runs the guest under hv. Returns the outcome of the run, and a list of everything that is wrong with it."""
    with session.assembled(*run_of(guest, image, cpu, harts)) as machine:
        watch = memory.Watch(machine.memory_file, machine.guest) if guest["check_memory"] else None
        outcome = observe(machine, on_begin=watch.guest_begins if watch else None)
        complaints = ends_well(guest, outcome, under_hv=True)
        if watch and not complaints:
            complaints = watch.complaints()
    return outcome, complaints


def check(guest: dict[str, Any], image: Image | None, cpu: str, harts: int) -> bool:
    """Runs the guest on the bare machine and under hv, with one CPU model and one number of harts. Checks both runs,
    compares them, and reports problems. Returns whether there was no problem."""
    title = f"{cpu or guest['board']}, {harts} harts"
    good = True
    bare = under_hv = None
    if guest["class"] != "hv":
        bare = run(*run_of(guest, None, cpu, harts))
        if complaints := ends_well(guest, bare, under_hv=False):
            report(f"{title}, bare", bare, complaints)
            good = False
    if image:
        under_hv, complaints = run_under_hv(guest, image, cpu, harts)
        if complaints:
            report(f"{title}, under hv", under_hv, complaints)
            good = False
    if bare and under_hv and guest["class"] == "common":
        if lines := difference(bare, under_hv):
            report(f"{title}: the guest's output under hv differs from the bare machine", under_hv, lines)
            good = False
    print(f"{title}: {'good' if good else 'BAD'}")
    return good


def image_of(files: list[str]) -> Image | None:
    """Loads hv from @p files, which an image target has built. Returns None if @p files is empty."""
    binaries = [Path(name) for name in files if name.endswith(".bin")]
    return images.load(binaries[0].with_suffix("")) if binaries else None


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--guest", type=Path, required=True)
    parser.add_argument("--hv", nargs="+", default=[])
    arguments = parser.parse_args()
    guest = json.loads(arguments.guest.read_text())
    image = image_of(arguments.hv)
    results = [check(guest, image, cpu, harts) for cpu in guest["cpus"] for harts in guest["harts"]]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
