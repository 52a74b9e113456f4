"""Measures how long interrupts from hart to hart took, from the records of a trace.

trace_summary uses this file. The file neither reads files nor draws. As in Perfetto's arrows, every send counts: if several harts
sent before the receiving hart took the interrupt, each has its own latency.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import numpy.typing as npt

from analysis.histogram import Histogram
from analysis.trace_rows import Rows
from trace.format import events

FLOW = next(field.mask for field in events.EVENTS["ipi_send"].fields if field.name == "flow")  # the bits of a payload
LONGEST = (1 << 32) - 1  # longer latencies (ns) count as this one
# At most this many sends and receives are kept. The records of different harts come in no particular order, so a send may be read
# after its receive.
KEPT = 1 << 20

# One end of an interrupt: the number that send and receive share, the hart's index, and the time in ns.
_END = np.dtype([("flow", "u8"), ("hart", "u4"), ("ns", "i8")])
Ends = npt.NDArray[np.void]


def _ends(rows: Rows, event: bytes) -> Ends:
    chosen = rows[rows["event"] == event]
    made = np.empty(len(chosen), _END)
    made["flow"] = [int(payload, 16) & FLOW for payload in chosen["payload"]]
    made["hart"], made["ns"] = chosen["hart"], chosen["ns"]
    return made


class Ipis:
    """The latencies of interrupts from hart to hart in ns, as a histogram for each pair of the sending and the receiving hart."""

    def __init__(self) -> None:
        self.latencies: dict[tuple[int, int], Histogram] = defaultdict(Histogram)
        self._sends: Ends = np.empty(0, _END)
        self._receives: Ends = np.empty(0, _END)

    def take(self, rows: Rows) -> None:
        """Adds more records."""
        sends, receives = _ends(rows, b"ipi_send"), _ends(rows, b"ipi_recv")
        if len(sends) or len(receives):
            self._sends, self._receives = np.concatenate((self._sends, sends)), np.concatenate((self._receives, receives))
        if max(len(self._sends), len(self._receives)) >= KEPT:
            self._match()
            self._sends, self._receives = self._sends[-KEPT // 2 :], self._receives[-KEPT // 2 :]

    def finish(self) -> None:
        """Must be called once after the last records."""
        self._match()

    def _match(self) -> None:
        """Finds the receive of each send, and counts the latency. Such sends are not kept. All receives are kept, because more sends
        of the same interrupt may follow."""
        order = np.argsort(self._receives["flow"], kind="stable")
        receives = self._receives[order]
        place = np.searchsorted(receives["flow"], self._sends["flow"])
        place[place == len(receives)] = 0
        found = receives["flow"][place] == self._sends["flow"] if len(receives) else np.zeros(len(self._sends), bool)
        sends, receives = self._sends[found], receives[place[found]] if len(receives) else receives
        self._sends = self._sends[~found]
        latency = np.clip(receives["ns"] - sends["ns"], 0, LONGEST)  # the times are uncertain, so it may seem negative
        pair = sends["hart"].astype(np.int64) << 32 | receives["hart"]
        for each in np.unique(pair):
            self.latencies[int(each) >> 32, int(each) & 0xFFFFFFFF].add(latency[pair == each])
