"""Tests how Perfetto's real UI shows traces, in headless Chromium. The pictures are among the outputs of the test."""

import os
import tempfile
import time
import unittest
from pathlib import Path

from trace.perfetto import example_trace, ui
from trace.perfetto.chromium import Chromium, ChromiumError

VISIBLE = "['start', 'end'].map((bound) => app.trace.timeline.visibleWindow[bound].toNumber())"
OUTPUTS = Path(os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR", "."))


class Ui(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name) / "example.pftrace"
        example_trace.write(self.file)

    def shown(self, view: ui.View, name: str) -> ui.Page:
        """Returns the page that the UI shows. Asserts that the page has no problems, and saves the picture as `name`."""
        page = view.page()
        (OUTPUTS / f"{name}.png").write_bytes(page.picture)
        self.assertEqual(page.errors, [])
        self.assertEqual(page.outside, [])
        self.assertEqual(ui.picture_problems(page.picture), [])
        return page

    def assert_tracks_in_order(self, page: ui.Page) -> None:
        """Asserts that the tracks of each hart are in order, and that the worlds and exits of all harts are pinned at the top."""
        tracks = ["ipi", "lost", "cycles in hv"]
        wanted = ["hartscope"]
        for hart in ("hart 00", "hart 01"):
            own = [track for track in tracks if (hart, track) != ("hart 00", "lost")]  # the UI leaves out a track without events
            own = [f"world, {hart}", f"exits, {hart}", *own]
            wanted += [f"hartscope/{hart}"] + [f"hartscope/{hart}/{track}" for track in own]
            shown = [track.rsplit("/", 1)[1] for track in page.tracks if track.startswith(f"hartscope/{hart}/")]
            self.assertEqual(shown, own)
        self.assertEqual(sorted(page.tracks), sorted(wanted))
        self.assertEqual(page.pinned, ["world, hart 00", "exits, hart 00", "world, hart 01", "exits, hart 01"])

    def test_tracks_are_shown_in_order_and_an_empty_timeline_is_found(self) -> None:
        with ui.opened(self.file) as view:
            self.assert_tracks_in_order(self.shown(view, "trace"))
            view.browser.run("app.trace.workspace.flatTracks.forEach((track) => { track.unpin(); track.collapse(); })")
            self.assertRegex(" ".join(ui.picture_problems(view.page().picture)), "^the timeline is empty")

    def test_a_selected_ipi_shows_its_arrow(self) -> None:
        with ui.opened(self.file, (80_000, 120_000)) as view:
            before = self.shown(view, "window").picture
            view.select("name = 'ipi_send'")
            self.assertNotEqual(before, self.shown(view, "ipi").picture)

    def test_the_window_stays_when_a_short_slice_is_selected(self) -> None:
        with ui.opened(self.file, (80_000, 140_000)) as view:
            view.select("dur between 1 and 5000")
            for bound, wanted in zip(view.browser.run(VISIBLE), (80_000, 140_000)):
                self.assertAlmostEqual(bound, wanted, delta=1)

    def test_chosen_tracks_are_pinned_in_their_order_and_an_unknown_track_is_refused(self) -> None:
        with ui.opened(self.file) as view:
            view.pin(["hartscope/hart 01/exits, hart 01", "hartscope/hart 00/ipi"])
            self.assertEqual(self.shown(view, "pinned").pinned, ["exits, hart 01", "ipi"])
            with self.assertRaisesRegex(ChromiumError, "no track hartscope/hart 09"):
                view.pin(["hartscope/hart 09"])

    def test_the_result_of_a_query_is_shown(self) -> None:
        with ui.opened(self.file) as view:
            view.query("select 6 * 7 as answer")
            self.shown(view, "query")
            text = str(view.browser.run("document.body.innerText"))
            self.assertIn("answer", text)
            self.assertIn("42", text)

    def test_a_dialog_in_front_of_the_timeline_is_found(self) -> None:
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
