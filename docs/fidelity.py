"""Generates docs/fidelity.md from the tests, the patches of payloads/mutations and the lists of known differences.

bazel run //docs:fidelity    writes the page; fidelity_test fails when the page is out of date
"""

from __future__ import annotations

import os
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

from cli import entry
from payloads.runner.patch import Mutation, read_mutation

PAGE = Path("docs/fidelity.md")
SOURCES = ("payloads/tests/*.c", "payloads/offload/*.c", "payloads/tests/BUILD", "hv/*/*_test.c", "configs/image_test/*_test.py")
TEST_NAME = re.compile(r'(?:\bTEST\(|\bTest\(\w+, |\bdef test_|")(s\d\d_[a-z0-9_]+)')

HEAD = """\
# Fidelity

Firmware and payload should behave under hv as they do directly on the machine. hv needs time, some PMP entries and some memory, and
it hides a few extensions. Apart from that, they should not notice it. This page shows how the tests check this, and which
differences are known.

- [The points](#the-points) are details that a monitor of this kind can easily get wrong. For each one, the page states what hv does
  and lists the tests. It also describes faults that were put into hv on purpose: for each fault, it names the test that failed.
- [Known differences](#known-differences), [limits](#limits) and
  [CSRs](#csrs-that-read-or-write-differently) list what a guest can notice, with the reasons.
- [riscv-tests](#riscv-tests) compares the results of these tests with and without hv.

`bazel test //payloads/mutations:all_mutations` builds hv with each of the faults, and expects the named test to fail.
`bazel run //docs:fidelity` generates this page.
"""


def read_toml(path: str) -> dict[str, Any]:
    """Returns the contents of a TOML file among this program's data."""
    return tomllib.loads(Path(path).read_text(encoding="utf-8"))


def tests() -> dict[str, str]:
    """Returns the tests whose names begin with the number of a point. For each test, returns the file that contains the
    test."""
    found: dict[str, str] = {}
    for pattern in SOURCES:
        for path in sorted(Path().glob(pattern)):
            for name in TEST_NAME.findall(path.read_text(encoding="utf-8")):
                found.setdefault(name, str(path))
    return found


def mutations() -> list[Mutation]:
    """Returns all planted faults for the points of the list (patches s* of payloads/mutations), sorted by name."""
    return [read_mutation(path) for path in sorted(Path("payloads/mutations").glob("s*.patch"))]


def cell(text: str) -> str:
    """Returns @p text as a cell of a Markdown table."""
    return text.replace("|", "\\|")


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """Returns the lines of a Markdown table and one empty line."""
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cell(text) for text in line) + " |" for line in lines] + [""]


def point_section(number: int, sentence: str, named: dict[str, str], faults: list[Mutation]) -> list[str]:
    """Returns the section of one point. It contains the sentence about the point, the planted faults, and the tests."""
    lines = [f"### {number}. {sentence}", ""]
    for fault in (fault for fault in faults if fault.point == number):
        lines += [f"- **Fault** [`{fault.name}`](../payloads/mutations/{fault.name}.patch): {fault.breaks}",
                  f"  `{fault.test}` ({fault.observe}) fails: {fault.seen}"]
    mine = {name: path for name, path in named.items() if name.startswith(f"s{number:02}_")}
    for path in dict.fromkeys(mine.values()):
        here = [f"`{name}`" for name in mine if mine[name] == path]
        lines.append(f"- [{path}](../{path}): {', '.join(here)}")
    return lines + [""]


def scan_section() -> list[str]:
    """Returns the section of the differences that the scan of all CSRs finds."""
    entries = read_toml("payloads/csr_scan/expected_differences.toml")["difference"]
    rows = [[f"`{entry['csr']}`", ", ".join(entry.get("cpus", ["all"])), entry["reason"]] for entry in entries]
    return ["## CSRs that read or write differently", "",
            "The test `//payloads/csr_scan` reads and writes all 4096 CSR numbers, with the same firmware bare and under hv."
            " It fails at any difference that is not listed here, and at any listed difference that does not occur.", "",
            *table(["CSR", "CPU models", "why"], rows)]


def riscv_tests_section() -> list[str]:
    """Returns the section of the results of riscv-tests."""
    facts = read_toml("docs/riscv_tests.toml")
    rows = [[f"`{entry['name']}`", entry["bare"], entry["hv"], entry["why"]] for entry in facts["test"]]
    for suite in facts["same"]:
        rows.append([f"{suite['suite']}: {', '.join(suite['tests'])}", "pass", "pass", "no difference"])
    return ["## riscv-tests", "",
            f"{facts['versions']}. {facts['machine']}. CPU models: {', '.join(facts['cpus'])}."
            f" Compared {facts['compared']}.", "",
            *table(["test", "bare", "hv", "why"], rows)]


def page() -> str:
    """Returns the whole page."""
    facts, named, faults = read_toml("docs/fidelity.toml"), tests(), mutations()
    lines = [HEAD, "## The points", ""]
    for number, sentence in facts["points"].items():
        lines += point_section(int(number), sentence, named, faults)
    differences = [[entry["what"], entry["machine"], entry["hv"]] for entry in facts["difference"]]
    lines += ["## Known differences", "", *table(["what", "the machine", "hv"], differences)]
    lines += ["## Limits", "", *table(["what", "why"], [[entry["what"], entry["why"]] for entry in facts["limit"]])]
    return "\n".join(lines + scan_section() + riscv_tests_section())


def main(_: list[str]) -> int:
    target = Path(os.environ["BUILD_WORKSPACE_DIRECTORY"]) / PAGE
    target.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(entry.run(main))
