"""Checks that random programs find a fault in hv, and that the program of found.toml that is named after the fault finds it
too.

mutation_test.py --fault=NAME --found=found.toml --image FILES...
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from payloads.random_programs import compare, found, models, programs, random_programs
from payloads.runner.guest_test import image_of

CPU = "rv64"
MOST = 2000


def seed_that_finds(pair: compare.Pair) -> int | None:
    """Returns the first seed whose program differs, or ends on one model only."""
    for part in compare.compare_seeds(pair, 0, MOST, 1):
        seeds = [*part.different, *(seed for seed, names in part.stopped if names == (pair.other.name,))]
        if seeds:
            return min(seeds)
    return None


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--fault", required=True)
    parser.add_argument("--found", type=Path, required=True)
    parser.add_argument("--image", nargs="+", required=True)
    arguments = parser.parse_args()
    guest = programs.guest_file().read_bytes()
    bare = models.Qemu(random_programs.bare_cpu(CPU))
    pair = compare.Pair(guest, bare, models.Qemu(CPU, image_of(arguments.image)), random_programs.shown([], []))
    seed = seed_that_finds(pair)
    print(f"{arguments.fault}: " + ("no program finds it" if seed is None else f"seed {seed} finds it"))
    [program] = [each.program for each in found.read(arguments.found) if each.fault == arguments.fault]
    [equal] = compare.same(pair, [program])
    print(f"{arguments.fault}: its program in found.toml {'finds' if equal is False else 'does not find'} it")
    return 0 if seed is not None and equal is False else 1


if __name__ == "__main__":
    sys.exit(main())
