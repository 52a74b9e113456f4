"""Reads the tables of the pages: those behind a comment `<!-- TITLE ... -->`, up to `<!-- end of ... -->`."""

from __future__ import annotations

import re
from pathlib import Path

CODE = re.compile(r"`([^`]+)`")
TITLE = re.compile(r"^<!-- (?P<title>[^:\n]+?)(?::.*)? -->$", re.MULTILINE)


def read(path: str) -> str:
    """A file of the tree."""
    return Path(path).read_text(encoding="utf-8")


def titles(page: str) -> list[str]:
    """The titles of all marked tables of @p page."""
    return [title for title in TITLE.findall(read(page)) if title != "file" and not title.startswith("end of")]


def cells(row: str) -> list[str]:
    """The cells of a line of a table, without their blanks. `\\|` is a character of a cell."""
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))]


def rows_of(text: str) -> list[list[str]]:
    """The rows of the only table in @p text, without its two head lines."""
    return [cells(line) for line in text.splitlines() if line.startswith("|")][2:]


def table(page: str, title: str) -> list[list[str]]:
    """The rows, as cells, of the table of @p page that follows the comment @p title; without its two head lines."""
    found = re.split(rf"^<!-- {re.escape(title)}(?::.*)? -->$", read(page), flags=re.MULTILINE)
    if len(found) != 2:
        raise ValueError(f"{page}: {len(found) - 1} tables are called `{title}`")
    return rows_of(found[1].split("<!-- end of", 1)[0])


def code(cell: str) -> list[str]:
    """What stands between backquotes in a cell."""
    return CODE.findall(cell)
