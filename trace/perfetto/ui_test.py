"""Traces in Perfetto's real UI, in headless Chromium. The pictures are among the test's outputs."""

import os
import tempfile
import time
import unittest
from pathlib import Path

from trace.perfetto import example_trace, ui
from trace.perfetto.chromium import Chromium, ChromiumError

OUTPUTS = Path(os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR", "."))


class Ui(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name) / "example.pftrace"
        example_trace.write(self.file)

    def shown(self, name: str, select: str = "", window: tuple[int, int] | None = None) -> ui.Page:
        page = ui.show(self.file, select, window)
        (OUTPUTS / f"{name}.png").write_bytes(page.picture)
        self.assertEqual(page.errors, [])
        self.assertEqual(page.outside, [])
        self.assertEqual(ui.picture_problems(page.picture), [])
        return page

    def test_a_trace_is_shown_with_the_tracks_of_each_hart_in_order(self) -> None:
        page = self.shown("trace")
        tracks = ["world", "exits", "ipi", "lost", "cycles in hv"]
        wanted = ["hartscope"]
        for hart in ("hart 00", "hart 01"):
            own = [track for track in tracks if (hart, track) != ("hart 00", "lost")]  # nothing is on that one
            wanted += [f"hartscope/{hart}"] + [f"hartscope/{hart}/{track}" for track in own]
        self.assertEqual(sorted(page.tracks), sorted(wanted))
        for hart in ("hart 00", "hart 01"):
            own = [track.rsplit("/", 1)[1] for track in page.tracks if track.startswith(f"hartscope/{hart}/")]
            self.assertEqual(own, [track for track in tracks if track in own])

    def test_a_selected_ipi_shows_its_arrow(self) -> None:
        before = self.shown("window", window=(80_000, 120_000)).picture
        after = self.shown("ipi", "name = 'ipi_send'", (80_000, 120_000)).picture
        self.assertNotEqual(before, after)

    def test_pictures_of_a_dialog_and_of_an_empty_timeline_are_told_from_good_ones(self) -> None:
        with ui.served(self.file) as server, Chromium() as browser:
            browser.open(server.address)
            browser.wait(ui.LOADED)
            self.assertEqual(ui.picture_problems(ui.settled(browser)), [])
            browser.run("app.trace.workspace.flatTracks.forEach((track) => track.collapse()); app.raf.scheduleFullRedraw()")
            self.assertRegex(" ".join(ui.picture_problems(ui.settled(browser))), "^the timeline is empty")
        self.file.write_bytes(bytes((7 * n * n + 13) % 251 for n in range(4096)))
        with ui.served(self.file) as server, Chromium() as browser:
            browser.open(server.address)
            with self.assertRaisesRegex(ChromiumError, "the page failed"):
                browser.wait(ui.LOADED)
            found, deadline = "", time.monotonic() + ui.SECONDS
            while "a dialog is open" not in found and time.monotonic() < deadline:
                picture = browser.screenshot()
                found = " ".join(ui.picture_problems(picture))
            (OUTPUTS / "dialog.png").write_bytes(picture)
            self.assertIn("a dialog is open", found)


if __name__ == "__main__":
    unittest.main()
