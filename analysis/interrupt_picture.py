"""Makes a picture of an interrupt from one hart to another. The picture shows tracks of Perfetto's UI, and notes that
explain what happens.

Linux asks its firmware to send such interrupts, and the picture shows the fastest of them. Perfetto's UI draws the
tracks; this program draws the notes, the time scale and the legend on top of them.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from bisect import bisect_right
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from analysis import style
from cli import entry, whole_file
from cli.workspace import refuse_overwriting, user_path
from trace.perfetto import ui
from trace.perfetto.chromium import ChromiumError
from trace.perfetto.trace_processor import TraceProcessor, TraceProcessorError

EXAMPLE = "example: bazel run //analysis:interrupt_picture -- out/boot_qemu/trace.pftrace -o interrupt.png"

SIZE = (1120, 700)
MARGIN = 0.06  # extra time before the call and after the last return, as a fraction of the time between these two
BANDS = (86, 86)  # height in pixels of the areas for notes above and below the tracks
LINE, LETTER = 18, 7.0  # height of a line and width of a letter, in pixels
TRACKS = {"world": "world, {}", "exits to hv": "exits, {}", "interrupts": "ipi"}  # name of each track in the picture, and in the trace
LEGEND = {"payload": "Linux", "firmware": "its firmware"}

SLICES = """select hart.name hart, slice.ts ts, slice.dur dur from slice join track on slice.track_id = track.id
    join track hart on track.parent_id = hart.id where %s order by ts"""
CALLS = SLICES % "slice.name = 'sbi send_ipi' and track.name = 'ecalls'"
IN_PAYLOAD = SLICES % "slice.name = 'payload' and track.name glob 'world, *'"
FLOWS = """select sent.ts sent, received.ts received, from_hart.name from_hart, to_hart.name to_hart from flow
    join slice sent on slice_out = sent.id join slice received on slice_in = received.id
    join track from_track on sent.track_id = from_track.id join track from_hart on from_track.parent_id = from_hart.id
    join track to_track on received.track_id = to_track.id join track to_hart on to_track.parent_id = to_hart.id"""

SHOW_TRACKS = """(() => {
    const picture = app.trace.workspaces.createEmptyWorkspace('picture');
    for (const [path, name] of %s) {
        const node = app.trace.workspace.flatTracks.find((track) => track.fullPath.join('/') === path).clone();
        node.name = name;
        picture.addChildLast(node);
    }
    app.trace.workspaces.switchWorkspace(picture);
})()"""
HIDE_DETAILS = "app.commands.runCommand('dev.perfetto.ToggleDrawer')"
# This JavaScript returns the name of each track and the pixel positions of its left, right, top and bottom edges.
PLACES = """JSON.stringify([...document.querySelectorAll('.pf-viewer-page__scrolling-track-tree .pf-track')].map((track) => {
    const drawn = track.querySelector('.pf-track__canvas').getBoundingClientRect();
    return [track.getAttribute('ref'), drawn.left, drawn.right, drawn.top, drawn.bottom];
}))"""
DRAW = """(() => {
    const buttons = document.createElement('style'), drawing = document.createElement('div');
    buttons.textContent = '.pf-track__buttons { display: none !important }';
    drawing.innerHTML = %s;
    drawing.style = 'position: fixed; left: 0; top: 0; z-index: 10000; pointer-events: none';
    document.body.append(buttons, drawing);
})()"""
TIP = """<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">
    <path d="M0 0L8 4L0 8z" fill="#333"/></marker></defs>"""


class NoInterrupt(Exception):
    """The trace contains no interrupt that the picture could show."""


@dataclass(frozen=True)
class Interrupt:
    """An interrupt from one hart to another. Times are in ns. A hart is identified by the name of its group of tracks
    in the trace."""

    called: int  # when Linux on the sending hart calls the firmware
    returned: int  # when the sending hart is back in Linux
    sent: int
    received: int
    done: int  # when the receiving hart is back in Linux
    sender: str
    receiver: str

    @property
    def window(self) -> tuple[int, int]:
        """The start and the end (ns) of the time that the picture shows."""
        end = max(self.returned, self.done)
        margin = round((end - self.called) * MARGIN)
        return self.called - margin, end + margin


def _times(processor: TraceProcessor, query: str) -> dict[str, list[tuple[int, int]]]:
    """Returns the slices that a query finds, grouped by hart. Each slice is a pair of start and duration in ns."""
    found: dict[str, list[tuple[int, int]]] = {}
    for row in processor.query(query):
        found.setdefault(str(row["hart"]), []).append((int(row["ts"] or 0), int(row["dur"] or 0)))
    return found


def _first_after(slices: list[tuple[int, int]], ns: int) -> int | None:
    """Returns the start of the first slice that begins after @p ns, or None if there is no such slice."""
    place = bisect_right(slices, (ns, sys.maxsize))
    return slices[place][0] if place < len(slices) else None


def find(processor: TraceProcessor) -> Interrupt:
    """Returns the interrupt that takes the shortest time from the call until both harts are back in Linux. Raises
    NoInterrupt."""
    calls, in_payload = _times(processor, CALLS), _times(processor, IN_PAYLOAD)
    found = []
    for row in processor.query(FLOWS):
        sender, receiver = str(row["from_hart"]), str(row["to_hart"])
        sent, received = int(row["sent"] or 0), int(row["received"] or 0)
        place = bisect_right(calls.get(sender, []), (sent, sys.maxsize)) - 1
        returned, done = _first_after(in_payload.get(sender, []), sent), _first_after(in_payload.get(receiver, []), received)
        if sender == receiver or place < 0 or returned is None or done is None:
            continue
        called, length = calls[sender][place]
        if called + length >= sent:
            found.append(Interrupt(called, returned, sent, received, done, sender, receiver))
    if not found:
        raise NoInterrupt("no hart interrupted another one through the SBI call send_ipi")
    return min(found, key=lambda one: one.window[1] - one.window[0])


@dataclass(frozen=True)
class Note:
    """A text that explains something, and the point in the picture (in pixels) to which its arrow points."""

    lines: tuple[str, ...]
    x: float
    y: float
    left: float = 0  # where the text starts

    @property
    def width(self) -> float:
        """The approximate width of the text in pixels."""
        return LETTER * max(map(len, self.lines))


def spread(notes: list[Note], left: float, right: float, gap: float = 20) -> list[Note]:
    """Returns the notes from left to right. Each text is as close as possible to the point that it explains. Texts that
    would overlap are placed side by side as a block. The block is placed so that its texts are, on average, moved as
    little as possible."""
    notes = sorted(notes, key=lambda one: one.x)
    before = [sum(note.width + gap for note in notes[:index]) for index in range(len(notes))]
    # Each block is a pair of numbers. The first number is the start of the block's first text, minus the width of all
    # texts in earlier blocks. The second number is the number of notes in the block.
    blocks: list[tuple[float, int]] = []
    for note, offset in zip(notes, before):
        begin, count = note.x - note.width / 2 - offset, 1
        while blocks and blocks[-1][0] > begin:
            other, others = blocks.pop()
            begin, count = (begin * count + other * others) / (count + others), count + others
        blocks.append((begin, count))
    most = right - (before[-1] + notes[-1].width)
    begins = [max(min(begin, most), left) for begin, count in blocks for _ in range(count)]
    return [replace(note, left=begin + offset) for note, begin, offset in zip(notes, begins, before)]


def hart_name(group: str) -> str:
    """Returns a hart's name without leading zeros. For example, hart 01 becomes hart 1."""
    return f"hart {int(group.split()[1])}"


