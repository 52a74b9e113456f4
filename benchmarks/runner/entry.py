"""How each runner starts and ends: expected failures become one line and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from benchmarks.runner.failure import Failure

EXIT_INTERRUPTED = 130


def run(program: Callable[[list[str]], int]) -> int:
    """Calls the program with the command line; returns its exit code."""
    try:
        code = program(sys.argv[1:])
        sys.stdout.flush()
        return code
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        return failure.code
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read the tables has seen enough; Python would complain once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
