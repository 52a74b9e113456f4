"""Parses times of a trace from the command line: seconds, or a number with one of the suffixes ns, us, ms and s.

hstrace accepts the same times (options_time in trace/hstrace/options.c). analysis/window_test.py checks that both parse
times in the same way.
"""

from __future__ import annotations

import argparse
import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

MOST_SECONDS = 1_000_000_000

HELP = "seconds, or a number with a suffix (ns, us, ms, s)"

_UNITS = {"": 1_000_000_000, "s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
_TIME = re.compile(r"([0-9.eE+-]+)(ns|us|ms|s|)")


def nanoseconds(text: str) -> int:
    """Parses a time for argparse."""
    match = _TIME.fullmatch(text)
    try:
        found = Decimal(match[1]) * _UNITS[match[2]] if match else None
    except InvalidOperation:
        found = None
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time: write seconds, or a number with a suffix: 1.5, 1500ms, 20us, 7ns")
    if not 0 <= found <= MOST_SECONDS * _UNITS["s"]:
        raise argparse.ArgumentTypeError(f"{text!r}: a time is from 0 to {MOST_SECONDS} s")
    return int(found.to_integral_value(ROUND_HALF_UP))
