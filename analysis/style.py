"""How all figures look: a palette for any colour vision, and a matplotlib that draws the same bytes for the same data.

Used by every figure of this folder. Knows nothing of what is drawn.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from cli import whole_file

# Okabe and Ito's palette, which people with any colour vision can tell apart.
PALETTE = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000"]
HATCHES = ["", "//", "..", "xx"]
# The worlds of a hart, as Perfetto's UI draws them: it computes a slice's colour from its text (trace/convert/pf.h), so the choice is
# among what it can compute. colours_test.py holds both together, and shows that people with any colour vision can tell worlds that
# lie beside each other apart, on white and on black.
WORLDS = {
    "hv": "#4FB4B8",
    "firmware": "#BC6335",
    "payload": "#2D6288",
    "asleep": "#A555E3",
    "unknown": "#F18875",  # in Perfetto: LOST
}
REST = "#BBBBBB"  # what is summed up as "others"
FAINT = "#666666"

DPI = 150


def pyplot() -> Any:
    """Returns matplotlib's pyplot, which wants a place for its cache even where there is no home."""
    os.environ.setdefault("MPLCONFIGDIR", os.path.join(tempfile.gettempdir(), "hartscope-matplotlib"))
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "hartscope"
    from matplotlib import pyplot as found

    return found


def fill(index: int) -> dict[str, str]:
    """Colour and hatch of the part number @p index."""
    return {"color": PALETTE[index % len(PALETTE)], "hatch": HATCHES[index // len(PALETTE) % len(HATCHES)]}


def thousands(value: float, _position: object = None) -> str:
    """A whole number as axes and labels show it."""
    return f"{int(value):,}"


def number(value: float, _position: object = None) -> str:
    """A number of any size as axes show it: 0.02, 5, 20,000."""
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def plain(axes: Any) -> None:
    """Takes away the lines that say nothing."""
    axes.spines[["top", "right"]].set_visible(False)


def save(figure: Any, directory: Path, name: str, formats: list[str]) -> list[Path]:
    """Writes a figure once for each of the formats png and svg; returns the files."""
    paths = [directory / f"{name}.{form}" for form in formats]
    for path in paths:
        png = path.suffix == ".png"
        with whole_file.replacing(path) as unfinished:
            metadata = {"Software": None} if png else {"Date": None}
            figure.savefig(unfinished, metadata=metadata, **({"dpi": DPI} if png else {}))
    pyplot().close(figure)
    return paths
