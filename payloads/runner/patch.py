"""Reads the header of a patch that puts a fault into hv. The header is a list of lines `key: value` before the diff."""

import re
from dataclasses import dataclass
from pathlib import Path

LINE = re.compile(r"^(observe|test|breaks|seen): (\S.*)$")
OBSERVERS = ("guest", "host", "disassembly")
KEYS = ("observe", "test", "breaks", "seen")


@dataclass(frozen=True)
class Mutation:
    """A patch that puts a fault into hv, and the test that must fail because of the fault."""

    name: str  # the name of the patch file without its ending, such as s07_...
    observe: str  # what shows the fault: guest, host or disassembly
    test: str  # the name of the test that must fail
    breaks: str  # what the fault breaks, in one sentence
    seen: str  # how the test failed when this header was last updated

    @property
    def point(self) -> int:
        """The number of the point in the fidelity list (docs/fidelity.md) that the fault violates. If the name begins with p, it is
        the number of the row in the list of a hostile firmware's attacks (payloads/protect)."""
        return int(self.name[1:3])


def read_mutation(path: Path) -> Mutation:
    """Reads the header of @p path. Ends the program with a message if a line is missing."""
    found: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("--- "):
            break
        if match := LINE.match(line):
            found[match[1]] = match[2]
    if missing := [key for key in KEYS if key not in found]:
        raise SystemExit(f"{path}: no line `{missing[0]}: ...` before the diff")
    if found["observe"] not in OBSERVERS:
        raise SystemExit(f"{path}: observe is {found['observe']}, not one of {', '.join(OBSERVERS)}")
    return Mutation(path.stem, **found)
