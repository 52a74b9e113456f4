"""Tests how Perfetto shows SBI calls that hv or a module has answered. The record of such an exit contains the SBI function."""

import subprocess
import tempfile
import unittest
from collections import Counter
from pathlib import Path

from trace.format.events import EVENTS, pack, unpack
from trace.perfetto.trace_processor import TraceProcessor
from trace.testing.patched_dump import patched

HSTRACE, SYNTHETIC = "trace/hstrace/hstrace", "trace/testing/synthetic"
CALL_FROM_S, INTERRUPT = 9, 0x87
EMULATED, OFFLOADED = 0, 1
OFFLOAD = 1  # the first module of the synthetic configuration
CALL = "environment_call_from_s_mode"
# The outcome, module and value of exits, and the slice that outputs must show for them: its track, name, and the arguments
# `eid`, `fid` and `mtval`.
EXITS = {
    (OFFLOADED, OFFLOAD, 1 << 63 | 0x54494D45): ("offload", f"{CALL}: sbi set_timer", None, None, None),
    (OFFLOADED, OFFLOAD, 1 << 63 | 2 << 32 | 0x52464E43): ("offload", f"{CALL}: sbi remote_sfence_vma_asid", None, None, None),
    (OFFLOADED, OFFLOAD, 1 << 63 | 7 << 32 | 0xABCDEF): ("offload", f"{CALL}: sbi other", 0xABCDEF, 7, None),
    (EMULATED, 0, 1 << 63 | 0x735049): ("exits, hart 00", f"{CALL}: sbi send_ipi", None, None, None),
    (EMULATED, 0, 1 << 63 | 0xFFFFFFFF): ("exits, hart 00", f"{CALL}: sbi other", 0xFFFFFFFF, 0, None),
    (EMULATED, 0, 0): ("exits, hart 00", CALL, None, None, None),
    (EMULATED, 0, 0x1234): ("exits, hart 00", CALL, None, None, "0x1234"),
}
SHOWN = """select track.name track, slice.name name, extract_arg(arg_set_id, 'debug.eid') eid, extract_arg(arg_set_id, 'debug.fid') fid,
    extract_arg(arg_set_id, 'debug.mtval') mtval, count(*) times
    from slice join track on track_id = track.id where category = 'exit' and slice.name glob 'environment_call*' group by 1, 2, 3, 4, 5"""


class Answered(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dump = Path(folder.name, "trace.hst")
        subprocess.run([SYNTHETIC, "--harts=1", "--slots=900", self.dump], check=True, stdout=subprocess.DEVNULL)
        self.given: Counter[tuple[object, ...]] = Counter()
        self.returned = False
        self.dump.write_bytes(patched(self.dump.read_bytes(), self.change))

    def change(self, event: int, words: list[int]) -> list[int]:
        """Makes each exit the next one of EXITS. An exit that has a record of the call's return becomes an interrupt."""
        if event == EVENTS["ecall"].id:
            self.returned = True
        if event != EVENTS["exit"].id or len(words) < 3:
            return words
        fields = {**unpack("exit", words), "cause": CALL_FROM_S, "before": 1, "after": 1}
        if self.returned:
            self.returned = False
            return pack("exit", **{**fields, "cause": INTERRUPT})
        outcome, module, value = list(EXITS)[self.given.total() % len(EXITS)]
        self.given[EXITS[outcome, module, value]] += 1
        return pack("exit", **{**fields, "outcome": outcome, "module": module, "value": value})

    def test_the_function_is_in_the_name_or_in_the_arguments(self) -> None:
        trace = self.dump.with_suffix(".pftrace")
        subprocess.run([HSTRACE, "convert", self.dump, "-o", trace], check=True, stdout=subprocess.DEVNULL)
        with TraceProcessor(trace) as processor:
            rows = processor.query(SHOWN)
        shown = Counter({(row["track"], row["name"], row["eid"], row["fid"], row["mtval"]): row["times"] for row in rows})
        self.assertGreater(min(self.given.values()), 2)
        self.assertEqual(shown, self.given)


if __name__ == "__main__":
    unittest.main()
