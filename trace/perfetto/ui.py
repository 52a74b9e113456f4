"""Opens a trace in Perfetto's real UI in a headless browser, and takes pictures of it."""

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

SECONDS = 240  # the UI may take at most this long; a million events took 10 s
# `app` is an internal object of the UI, so these scripts work only with the version that third_party/perfetto_ui pins.
LOADED = "window.app && app.trace && !app.isLoadingTrace && app.trace.workspace?.flatTracks.length"
TRACKS = "app.trace.workspace.flatTracks.map((track) => track.fullPath.join('/'))"
PINNED = "app.trace.workspace.pinnedTracks.map((track) => track.name)"
SELECT = """(async () => {
    const rows = await app.trace.engine.query(`select id, ts, dur from %(table)s where %(condition)s order by ts`);
    if (!rows.numRows()) throw new Error('no such slice');
    const row = rows.iter({id: 0});
    for (let skip = Math.floor(rows.numRows() / 2); skip; skip--) row.next();
    app.trace.selection.selectSqlEvent('%(table)s', row.id, {switchToCurrentSelectionTab: true, scrollToSelection: true});
})()"""
QUERY = "app.commands.runCommand('dev.perfetto.RunQueryAndShowTab', %s)"
SHOW_WINDOW = "app.trace.scrollTo({time: {start: %dn, end: %dn, viewPercentage: 1}})"
PIN = """(() => {
    const workspace = app.trace.workspace;
    [...workspace.pinnedTracks].forEach((track) => track.unpin());
    for (const path of %s) {
        const found = workspace.flatTracks.find((track) => track.fullPath.join('/') === path);
        if (!found) throw new Error('no track ' + path);
        found.pin();
    }
})()"""
TOP_BAR = (236, 239, 241)  # the colour of the top bar; a dialog darkens it
TOP_BAR_AT = (-20, 15)  # a place of the top bar beside the search field: pixels from the right and from the top
TIMELINE = (480, 170, 30)  # margins of the area where tracks are drawn, in pixels: left (with the names of tracks), top, bottom
IDLE = "app.raf.scheduleFullRedraw(); waitForPerfettoIdle(200).then(() => true, () => false)"
LEAST_COLOUR = 0.002  # slices must cover at least this fraction of the timeline


@dataclass
class Page:
    """The contents of the UI when it shows a trace."""

    picture: bytes  # PNG
    tracks: list[str]  # for each track: the names of its groups and of the track, separated by slashes
    pinned: list[str]  # names of the tracks that are pinned at the top
    errors: list[str]  # exceptions that no script caught
    outside: list[str]  # addresses at other hosts from which the page received an answer


@contextmanager
def served(trace: Path) -> Iterator[UiServer]:
    """Serves the UI and the trace, in a thread."""
    with UiServer(trace) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def settled(browser: Chromium) -> bytes:
    """Waits until the UI is idle and draws the same picture twice. Returns the picture."""
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

    def select(self, condition: str, table: str = "slice") -> None:
        """Selects the middle one of the slices in the window that meet an SQL condition, so that the UI shows its details. `table` is
        `sched_slice` for the slices of threads on CPUs."""
        settled(self.browser)
        inside = f" and ts between {self._window[0]} and {self._window[1]}" if self._window else ""
        self.browser.run(SELECT % {"table": table, "condition": f"({condition})" + inside})
        settled(self.browser)  # the panel with details has opened now, and may cover the slice
        self.browser.run("app.trace.selection.scrollToSelection()")  # this also zooms to the slice
        if self._window:
            self.browser.run(SHOW_WINDOW % self._window)

    def query(self, sql: str) -> None:
        """Shows the result of a query below the timeline."""
        self.browser.run(QUERY % json.dumps(sql))

    def show(self, begin: int, end: int) -> None:
        """Zooms to the time from `begin` to `end`, which are in nanoseconds of the trace."""
        self._window = (begin, end)
        self.browser.run(SHOW_WINDOW % self._window)

    def pin(self, paths: list[str]) -> None:
        """Pins these tracks at the top, in this order, and no others. A path has the form of the elements of Page.tracks."""
        self.browser.run(PIN % json.dumps(paths))

    def darken(self) -> None:
        """Switches to the UI's dark mode."""
        self.browser.run("app.settings.get('theme').set('dark')")

    def page(self) -> Page:
        """Returns the contents of the UI now."""
        picture = settled(self.browser)
        tracks, pinned = self.browser.run(TRACKS), self.browser.run(PINNED)
        return Page(picture, tracks, pinned, self.browser.errors(), self.browser.outside(self._host))


@contextmanager
def opened(
    trace: Path, window: tuple[int, int] | None = None, side_bar: bool = True, size: tuple[int, int] = (1600, 900)
) -> Iterator[View]:
    """Opens a trace in a new browser. `window` is the time to show, in nanoseconds. Without it, the whole trace is shown. `size`
    is the size of the pictures.

    Raises ChromiumError if the UI cannot open the trace.
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
    pin: list[str] | None = None,
    thread: str = "",
) -> Page:
    """Opens a trace as opened() does, pins the tracks `pin` if it is not None, selects a slice by the SQL condition `select`, or a slice
    of a thread by the condition `thread`, runs the query `query`, and returns the page.

    Raises ChromiumError if the UI cannot open the trace.
    """
    with opened(trace, window, side_bar, size) as view:
        if pin is not None:
            view.pin(pin)
        if select:
            view.select(select)
        if thread:
            view.select(thread, "sched_slice")
        if query:
            view.query(query)
        return view.page()


def picture_problems(picture: bytes) -> list[str]:
    """Returns the problems of a picture. A good picture shows tracks with slices, and no dialog in front of them."""
    image = Image.open(io.BytesIO(picture))
    width, height = image.size
    found = []
    bar = image.convert("RGB").getpixel((width + TOP_BAR_AT[0], TOP_BAR_AT[1]))
    if any(abs(value - wanted) > 8 for value, wanted in zip(bar, TOP_BAR)):
        found.append(f"the top bar has the colour {bar}, not {TOP_BAR}: a dialog is open, or this is another version of the UI")
    left, top, bottom = TIMELINE
    timeline = image.convert("HSV").crop((left, top, width, height - bottom))
    pixels = timeline.getdata()
    coloured = sum(saturation > 80 and value > 80 for _, saturation, value in pixels) / len(pixels)
    if coloured < LEAST_COLOUR:
        found.append(f"the timeline is empty: {coloured:.2%} of it has a colour")
    return found
