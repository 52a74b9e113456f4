"""bazel run //:coverage [-- --missing]: prints a table that shows how many lines of each C file are reached by the unit
tests on the host.

With --missing, the table also contains the numbers of the lines that no test reaches.
"""

import re
import subprocess
import sys
from itertools import groupby
from pathlib import Path

from third_party.developer import tree

Lines = dict[int, int]
OF_TESTS = re.compile(r"_test\.c$|^hv/testing/|^hv/arch/host/|/_virtual_includes/")


def read(report: str) -> dict[str, Lines]:
    """Returns the counts of an lcov report, by source file and line. The tests, and code that only tests use, are left
    out."""
    sources: dict[str, Lines] = {}
    for record in report.split("end_of_record\n"):
        fields = [line.split(":", 1) for line in record.splitlines()]
        names = [value for kind, value in fields if kind == "SF"]
        if names and not OF_TESTS.search(names[0]):
            pairs = [value.split(",") for kind, value in fields if kind == "DA"]
            sources[names[0]] = {int(line): int(count) for line, count in pairs}
    return sources


def ranges(lines: list[int]) -> str:
    """Converts a list of numbers to a text with ranges. For example, [3, 4, 5, 9] becomes "3-5,9"."""
    groups = [[line for _, line in group] for _, group in groupby(enumerate(lines), lambda pair: pair[1] - pair[0])]
    return ",".join(str(group[0]) if len(group) == 1 else f"{group[0]}-{group[-1]}" for group in groups)


def row(name: str, reached: int, total: int, missing: str = "") -> str:
    """Returns one line of the table."""
    share = 100 * reached / total if total else 100
    return f"{share:6.1f} %  {reached:5} of {total:5}  {name}  {missing}".rstrip()


def table(sources: dict[str, Lines], show_missing: bool) -> list[str]:
    """Returns the lines of the whole table. First come the files, then the folders, and then the total."""
    rows: list[str] = []
    folders: dict[str, tuple[int, int]] = {}
    for name, lines in sorted(sources.items()):
        missed = sorted(line for line, count in lines.items() if not count)
        rows.append(row(name, len(lines) - len(missed), len(lines), ranges(missed) if show_missing else ""))
        folder = str(Path(name).parent) + "/"
        reached, total = folders.get(folder, (0, 0))
        folders[folder] = (reached + len(lines) - len(missed), total + len(lines))
    rows.append("")
    rows += [row(name, reached, total) for name, (reached, total) in folders.items()]
    rows.append(row("all", sum(sums[0] for sums in folders.values()), sum(sums[1] for sums in folders.values())))
    return rows


def unreached(sources: dict[str, Lines]) -> list[str]:
    """Returns lines with the names of the C files that are not part of any test on the host."""
    files = [str(file) for file in tree.with_suffix(".c") if str(file).startswith(("hv/", "modules/"))]
    names = [name for name in files if name not in sources and not OF_TESTS.search(name)]
    return ["", "not part of any unit test on the host:", *names]


def main() -> None:
    command = ["./bazelw", "coverage", "--test_lang_filters=cc", "--build_tests_only", "//hv/...", "//modules/..."]
    status = subprocess.run(command, cwd=tree.ROOT).returncode
    if status:
        sys.exit(status)
    report = tree.ROOT / "bazel-out/_coverage/_coverage_report.dat"
    sources = read(report.read_text())
    rows = table(sources, "--missing" in sys.argv) + unreached(sources)
    print("\n".join(["lines reached by unit tests on the host", *rows]))


main()
