"""Makes a dump of the frames that hv printed on a console, and says what is missing in it. hstrace finds the frames."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cli.failure import Failure
from machines.recording import hstrace


@dataclass(frozen=True)
class ConsoleDump:
    """What was found on a console. frames: the frames that are in the dump; repaired: how many of them had other output in
    the middle; missing: the slots that hv printed and that are not in the dump; problems: hstrace's sentences about what
    is missing."""

    frames: int = 0
    repaired: int = 0
    missing: int = 0
    is_complete: bool = False
    problems: tuple[str, ...] = ()


def _messages(stderr: str, log: Path) -> tuple[str, ...]:
    return tuple(line.removeprefix("hstrace extract: ").replace(f"{log}: ", "") for line in stderr.splitlines())


def extract(log: Path, out: Path) -> ConsoleDump:
    """Writes the last dump on the console to @p out. If there is no dump, writes nothing."""
    command = [str(hstrace()), "extract", "--json", "--salvage", str(log), "-o", str(out)]
    done = subprocess.run(command, capture_output=True, text=True)
    problems = _messages(done.stderr, log)
    if done.returncode != 0:
        return ConsoleDump(problems=problems)
    said = json.loads(done.stdout)
    missing = sum(hart["missing"] for hart in said["harts"])
    return ConsoleDump(said["frames"], said["repaired"], missing, said["complete"], problems)


def add_names(dump: Path, elf: Path) -> None:
    """Adds the names of hv's modules and events to a dump. Raises Failure if the dump is from another build of hv than
    @p elf."""
    named = dump.with_suffix(".named")
    done = subprocess.run([str(hstrace()), "merge", f"--elf={elf}", str(dump), "-o", str(named)], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"the board does not run the image of --config: {done.stderr.strip()}")
    named.replace(dump)
