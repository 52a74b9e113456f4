"""Tests the picture of an interrupt: which interrupt the program selects, where it places the notes, and that the
picture shows the tracks."""

from __future__ import annotations

import io
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import ClassVar

from PIL import Image

from analysis import interrupt_picture, style
from analysis.interrupt_picture import Note
from cli.failure import Failure
from trace.perfetto.trace_processor import TraceProcessor

ROOT = Path(__file__).absolute().parents[1]


class Words(unittest.TestCase):
    """Checks where the texts of notes are placed, in a picture that is 1000 pixels wide."""

    def lefts(self, *places: float) -> list[float]:
        """Places one note at each position in @p places, and returns where the text of each note starts. Each text has
        10 letters."""
        placed = interrupt_picture.spread([Note(("x" * 10,), place, 0) for place in places], 0, 1000, gap=20)
        for one, other in zip(placed, placed[1:]):
            self.assertGreaterEqual(other.left - one.left, one.width + 20 - 1e-9)
        return [note.left for note in placed]

    def test_texts_are_centred_above_their_points_if_there_is_room(self) -> None:
        width = 10 * interrupt_picture.LETTER
        self.assertEqual(self.lefts(500, 200), [200 - width / 2, 500 - width / 2])

    def test_two_texts_that_would_overlap_move_apart_by_the_same_distance(self) -> None:
        width = 10 * interrupt_picture.LETTER
        left, right = self.lefts(490, 510)
        self.assertAlmostEqual(500 - left - width, right - 500)
        self.assertEqual(right - left, width + 20)

    def test_texts_do_not_leave_the_picture(self) -> None:
        self.assertEqual(self.lefts(3)[0], 0)
        self.assertEqual(self.lefts(990, 995)[1], 1000 - 10 * interrupt_picture.LETTER)


class Output(unittest.TestCase):
    def test_the_trace_is_never_overwritten(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            trace = Path(folder, "t.pftrace")
            trace.write_bytes(b"a trace")
            with self.assertRaisesRegex(Failure, "the output would replace the input"):
                interrupt_picture.run([str(trace), "-o", f"{folder}/./t.pftrace"])
            self.assertEqual(trace.read_bytes(), b"a trace")


class Interrupts(unittest.TestCase):
    folder: ClassVar[Path]

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)

    def trace(self, *options: str) -> Path:
        """Makes a synthetic trace in Perfetto's format."""
        dump, trace = self.folder / "t.hst", self.folder / "t.pftrace"
        subprocess.run([ROOT / "trace/testing/synthetic", *options, dump], check=True, stdout=subprocess.DEVNULL)
        command = [str(ROOT / "trace/hstrace/hstrace"), "convert", str(dump), "-o", str(trace)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return trace

    def test_the_picture_shows_the_tracks_of_both_harts_and_notes(self) -> None:
        trace = self.trace("--slots=200000", "--harts=2")
        with TraceProcessor(trace) as processor:
            found = interrupt_picture.find(processor)
        self.assertLess(found.called, found.sent)
        self.assertLess(found.sent, found.received)
        self.assertLess(max(found.sent, found.received), max(found.returned, found.done))
        self.assertNotEqual(found.sender, found.receiver)
        image = Image.open(io.BytesIO(interrupt_picture.picture(trace, found))).convert("RGB")
        image.save(self.folder / "t.png")
        self.assertEqual(image.width, interrupt_picture.SIZE[0])
        colours = dict((colour, count) for count, colour in image.getcolors(image.width * image.height) or [])
        for world in ("payload", "firmware"):
            self.assertGreater(colours.get(tuple(bytes.fromhex(style.WORLDS[world][1:])), 0), 500, world)  # type: ignore[call-overload]
        words = image.crop((260, 0, image.width, interrupt_picture.BANDS[0] - 10))
        self.assertGreater(sum(sum(pixel) < 200 for pixel in words.getdata()), 500)

    def test_a_trace_without_an_interrupt_between_harts_is_refused(self) -> None:
        trace = self.trace("--slots=5000", "--harts=1")
        self.assertEqual(interrupt_picture.run([str(trace), "-o", str(self.folder / "none.png")]), 1)
        self.assertFalse((self.folder / "none.png").exists())


if __name__ == "__main__":
    unittest.main()
