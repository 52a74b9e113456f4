"""A trace in Perfetto's real UI, in a headless browser: what the page lists, says and shows."""

import io
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from trace.perfetto.chromium import Chromium, ChromiumError
from trace.perfetto.ui_server import UiServer

SECONDS = 240  # a million events took 10 s
# `app` is the UI's own: it is tied to the version that third_party/perfetto_ui pins.
LOADED = "window.app && app.trace && !app.isLoadingTrace && app.trace.workspace?.flatTracks.length"
TRACKS = "app.trace.workspace.flatTracks.map((track) => track.fullPath.join('/'))"
PINNED = "app.trace.workspace.pinnedTracks.map((track) => track.name)"
SELECT = """(async () => {
    const rows = await app.trace.engine.query(`select id, ts, dur from slice where %s order by ts`);
    if (!rows.numRows()) throw new Error('no such slice');
    const row = rows.iter({id: 0});
    for (let skip = Math.floor(rows.numRows() / 2); skip; skip--) row.next();
    app.trace.selection.selectSqlEvent('slice', row.id, {switchToCurrentSelectionTab: true, scrollToSelection: true});
})()"""
QUERY = "app.commands.runCommand('dev.perfetto.RunQueryAndShowTab', %s)"
SHOW_WINDOW = "app.trace.scrollTo({time: {start: %dn, end: %dn, viewPercentage: 1}})"
TOP_BAR = (236, 239, 241)  # where there is no dialog before it; a dialog darkens everything else
TOP_BAR_AT = (-20, 15)  # pixels, from the right and from the top: beside the search field
TIMELINE = (480, 170, 30)  # pixels from the left, the top and the bottom: where tracks are drawn, right of their names
IDLE = "app.raf.scheduleFullRedraw(); waitForPerfettoIdle(200).then(() => true, () => false)"
LEAST_COLOUR = 0.002  # part of the timeline that slices cover, at least


@dataclass
class Page:
    """What a trace looks like."""

    picture: bytes  # PNG
    tracks: list[str]  # names from the outermost to the track's, with a slash between
    pinned: list[str]  # names of the tracks above all others
    errors: list[str]  # exceptions that nothing caught
    outside: list[str]  # addresses other than the server's that the page got something from


@contextmanager
def served(trace: Path) -> Iterator[UiServer]:
    """A server for the trace, in a thread."""
    with UiServer(trace) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def settled(browser: Chromium) -> bytes:
    """Screenshot when the UI has nothing to do any more, and draws the same picture twice."""
    picture, deadline = b"", time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        idle = browser.run(IDLE, SECONDS)
        before, picture = picture, browser.screenshot()
        if idle and picture == before:
            return picture
    raise ChromiumError(f"the UI is still busy after {SECONDS} s")


class View:
    """A trace that is open in the UI."""

    def __init__(self, browser: Chromium, host: str, window: tuple[int, int] | None) -> None:
        self.browser = browser
        self._host = host
        self._window = window

    def select(self, condition: str) -> None:
        """Selects the middle one of the slices in the window of which an SQL condition holds; their details are shown."""
        settled(self.browser)
        inside = f" and ts between {self._window[0]} and {self._window[1]}" if self._window else ""
        self.browser.run(SELECT % (f"({condition})" + inside))
        settled(self.browser)  # the details are open now, and cover what the UI had scrolled to
        self.browser.run("app.trace.selection.scrollToSelection()")  # which also zooms to it
        if self._window:
            self.browser.run(SHOW_WINDOW % self._window)

    def query(self, sql: str) -> None:
        """Shows the result of a query below the timeline."""
        self.browser.run(QUERY % json.dumps(sql))

    def show(self, begin: int, end: int) -> None:
        """Zooms to the time between two nanoseconds of the trace."""
        self._window = (begin, end)
        self.browser.run(SHOW_WINDOW % self._window)

    def darken(self) -> None:
        """Switches to the UI's dark mode."""
        self.browser.run("app.settings.get('theme').set('dark')")

    def page(self) -> Page:
        """What is seen now."""
        picture = settled(self.browser)
        tracks, pinned = self.browser.run(TRACKS), self.browser.run(PINNED)
        return Page(picture, tracks, pinned, self.browser.errors(), self.browser.outside(self._host))


@contextmanager
def opened(
    trace: Path, window: tuple[int, int] | None = None, side_bar: bool = True, size: tuple[int, int] = (1600, 900)
) -> Iterator[View]:
    """Opens a trace, whole or from and to a nanosecond of it, in a browser of its own. The size is that of pictures.

    Raises ChromiumError if the UI cannot open it.
    """
    with served(trace) as server, Chromium(*size) as browser:
        visible = f"?visStart={window[0]}&visEnd={window[1]}" if window else ""
        browser.open(server.address + visible)
        browser.wait(LOADED, SECONDS)
        if not side_bar:
            browser.run("app.sidebar.visible && app.sidebar.toggleVisibility()")
        yield View(browser, server.host, window)


def show(
    trace: Path,
    select: str = "",
    window: tuple[int, int] | None = None,
    side_bar: bool = True,
    size: tuple[int, int] = (1600, 900),
    query: str = "",
) -> Page:
    """A trace as `opened` opens it, with a slice selected if SQL names one, and with the result of a query if there is one. Raises
    ChromiumError if the UI cannot."""
    with opened(trace, window, side_bar, size) as view:
        if select:
            view.select(select)
        if query:
            view.query(query)
        return view.page()


def picture_problems(picture: bytes) -> list[str]:
    """Whether a picture shows tracks with slices, and no dialog before them."""
    image = Image.open(io.BytesIO(picture))
    width, height = image.size
    found = []
    bar = image.convert("RGB").getpixel((width + TOP_BAR_AT[0], TOP_BAR_AT[1]))
    if any(abs(value - wanted) > 8 for value, wanted in zip(bar, TOP_BAR)):
        found.append(f"the top bar has the colour {bar}, not {TOP_BAR}: a dialog is open, or the UI another one")
    left, top, bottom = TIMELINE
    timeline = image.convert("HSV").crop((left, top, width, height - bottom))
    pixels = timeline.getdata()
    coloured = sum(saturation > 80 and value > 80 for _, saturation, value in pixels) / len(pixels)
    if coloured < LEAST_COLOUR:
        found.append(f"the timeline is empty: {coloured:.2%} of it has a colour")
    return found
