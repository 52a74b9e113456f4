"""Defines how all figures look: a palette for any colour vision, and settings that make matplotlib write the same bytes for the
same data.

Every figure of this folder uses this file. The file does not know what the figures show.
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
# The colours of a hart's worlds. They are the same as in Perfetto's UI. Perfetto computes the colour of a slice from
# the text of the slice (trace/convert/pf_names.h), so only the colours that Perfetto can compute are possible.
# colours_test.py checks that the figures and Perfetto use the same colours, and that people with any colour vision can
# tell neighbouring worlds apart, in light mode and in dark mode.
WORLDS = {
    "hv": "#4FB4B8",
    "firmware": "#BC6335",
    "payload": "#2D6288",
    "asleep": "#A555E3",
    "unknown": "#F18875",  # Perfetto shows this world as LOST
}
REST = "#BBBBBB"  # the colour of the bar "others"
FAINT = "#666666"
TRIGGER = "#CC0000"  # the line at which a trigger fired

DPI = 150


def pyplot() -> Any:
    """Returns matplotlib's module pyplot. pyplot needs a directory for its cache. A user may have no home directory,
    for example in a test, so this function selects a directory for the cache."""
    os.environ.setdefault("MPLCONFIGDIR", os.path.join(tempfile.gettempdir(), "hartscope-matplotlib"))
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "hartscope"
    from matplotlib import pyplot as found

    return found


def fill(index: int) -> dict[str, str]:
    """Returns the colour and the hatch of part number @p index of a bar."""
    return {"color": PALETTE[index % len(PALETTE)], "hatch": HATCHES[index // len(PALETTE) % len(HATCHES)]}


def thousands(value: float, _position: object = None) -> str:
    """Returns the text of a whole number for axes and labels, for example 20,000."""
    return f"{int(value):,}"


def number(value: float, _position: object = None) -> str:
    """Returns the text of a number of any size for axes, for example 0.02, 5 or 20,000."""
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def plain(axes: Any) -> None:
    """Removes the upper and the right border of a figure, which carry no information."""
    axes.spines[["top", "right"]].set_visible(False)


def save(figure: Any, directory: Path, name: str, formats: list[str]) -> list[Path]:
    """Writes a figure in each of @p formats (png, svg). Returns the files."""
    paths = [directory / f"{name}.{form}" for form in formats]
    for path in paths:
        png = path.suffix == ".png"
        with whole_file.replacing(path) as unfinished:
            metadata = {"Software": None} if png else {"Date": None}
            figure.savefig(unfinished, metadata=metadata, **({"dpi": DPI} if png else {}))
    pyplot().close(figure)
    return paths