def microseconds(ns: float) -> str:
    """Returns the text that the notes show for a time."""
    return f"{ns / 1000:,.0f} \N{MICRO SIGN}s"


Place = tuple[float, float, float, float]  # left, right, top, bottom


class Drawing:
    """The notes, the scale and the legend that are drawn over the tracks of an interrupt."""

    def __init__(self, interrupt: Interrupt, places: dict[str, Place]) -> None:
        self.interrupt = interrupt
        self.places = places
        self.left, self.right = next(iter(places.values()))[:2]
        self.top = min(place[2] for place in places.values())
        self.bottom = max(place[3] for place in places.values())

    def x(self, ns: float) -> float:
        """Returns the horizontal position of a time."""
        begin, end = self.interrupt.window
        return self.left + (self.right - self.left) * (ns - begin) / (end - begin)

    def note(self, ns: float, hart: str, track: str, part: float, *lines: str) -> Note:
        """Returns a note about one moment on a track of a hart. The arrow of the note ends on the track. @p part says
        at which height: 0 is the top edge of the track, and 1 the bottom edge."""
        _, _, top, bottom = self.places[f"{hart_name(hart)}, {track}"]
        return Note(lines, self.x(ns), top + (bottom - top) * part)

    def of_sender(self) -> list[Note]:
        """Returns the notes about the hart that sends the interrupt."""
        one, hart = self.interrupt, self.interrupt.sender
        name, other = hart_name(hart), hart_name(self.interrupt.receiver)
        return [
            self.note(one.called, hart, "world", 0, f"Linux on {name} asks its", f"firmware to interrupt {other}"),
            self.note((one.called + 2 * one.sent) / 3, hart, "exits to hv", 0, "each privileged instruction", "of the firmware is an exit to hv"),
            self.note(one.sent, hart, "interrupts", 0.3, "its store to a device", "sends the interrupt"),
            self.note(one.returned, hart, "world", 0, f"{name} is back in Linux", f"after {microseconds(one.returned - one.called)}"),
        ]

    def of_receiver(self) -> list[Note]:
        """Returns the notes about the hart that receives the interrupt."""
        one, hart = self.interrupt, self.interrupt.receiver
        name = hart_name(hart)
        waited, took = microseconds(one.received - one.sent), microseconds(one.done - one.received)
        return [
            self.note(one.received, hart, "interrupts", 0.8, f"{name} gets the interrupt", f"{waited} after it was sent"),
            self.note((one.received + 3 * one.done) / 4, hart, "exits to hv", 1, "its firmware passes", "it on to Linux"),
            self.note(one.done, hart, "exits to hv", 1, f"{name} is back in Linux,", f"{took} after it got it"),
        ]

    def _notes(self, notes: list[Note], first: float, above: bool) -> list[str]:
        """Returns SVG for the texts of the notes and for an arrow from each text to its point. The first line of each
        text is at the vertical position @p first."""
        parts = []
        for note in notes:
            middle = min(max(note.x, note.left + 12), note.left + note.width - 12)
            start = first + LINE * (len(note.lines) - 1) + 7 if above else first - LINE
            parts.append(f'<path d="M{middle} {start}L{note.x} {note.y}" stroke="#333" stroke-width="1.5" marker-end="url(#tip)"/>')
            lines = enumerate(note.lines)
            parts += [f'<text x="{note.left}" y="{first + LINE * index}">{line}</text>' for index, line in lines]
        return parts

    def _scale(self) -> list[str]:
        """Returns SVG for the time scale to the left of the upper notes. The scale is a line that is as long as a round
        number of ns."""
        begin, end = self.interrupt.window
        steps = [digit * 10**power for power in range(12) for digit in (1, 2, 5)]
        ns = max(step for step in steps if step <= max((end - begin) / 5, 1))
        right, y = self.left - 30, self.top - 30
        left = right - (self.x(begin + ns) - self.left)
        bar = f'<path d="M{left} {y - 5}v10m0 -5H{right}m0 -5v10" stroke="#333" fill="none"/>'
        return [bar, f'<text x="{(left + right) / 2}" y="{y - 10}" text-anchor="middle">{microseconds(ns)}</text>']

    def _legend(self) -> list[str]:
        """Returns SVG for the legend with the colour of each world, to the left of the lower notes."""
        parts = []
        for row, (world, meaning) in enumerate(LEGEND.items()):
            y = self.bottom + 30 + 20 * row
            parts.append(f'<rect x="12" y="{y - 12}" width="14" height="14" fill="{style.WORLDS[world]}"/>')
            parts.append(f'<text x="34" y="{y}">{world}: {meaning}</text>')
        return parts

    def svg(self) -> str:
        """Returns the whole drawing, as large as the page."""
        width, height = SIZE
        border = self.places[f"{hart_name(self.interrupt.receiver)}, world"][2]
        parts = [f'<rect width="{width}" height="{self.top}" fill="#fff"/>']
        parts += [f'<rect y="{self.bottom}" width="{width}" height="{height}" fill="#fff"/>']
        parts += [f'<path d="M0 {border}H{width}" stroke="#333" stroke-width="2"/>']
        parts += self._scale() + self._legend()
        parts += self._notes(spread(self.of_sender(), self.left, self.right), self.top - 62, above=True)
        parts += self._notes(spread(self.of_receiver(), self.left, self.right), self.bottom + 56, above=False)
        look = 'font-family="Roboto" font-size="15" fill="#111"'
        return f'<svg width="{width}" height="{height}" {look}>{TIP}{"".join(parts)}</svg>'


