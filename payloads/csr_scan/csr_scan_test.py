"""Scans all CSRs on the bare machine and under hv. Each difference between the two scans must be in the list of
expected differences, and each entry of that list must match a difference.

csr_scan_test.py --guest=SPECIFICATION.json --expected=LIST.toml --hv FILES...
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from machines import qemu
from machines.images import Image
from payloads.csr_scan.expected import Expected, read_expected
from payloads.runner.guest_test import image_of, run_of
from payloads.runner.outcome import run


def scan(guest: dict[str, Any], image: Image | None, cpu: str) -> dict[int, str]:
    """Runs the guest, and returns the text that it printed for each CSR."""
    outcome = run(*run_of(guest, image, cpu, 1))
    lines: dict[int, str] = {}
    for line in outcome.guest_lines():
        if line.startswith("csr "):
            number, _, text = line[4:].partition(" ")
            lines[int(number, 16)] = text
    if len(lines) != 4096 or outcome.exit_code != 0:
        raise SystemExit(f"{cpu}: {len(lines)} CSRs, exit code {outcome.exit_code}:\n{outcome.console[-2000:]}")
    return lines


def compare(guest: dict[str, Any], image: Image, cpu: str, expected: list[Expected]) -> int:
    """Prints each difference that no entry of @p expected covers, and returns the number of these differences. Sets
    `used` in each entry that covers a difference."""
    bare = scan(guest, None, cpu)
    under_hv = scan(guest, image, cpu)
    unexpected = differences = 0
    for csr in range(4096):
        if bare[csr] == under_hv[csr]:
            continue
        differences += 1
        covering = [entry for entry in expected if entry.covers(csr, cpu, bare[csr], under_hv[csr])]
        for entry in covering:
            entry.used = True
        if not covering:
            unexpected += 1
            print(f"{cpu}: csr {csr:#05x}\n    bare: {bare[csr]}\n    hv:   {under_hv[csr]}")
    print(f"{cpu}: {differences} of 4096 CSRs differ, {unexpected} of them unexpectedly")
    return unexpected


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--guest", type=Path, required=True)
    parser.add_argument("--expected", type=Path, required=True)
    parser.add_argument("--hv", nargs="+", required=True)
    arguments = parser.parse_args()
    guest = json.loads(arguments.guest.read_text())
    image = image_of(arguments.hv)
    assert image is not None, arguments.hv
    expected = read_expected(arguments.expected)
    bad = sum(compare(guest, image, cpu, expected) for cpu in guest["cpus"])
    version = qemu.version()
    for entry in expected:
        if entry.is_missing(version):
            print(f"{entry.first:#05x}: no CSR differs as this entry expects ({entry.reason})")
            bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
