"""Tests that all tools agree how a hart's time was spent. The tools are hv's counters, `hstrace stat`, Perfetto's world
track and the figures of a trace. Each of them is compared with a QEMU plugin, which looks at the pc of each executed
instruction and counts the instructions of hv, firmware and payload. The machine has one hart and runs under icount,
where each instruction takes one cycle."""

import io
import json
import os
import subprocess
import unittest
from pathlib import Path

from analysis import trace_figures
from benchmarks import boot_qemu
from benchmarks.cost.bench import guest_program
from cli.progress import Silent
from cli.workspace import workspace_file
from machines import images, instruction_count, recording, session
from machines.diagnosis import exit_code, report
from machines.machine import Guest, Settings
from machines.outside import InstructionCount, code_of
from machines.place import placed
from machines.run import Run
from trace.perfetto import reconcile, shares
from trace.perfetto.trace_processor import TraceProcessor

DIRECTORY = Path(os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR") or os.environ["TEST_TMPDIR"])
PART = 0.001  # the greatest allowed difference, as a fraction of the hart's time
TIMEOUT = 300.0
OWNERS = ("hv", "firmware", "payload", "asleep")


class Shares(unittest.TestCase):
    """Compares each tool with the counts of the plugin."""

    def run_guest(self, image: images.Image, guest: Guest, name: str) -> tuple[Run, Path, instruction_count.Count]:
        """Runs a guest with the counting plugin. Returns the run, the dump of the run, and the counts of instructions
        since the firmware began."""
        dump, out = DIRECTORY / f"{name}.hst", DIRECTORY / f"{name}.counts"
        guest = placed(guest, [])
        assert guest.image is not None
        counted = InstructionCount(out, code_of(guest.image), image.memory.firmware, image.memory.payload)
        settings = Settings(1, icount=True, timeout=TIMEOUT, log=counted, dump=dump, stdin=subprocess.DEVNULL)
        run = session.run(guest, settings, Silent(), io.BytesIO())
        self.assertEqual(exit_code(run), 0, report(run))
        begin, end = instruction_count.read_at(out, "entry1"), instruction_count.read_at(out, "end")
        assert begin and end
        hv = end.hv - begin.hv - end.open
        return run, dump, instruction_count.Count(end.total - begin.total - end.open, hv, firmware=end.firmware - begin.firmware)

    def assert_alike(self, what: str, found: dict[str, int], counted: instruction_count.Count, exits: int) -> None:
        """Checks that a tool agrees with the plugin. If QEMU detects late that an instruction traps, it counts no cycle
        for this instruction. So up to @p exits instructions of the guest may be missing in the numbers of the tool."""
        wanted = {"hv": counted.hv, "firmware": counted.firmware, "payload": counted.total - counted.hv - counted.firmware}
        for owner, instructions in wanted.items():
            allowed = PART * counted.total + (0 if owner == "hv" else exits)
            print(f"{what}: {owner} {found[owner]:,}, by pc {instructions:,}")
            self.assertLessEqual(abs(found[owner] - instructions), allowed, f"{what}: {owner} of {counted.total}")
        self.assertEqual(found.get("unknown", 0) + found.get("LOST", 0), 0, what)

    def check(self, image: images.Image, guest: Guest, name: str, exits_matter: bool) -> None:
        run, dump, counted = self.run_guest(image, guest, name)
        stat = json.loads(subprocess.run([recording.hstrace(), "stat", "--json", dump], check=True, stdout=subprocess.PIPE).stdout)
        exits = stat["exits"] if exits_matter else 0
        if run.counters:
            self.assert_alike(f"{name}: counters", vars(run.counters[0].cycles), counted, exits)
        self.assert_alike(f"{name}: stat", stat["time"][0], counted, exits)
        with TraceProcessor(recording.convert(dump, [])) as processor:
            reconcile.open_harts(processor)
            (times,) = shares.of_worlds(processor).values()
        self.assert_alike(f"{name}: world track", dict.fromkeys(OWNERS, 0) | times, counted, exits)
        drawn = trace_figures.gather(dump, None, trace_figures.Choice())
        self.assert_alike(f"{name}: figures", drawn.summary.harts[0].shares(), counted, exits)

    def test_all_sources_agree_on_a_linux_boot(self) -> None:
        image = images.load(workspace_file("configs/qemu_virt_trace"))
        self.check(image, boot_qemu.linux_guest(image, "hartscope_stop=init"), "linux", exits_matter=False)

    def test_all_sources_agree_on_a_firmware_that_causes_exits_of_every_kind(self) -> None:
        for config in ("large_ring", "large_ring_only"):
            with self.subTest(config=config):
                image = images.load(workspace_file(f"benchmarks/micro/{config}"))
                program = guest_program("operations", image.memory.firmware)
                self.check(image, Guest(image, program), f"operations_{config}", exits_matter=True)


if __name__ == "__main__":
    unittest.main()
