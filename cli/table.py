"""Text tables for the terminal. Names are aligned to the left, numbers to the right."""

from __future__ import annotations

from collections.abc import Sequence

Cell = str | int | float | None


def _text(cell: Cell) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return f"{cell:.3f}"
    return f"{cell:,}" if isinstance(cell, int) else cell


def render(title: str, header: Sequence[str], rows: Sequence[Sequence[Cell]], left: Sequence[int] = (0,)) -> str:
    """Returns the table as text. The columns in @p left (by default the first) are aligned to the left, all others to the right."""
    texts = [list(header)] + [[_text(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in texts) for column in range(len(header))]
    lines = [
        "  ".join(cell.ljust(width) if i in left else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths)))
        for row in texts
    ]
    rule = "  ".join("-" * width for width in widths)
    return "\n".join([title, lines[0].rstrip(), rule, *[line.rstrip() for line in lines[1:]]])
