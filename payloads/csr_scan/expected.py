"""Reads the list of expected differences, and decides which entry covers a difference and which entry is missing."""

import fnmatch
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Expected:
    """A range of CSRs that may differ, and the reason. The guest prints one line for each CSR. `bare` and `hv` are
    patterns for the text that follows the CSR number in that line. `until` is the last version of QEMU that must have
    the difference; it is empty if all versions must have it."""

    first: int
    last: int
    cpus: list[str]
    bare: str
    hv: str
    reason: str
    until: str = ""
    used: bool = False

    def is_missing(self, version: str) -> bool:
        """Whether this version of QEMU must have the difference, and no CSR has it."""
        return not self.used and (not self.until or numbers(version) <= numbers(self.until))

    def covers(self, csr: int, cpu: str, bare: str, hv: str) -> bool:
        return (
            self.first <= csr <= self.last
            and any(fnmatch.fnmatchcase(cpu, pattern) for pattern in self.cpus)
            and fnmatch.fnmatchcase(bare, self.bare)
            and fnmatch.fnmatchcase(hv, self.hv)
        )


def numbers(version: str) -> tuple[int, ...]:
    """The numbers of the first version in a text, so that versions can be compared: 10.0.2 is (10, 0, 2)."""
    found = re.search(r"\d+(?:\.\d+)+", version)
    if not found:
        raise ValueError(f"there is no version in {version!r}")
    return tuple(int(number) for number in found[0].split("."))


def read_expected(path: Path) -> list[Expected]:
    """Reads the list of expected differences. An entry without a reason is an error."""
    entries = []
    for entry in tomllib.loads(path.read_text())["difference"]:
        first, _, last = str(entry["csr"]).partition("-")
        entries.append(
            Expected(
                int(first, 16),
                int(last or first, 16),
                entry.get("cpus", ["*"]),
                entry.get("bare", "*"),
                entry.get("hv", "*"),
                entry["reason"],
                entry.get("until", ""),
            )
        )
    return entries
