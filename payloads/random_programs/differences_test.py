"""Checks that each difference in differences.def can still be seen: if programs may show it, some of them must differ.
Otherwise programs avoid something in vain.

differences_test.py --name=DIFFERENCE --cpu=MODEL [--hv FILES...]
"""

from __future__ import annotations

import argparse
import sys

from payloads.random_programs import compare, models, programs, random_programs
from payloads.runner.guest_test import image_of

# Some differences are rare: one program of 4,000 shows them.
MOST = 40_000


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", required=True)
    parser.add_argument("--cpu", required=True)
    parser.add_argument("--hv", nargs="+", required=True)
    arguments = parser.parse_args()
    one = models.Qemu(random_programs.bare_cpu(arguments.cpu))
    other = models.Qemu(arguments.cpu, image_of(arguments.hv))
    pair = compare.Pair(programs.guest_file().read_bytes(), one, other, random_programs.shown([], [arguments.name]))
    done = 0
    for part in compare.compare_seeds(pair, 0, MOST, 1):
        done += part.compared
        if part.different:
            print(f"{arguments.name}: seed {part.different[0]} shows it")
            return 0
        if part.stopped:
            print(f"{arguments.name}: seed {part.stopped[0][0]} did not end")
            return 1
    print(f"{arguments.name}: none of {done:,} programs shows it: remove it from differences.def")
    return 1


if __name__ == "__main__":
    sys.exit(main())
