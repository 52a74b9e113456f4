"""Extracts the files of the worked example from docs/modules.md, so that a test builds and runs exactly what the page shows.

example.py --page=PAGE.md --folder=FOLDER OUT...

In the #include lines of the files, FOLDER replaces the folder of the module.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

BLOCK = re.compile(r"<!-- file: (?P<name>\S+) -->\n```\w*\n(?P<text>.*?)```\n", re.DOTALL)
MODULE_FOLDER = "modules/ecall_counter"


def blocks(page: str) -> dict[str, str]:
    """Returns the files that the text @p page contains, by name."""
    return {match["name"]: match["text"] for match in BLOCK.finditer(page)}


def main() -> None:
    """Writes each file that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", type=Path, required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("out", type=Path, nargs="+")
    options = parser.parse_args()
    found = blocks(options.page.read_text(encoding="utf-8"))
    for out in options.out:
        out.write_text(found[out.name].replace(MODULE_FOLDER, options.folder), encoding="utf-8")


if __name__ == "__main__":
    main()
