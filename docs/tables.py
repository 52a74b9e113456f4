"""Reads the marked tables of the pages. A marked table is between the comments `<!-- TITLE ... -->` and `<!-- end of
... -->`."""

from __future__ import annotations

import re
from pathlib import Path

CODE = re.compile(r"`([^`]+)`")
TITLE = re.compile(r"^<!-- (?P<title>[^:\n]+?)(?::.*)? -->$", re.MULTILINE)


def read(path: str) -> str:
    """Returns the text of a file in the tree."""
    return Path(path).read_text(encoding="utf-8")


def titles(page: str) -> list[str]:
    """Returns the titles of all marked tables on @p page."""
    return [title for title in TITLE.findall(read(page)) if title != "file" and not title.startswith("end of")]


def cells(row: str) -> list[str]:
    """Returns the cells of one line of a table, without surrounding blanks. `\\|` stands for a `|` in a cell."""
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))]


def rows_of(text: str) -> list[list[str]]:
    """Returns the rows of the only table in @p text, without its two heading lines."""
    return [cells(line) for line in text.splitlines() if line.startswith("|")][2:]


def table(page: str, title: str) -> list[list[str]]:
    """Returns the rows of the table marked @p title on @p page, as cells, without the two heading lines."""
    found = re.split(rf"^<!-- {re.escape(title)}(?::.*)? -->$", read(page), flags=re.MULTILINE)
    if len(found) != 2:
        raise ValueError(f"{page}: {len(found) - 1} tables are called `{title}`")
    return rows_of(found[1].split("<!-- end of", 1)[0])


def code(cell: str) -> list[str]:
    """Returns the texts between backquotes in a cell."""
    return CODE.findall(cell)
