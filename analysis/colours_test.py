"""Tests the colours of the worlds: Perfetto uses the same colours, and people with any colour vision can tell neighbours apart."""

from __future__ import annotations

import io
import itertools
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from analysis import style, trace_rows
from analysis.trace_summary import OWNERS
from trace.perfetto import ui
from trace.perfetto.trace_processor import TraceProcessor

SYNTHETIC = Path(__file__).absolute().parents[1] / "trace/testing/synthetic"
CONTRAST = 1.5  # neighbouring colours must have at least this contrast of luminance, computed as in WCAG 2
DIFFERENCE = 15  # two colours must be at least this far apart in CIE 1976 L*a*b*; people can just see a distance of 2.3
WHITE, BLACK = "#FFFFFF", "#232426"  # Perfetto's background in its light mode and in its dark mode

# These pairs of worlds touch each other: ON_TRACKS on the world tracks of Perfetto, and IN_BARS in the bars of the
# figure hart_shares.
ON_TRACKS = [("firmware", "payload"), ("firmware", "unknown"), ("payload", "unknown")]
ON_TRACKS += [("firmware", "hv"), ("payload", "hv"), ("hv", "asleep")]
IN_BARS = list(zip(OWNERS, OWNERS[1:]))

# Each matrix converts a linear RGB colour to the colour that a person without one kind of cone sees (Machado, Oliveira
# and Fernandes, 2009, severity 1.0).
VISIONS: dict[str, list[list[float]]] = {
    "all cones": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
# This matrix converts linear RGB to CIE XYZ, relative to the white of D65 (IEC 61966-2-1).
XYZ = np.array([[0.412456, 0.357576, 0.180438], [0.212673, 0.715152, 0.072175], [0.019334, 0.119192, 0.950304]])
D65 = np.array([0.95047, 1.0, 1.08883])

Vector = npt.NDArray[np.float64]


def channels(colour: str) -> tuple[int, int, int]:
    """Returns the red, green and blue parts (0 to 255) of a colour in the form #4FB4B8."""
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue


def linear(colour: str) -> Vector:
    """Returns the red, green and blue parts of a colour as linear values from 0 to 1, without the gamma of sRGB."""
    values = np.array(channels(colour)) / 255
    found: Vector = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return found


def contrast(one: str, other: str) -> float:
    """Returns the contrast ratio of two colours, from 1 to 21."""
    dark, light = sorted(float(XYZ[1] @ linear(colour)) + 0.05 for colour in (one, other))
    return light / dark


def seen(colour: str, vision: str) -> Vector:
    """Returns the values L*, a* and b* of a colour as a person with the colour vision @p vision sees it."""
    relative = XYZ @ np.clip(np.array(VISIONS[vision]) @ linear(colour), 0, 1) / D65
    x, y, z = np.where(relative > 0.008856, np.cbrt(relative), 7.787 * relative + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


class Listed(unittest.TestCase):
    """Computes contrasts and distances for the colours in style.WORLDS, and checks them."""

    def test_each_world_has_a_colour(self) -> None:
        self.assertEqual(tuple(style.WORLDS), OWNERS)

    def test_worlds_that_touch_differ_in_luminance(self) -> None:
        for one, other in {*ON_TRACKS, *IN_BARS}:
            self.assertGreaterEqual(contrast(style.WORLDS[one], style.WORLDS[other]), CONTRAST, (one, other))

    def test_each_world_stands_out_from_the_background_in_light_and_in_dark_mode(self) -> None:
        for (name, colour), behind in itertools.product(style.WORLDS.items(), (WHITE, BLACK)):
            self.assertGreaterEqual(contrast(colour, behind), CONTRAST, (name, behind))

    def test_any_two_worlds_look_different_with_every_colour_vision(self) -> None:
        for vision, (one, other) in itertools.product(VISIONS, itertools.combinations(style.WORLDS, 2)):
            difference = np.linalg.norm(seen(style.WORLDS[one], vision) - seen(style.WORLDS[other], vision))
            self.assertGreaterEqual(difference, DIFFERENCE, (vision, one, other))

    def test_both_measures_of_colour_difference_detect_colours_that_look_alike(self) -> None:
        self.assertAlmostEqual(contrast(WHITE, "#000000"), 21, places=2)
        red, green = "#B02010", "#606A10"
        self.assertLess(np.linalg.norm(seen(red, "deuteranopia") - seen(green, "deuteranopia")), DIFFERENCE)
        self.assertGreater(np.linalg.norm(seen(red, "all cones") - seen(green, "all cones")), 2 * DIFFERENCE)


class Drawn(unittest.TestCase):
    """Checks the colours that Perfetto's UI draws."""

    def test_perfetto_draws_each_world_in_its_colour_in_both_modes(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            dump, trace = Path(folder, "t.hst"), Path(folder, "t.pftrace")
            subprocess.run([SYNTHETIC, "--slots=20000", "--loss=300", "--seed=2", dump], check=True, stdout=subprocess.DEVNULL)
            subprocess.run([trace_rows.HSTRACE, "convert", "--details", dump, "-o", trace], check=True, stdout=subprocess.DEVNULL)
            with TraceProcessor(trace) as processor:
                windows = {name: self.longest(processor, name) for name in ("payload", "asleep", "LOST")}
            with ui.opened(trace, side_bar=False) as view:
                for behind in (WHITE, BLACK):
                    self.assert_drawn(view, *windows["payload"], "payload", behind=behind)
                    self.assert_drawn(view, *windows["asleep"], "firmware", "hv", "asleep", behind=behind)
                    self.assert_drawn(view, *windows["LOST"], "unknown", behind=behind)
                    view.darken()

    def longest(self, processor: TraceProcessor, name: str) -> tuple[int, int]:
        """Returns the start and the end (ns) of the longest slice with this name."""
        (row,) = processor.query(f"select ts, dur from slice where name = '{name}' order by dur desc limit 1")
        return int(row["ts"] or 0), int(row["ts"] or 0) + int(row["dur"] or 0)

    def assert_drawn(self, view: ui.View, begin: int, end: int, *worlds: str, behind: str) -> None:
        """Checks that the window shows the background and the colour of each world in @p worlds. Each colour must cover
        at least the area of one letter."""
        view.show(begin, end)
        image = Image.open(io.BytesIO(view.page().picture)).convert("RGB")
        counts = {colour: count for count, colour in image.getcolors(image.width * image.height) or []}
        for name, colour in [*((world, style.WORLDS[world]) for world in worlds), ("background", behind)]:
            self.assertGreater(counts.get(channels(colour), 0), 200, (name, colour, behind))


if __name__ == "__main__":
    unittest.main()
