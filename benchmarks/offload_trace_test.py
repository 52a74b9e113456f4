"""Tests that the trace shows each call that module offload has answered: the trace processor finds as many slices on the
module's track, by name, as the guest has made calls and misaligned accesses. Under icount their durations are
instructions."""

import io
import os
import subprocess
import unittest
from pathlib import Path

from benchmarks.cost.bench import guest_program
from cli.progress import Silent
from cli.workspace import workspace_file
from machines import images, packages, recording, session
from machines.diagnosis import exit_code, report
from machines.machine import Guest, Settings
from trace.perfetto.trace_processor import TraceProcessor

DIRECTORY = Path(os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR") or os.environ["TEST_TMPDIR"])
TIMEOUT = 300.0

# The rounds of benchmarks/micro/ipi_ring.c, with two IPIs each, and the one IPI with which the other hart reports that it is
# ready.
IPIS = 2 * (100 + 2000) + 1
# Twice 50 misaligned loads and as many stores of benchmarks/micro/misaligned.c. Under icount, QEMU gives both the cause of loads.
MISALIGNED = 200

# The calls of benchmarks/micro/sbi_calls.c: each of its figures is the cost of 2000 calls.
CALLS = {
    "set_timer": 2 * 2000,  # set_timer, set_timer_passed
    "legacy_set_timer": 2000,
    "send_ipi": 2000,
    "legacy_send_ipi": 2000,
    "remote_fence_i": 2000,
    "remote_sfence_vma": 4 * 2000,  # all addresses, and 1, 8 and 1024 pages
    "remote_sfence_vma_asid": 2000,
    "legacy_remote_sfence_vma": 2000,
}
CALL = "environment_call_from_s_mode: sbi "

# docs/hstrace.md has the first query.
COUNTS = """select slice.name kind, count(*) exits from slice join track on track_id = track.id
    where track.name = 'offload' and category = 'exit' group by 1"""
LEAST = "select min(dur) from slice join track on track_id = track.id where track.name = 'offload'"
ELSEWHERE = """select count(*) from slice join track on track_id = track.id join args using (arg_set_id)
    where args.key = 'debug.module' and args.string_value = 'offload' and track.name != 'offload'"""


class OffloadTrace(unittest.TestCase):
    """Counts the module's exits in traces of guests that make a known number of calls."""

    def exits(self, name: str, harts: int) -> dict[str, int]:
        """Runs a payload of benchmarks/micro. Returns how many exits module offload has handled, by name."""
        image = images.load(workspace_file("benchmarks/micro/offload_ring"))
        guest = Guest(image, packages.opensbi(image.memory.firmware), guest_program(name, image.memory.payload))
        dump = DIRECTORY / f"{name}.hst"
        settings = Settings(harts, icount=True, timeout=TIMEOUT, dump=dump, stdin=subprocess.DEVNULL)
        run = session.run(guest, settings, Silent(), io.BytesIO())
        self.assertEqual(exit_code(run), 0, report(run))
        trace = DIRECTORY / f"{name}.pftrace"
        subprocess.run([recording.hstrace(), "convert", "--details", dump, "-o", trace], check=True)
        with TraceProcessor(trace) as processor:
            rows = processor.query(COUNTS)
            self.assertGreater(processor.number(LEAST), 0)
            self.assertEqual(processor.number(ELSEWHERE), 0)
        for row in rows:
            print(f"{name}: {row}")
        return {str(row["kind"]): int(row["exits"] or 0) for row in rows}

    def test_each_ipi_is_an_exit_of_the_module_and_so_is_its_arrival(self) -> None:
        found = self.exits("ipi_ring", 2)
        self.assertEqual(found, {f"{CALL}send_ipi": IPIS, "machine_software_interrupt": IPIS})

    def test_each_sbi_call_is_an_exit_of_the_module(self) -> None:
        self.assertEqual(self.exits("sbi_calls", 1), {CALL + name: count for name, count in CALLS.items()})

    def test_each_misaligned_access_is_an_exit_of_the_module(self) -> None:
        found = self.exits("misaligned", 1)
        self.assertEqual(found, {"load_address_misaligned": MISALIGNED})


if __name__ == "__main__":
    unittest.main()