def tracks(interrupt: Interrupt) -> list[tuple[str, str]]:
    """Returns the tracks to show. For each track, returns its path in the trace and its name in the picture."""
    harts = (interrupt.sender, interrupt.receiver)
    return [(f"hartscope/{hart}/{own.format(hart)}", f"{hart_name(hart)}, {name}") for hart in harts for name, own in TRACKS.items()]


def picture(trace: Path, interrupt: Interrupt) -> bytes:
    """Returns the picture as PNG. Raises ChromiumError."""
    with ui.opened(trace, interrupt.window, side_bar=False, size=SIZE) as view:
        view.page()
        view.browser.run(SHOW_TRACKS % json.dumps(tracks(interrupt)))
        view.select(f"name glob 'IPI to *' and ts = {interrupt.sent}")
        view.browser.run(HIDE_DETAILS)
        view.show(*interrupt.window)
        view.page()
        places = {str(name): (left, right, top, bottom) for name, left, right, top, bottom in json.loads(view.browser.run(PLACES))}
        drawing = Drawing(interrupt, places)
        view.browser.run(DRAW % json.dumps(drawing.svg()))
        image = Image.open(io.BytesIO(view.page().picture))
    made = io.BytesIO()
    shown = image.crop((0, round(drawing.top) - BANDS[0], image.width, round(drawing.bottom) + BANDS[1]))
    shown.convert("P", palette=Image.Palette.ADAPTIVE).save(made, "PNG", optimize=True)
    return made.getvalue()


def run(arguments: list[str]) -> int:
    """Makes the picture. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="bazel run //analysis:interrupt_picture --", description=__doc__, epilog=EXAMPLE)
    parser.add_argument("trace", metavar="TRACE.pftrace", help="the trace of a boot with several harts; boot_qemu writes one")
    parser.add_argument("-o", "--output", metavar="FILE.png", required=True)
    options = parser.parse_args(arguments)
    trace, out = user_path(options.trace), user_path(options.output)
    refuse_overwriting(out, trace)
    try:
        with TraceProcessor(trace) as processor:
            interrupt = find(processor)
        whole_file.write_bytes(out, picture(trace, interrupt))
    except (OSError, ChromiumError, TraceProcessorError, NoInterrupt) as error:
        print(f"error: {trace}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(entry.run(run))
