"""Tests that the trace shows each call that module offload has answered: the trace processor finds as many exits of the
module, by cause, as the guest has made calls and misaligned accesses. Under icount their durations are instructions."""

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

EXITS = """
select s.name as name, count(*) as exits, min(s.dur) as least
from slice s
join args o on o.arg_set_id = s.arg_set_id and o.key = 'debug.outcome' and o.string_value = 'offloaded'
join args m on m.arg_set_id = s.arg_set_id and m.key = 'debug.module' and m.string_value = 'offload'
group by 1"""


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
            rows = processor.query(EXITS)
        for row in rows:
            print(f"{name}: {row}")
            self.assertGreater(int(row["least"] or 0), 0)
        return {str(row["name"]): int(row["exits"] or 0) for row in rows}

    def test_each_ipi_is_an_exit_of_the_module_and_so_is_its_arrival(self) -> None:
        found = self.exits("ipi_ring", 2)
        self.assertEqual(found, {"environment_call_from_s_mode": IPIS, "machine_software_interrupt": IPIS})

    def test_each_misaligned_access_is_an_exit_of_the_module(self) -> None:
        found = self.exits("misaligned", 1)
        self.assertEqual(found, {"load_address_misaligned": MISALIGNED})


if __name__ == "__main__":
    unittest.main()
