"""Tests traces of real runs in which trace records are lost, a hart hangs, or hv writes no records. hstrace reads the
trace rings from the memory of the running machine. Perfetto's own engine then checks the trace, and the program nm
checks the names of functions in it."""

import json
import os
import select
import signal
import subprocess
import tempfile
import time
import unittest
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from machines import images, recording, session
from machines.images import Image
from machines.machine import Machine
from machines.place import placed
from payloads.runner.outcome import MEMORY, guest_of, settings_of
from payloads.runner.tool import SECONDS, hstrace, run
from payloads.scenes import nm
from trace.perfetto import check, reconcile, statement, ui
from trace.perfetto.trace_processor import TraceProcessor
from trace.testing import reader_agreement

RUNS = Path("payloads/scenes")
SYNTHETIC = Path("trace/testing/synthetic")
SHARED_MEMORY = "/dev/shm"
OUTPUTS = Path(os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR", "."))
CYCLES_BETWEEN = 1_000_000  # more than the mcycle counters of two harts ever differ
GO_ON_SECONDS = 1.0
HIGH = 0x88000000  # the address at which the second half of memory begins
HALF, READY = b"half", b"ready"

LOSSES = """select hart, slice.ts ts, slice.ts + slice.dur stop from slice join hart_track using (track_id)
    where category = 'lost' order by hart, ts"""
BOUNDS = """select hart, min(slice.ts) first, max(slice.ts + slice.dur) last from slice join hart_track using (track_id)
    where name not in ('LOST', 'run') group by hart"""
IN_FLIGHT = """select hart, slice.name name, slice.ts ts, slice.ts + slice.dur stop from slice join hart_track using (track_id)
    where slice.name glob '* in flight' order by hart"""
ADDRESSES = "select distinct string_value from args where key = 'debug.mepc'"


class Dump(NamedTuple):
    """A trace, and the reports that hstrace printed about the trace and about the dump from which it made the trace."""

    trace: Path
    stated: dict[str, Any]
    info: dict[str, Any]
    functions: list[nm.Function]  # the functions of hv, at the addresses where they run, and of the guest


@contextmanager
def started(machine: Machine, at_half: Callable[[], None]) -> Iterator[None]:
    """Starts the machine. Calls @p at_half when the guest has printed "half". Enters the body of the with statement
    when the guest has printed "ready", and stops the machine after the body."""
    machine.start(subprocess.DEVNULL)
    console = b""
    try:
        for word, do in ((HALF, at_half), (READY, lambda: None)):
            while word not in console:
                ready, _, _ = select.select([machine.console], [], [], SECONDS)
                piece = os.read(machine.console, 4096) if ready else b""
                if not piece:
                    raise AssertionError(f"the guest ended or hangs: {console.decode(errors='replace')}")
                console += piece
            do()
        yield
    finally:
        machine.stop()


def name_problems(processor: TraceProcessor, functions: list[nm.Function]) -> list[str]:
    """Compares the function name that the trace shows for each exit with the name that nm gives. Returns a message for
    each difference. Every exit of these guests is in a function that has a name."""
    return [line for row in processor.query(ADDRESSES) if (line := nm.wrong(str(row["string_value"]), functions))]


def at_once(_: dict[str, Any]) -> bool:
    """Accepts the rings in any state, so that they are read only once."""
    return True


def hart_1_hangs_and_0_has_gone_on(info: dict[str, Any]) -> bool:
    """Returns whether hart 1 hangs in hv while hart 0 continues. This is so if hart 1 is in an exit, hart 0 is not, and
    hart 0 wrote its last record after the exit of hart 1 began."""
    words = [hart["statistics"]["in_flight"] for hart in info["harts"]]
    return bool(words[0] == 0 and 0 < words[1] < info["harts"][0]["end"] - CYCLES_BETWEEN)


class Runs(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(dir=SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else None)
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.dump = self.folder / "trace.hst"

    def convert(self, image: Image, guest: str) -> Dump:
        """Makes a trace from the dump. Also checks that a second reader of dumps gets the same contents as hstrace.
        This second reader is a separate program, written only from docs/trace-format.md."""
        hstrace("check", self.dump)
        self.assertEqual(reader_agreement.differences(self.dump), [])
        trace, elf = self.folder / "trace.pftrace", RUNS / f"{guest}.elf"
        said = hstrace("convert", "--json", f"--symbols={image.symbols_argument},{elf}", "-o", trace, self.dump)
        (self.folder / "said.json").write_text(said)
        functions = sorted([*nm.functions(image.elf_path, image.offset), *nm.functions(elf)])
        return Dump(trace, json.loads(said), json.loads(hstrace("info", "--json", self.dump)), functions)

    @contextmanager
    def machine(self, guest: str, name: str, harts: int) -> Iterator[tuple[Machine, Image, list[str]]]:
        """Provides three things: a machine that is ready to run a guest, the image of hv at the address where it lies
        in that machine, and the hstrace command that reads the rings of this hv."""
        settings = replace(settings_of(harts), reboots=True)
        laid_out = placed(guest_of(RUNS / f"{guest}.elf", images.load(RUNS / name)), MEMORY)
        assert laid_out.image
        with session.assembled(laid_out, settings) as machine:
            yield machine, laid_out.image, recording.live_command(laid_out.image, machine.memory_file, self.dump)

    def run_guest(self, guest: str, name: str, harts: int, until: Callable[[dict[str, Any]], bool] = at_once) -> Dump:
        """Runs a guest. When the guest has printed "ready", reads the rings, and reads them again and again until @p
        until returns true for them."""
        with self.machine(guest, name, harts) as (machine, image, live), started(machine, lambda: None):
            deadline = time.monotonic() + SECONDS
            run(live)
            while not until(json.loads(hstrace("info", "--json", self.dump))):
                self.assertLess(time.monotonic(), deadline, "the rings never reached the expected state")
                run(live)
        return self.convert(image, guest)

    def run_followed(self, name: str, *options: str) -> Dump:
        """Runs the guest "busy" while hstrace records its trace. Between the outputs "half" and "ready" hstrace is
        suspended, so that it loses records in this time."""
        with self.machine("busy", name, 4) as (machine, image, live):
            recorder = subprocess.Popen([*live, "--follow", *options], stdout=subprocess.DEVNULL)
            try:
                with started(machine, lambda: recorder.send_signal(signal.SIGSTOP)):
                    recorder.send_signal(signal.SIGCONT)
                    time.sleep(GO_ON_SECONDS)
                    recorder.terminate()
                    self.assertEqual(recorder.wait(SECONDS), 0)
            finally:
                recorder.kill()
        return self.convert(image, "busy")

    def reconciled(self, dump: Dump, *queries: str) -> list[list[dict[str, Any]]]:
        """Checks the trace with Perfetto's engine. Returns the answers of this engine to @p queries."""
        answers: list[list[dict[str, Any]]] = []

        def more(processor: TraceProcessor) -> list[str]:
            reconcile.open_harts(processor)
            answers.extend(processor.query(query) for query in queries)
            _, wrong = reconcile.arrow_problems(processor)
            return wrong + reconcile.count_problems(processor, dump.stated, dump.info) + name_problems(processor, dump.functions)

        self.assertEqual(check.problems(dump.trace, statement.load(self.folder / "said.json"), more), [])
        return answers

    def assert_seen(self, dump: Dump, name: str, select: str) -> None:
        """Opens the trace in Perfetto's UI, and checks that the UI shows the trace with the slice @p select selected.
        Saves a screenshot among the outputs of the test."""
        page = ui.show(dump.trace, select, side_bar=False)
        (OUTPUTS / f"{name}.png").write_bytes(page.picture)
        self.assertEqual(page.errors + page.outside + ui.picture_problems(page.picture), [])
        self.assertEqual(page.pinned, [f"{name}, hart {hart:02}" for hart in range(len(dump.info["harts"])) for name in ("world", "exits")])

    def test_records_overwritten_before_the_first_read_are_lost_at_the_beginning(self) -> None:
        dump = self.run_guest("busy", "small_rings", 4)
        losses, bounds = self.reconciled(dump, LOSSES, BOUNDS)
        self.assertEqual([row["hart"] for row in losses], [0, 1, 2, 3])
        for loss, bound in zip(losses, bounds):
            self.assertLessEqual(loss["stop"], bound["first"])
        self.assertGreater(dump.stated["lost"], 4000)

    def test_records_overwritten_between_two_reads_are_lost_in_between(self) -> None:
        dump = self.run_followed("small_rings")
        losses, bounds = self.reconciled(dump, LOSSES, BOUNDS)
        inside = [loss for loss in losses if bounds[loss["hart"]]["first"] < loss["ts"] < bounds[loss["hart"]]["last"]]
        self.assertGreater(len(inside), 0)

    def test_records_discarded_because_nobody_reads_are_lost_up_to_the_end(self) -> None:
        dump = self.run_guest("busy", "discarding", 4)
        losses, bounds, ends = self.reconciled(dump, LOSSES, BOUNDS, "select end_ts from trace_bounds")
        self.assertEqual([loss["hart"] for loss in losses], [0, 1, 2, 3])
        for loss, bound in zip(losses, bounds):
            self.assertGreater(loss["ts"], bound["first"])
            self.assertGreaterEqual(loss["stop"] + 1, ends[0]["end_ts"])  # an exit in flight ends the trace 1 ns later
        self.assertEqual({hart["first"] for hart in dump.info["harts"]}, {0})

    def test_records_discarded_between_two_reads_are_lost_in_between(self) -> None:
        dump = self.run_followed("discarding", "--consume")
        losses, bounds = self.reconciled(dump, LOSSES, BOUNDS)
        inside = [loss for loss in losses if bounds[loss["hart"]]["first"] < loss["ts"] < bounds[loss["hart"]]["last"]]
        self.assertGreater(len(inside), 0)
        self.assertGreater(dump.info["events"]["lost"], 0)
        self.assert_seen(dump, "lost", "category = 'lost'")

    def test_a_hart_that_hangs_in_hv_has_a_slice_named_exit_in_flight(self) -> None:
        dump = self.run_guest("hung", "small_rings", 3, until=hart_1_hangs_and_0_has_gone_on)
        in_flight, bounds, ends, hv = self.reconciled(
            dump,
            IN_FLIGHT,
            BOUNDS,
            "select end_ts from trace_bounds",
            "select max(ts) ts, max(ts + dur) stop from slice join hart_track using (track_id) where name = 'hv' and hart = 1",
        )
        self.assertEqual([(row["hart"], row["name"]) for row in in_flight], [(1, "exit in flight"), (2, "wfi in flight")])
        hung = in_flight[0]
        self.assertEqual(hung["stop"], ends[0]["end_ts"])
        self.assertEqual(hv, [{"ts": hung["ts"], "stop": hung["stop"]}])
        self.assertLess(hung["ts"], bounds[0]["last"], "hart 0 has written records after hart 1 hung")
        words = [hart["statistics"]["in_flight"] for hart in dump.info["harts"]]
        self.assertGreater(words[1], dump.info["harts"][1]["end"], "hart 1 has written no record since its exit began")
        self.assert_seen(dump, "hung", "name = 'exit in flight'")

    def test_functions_have_their_names_even_if_hv_is_at_the_end_of_memory(self) -> None:
        dump = self.run_guest("busy_low", "small_rings", 2)
        self.assertGreater(min(function.begin for function in dump.functions if function.name == "exit_handle"), HIGH)
        self.reconciled(dump)

    def test_each_boot_of_a_guest_that_resets_the_machine_has_a_dump(self) -> None:
        self.assert_boots_have_dumps("rebooting")

    def test_each_boot_has_a_dump_even_if_hv_is_at_the_end_of_memory(self) -> None:
        self.assert_boots_have_dumps("rebooting_low")

    def assert_boots_have_dumps(self, guest: str) -> None:
        """Records a guest that boots three times, and checks that each boot has a correct dump."""
        pipe = subprocess.PIPE
        with self.machine(guest, "discarding", 2) as (machine, image, live):
            self.assertEqual(image.start > HIGH, guest.endswith("_low"))
            recorder = subprocess.Popen([*live, "--follow=reboots", "--json"], stdout=pipe, stderr=pipe, text=True)
            try:
                with started(machine, lambda: None):
                    time.sleep(GO_ON_SECONDS)
                    recorder.terminate()
                    said, messages = recorder.communicate(timeout=SECONDS)
            finally:
                recorder.kill()
        self.assertEqual(recorder.returncode, 0, messages)
        boots = [json.loads(line) for line in said.splitlines()]
        names = ["trace.hst", "trace.2.hst", "trace.3.hst"]
        self.assertEqual([Path(boot["dump"]).name for boot in boots], names, messages)
        for boot in boots:
            hstrace("check", boot["dump"])
            events = json.loads(hstrace("info", "--json", boot["dump"]))["events"]
            self.assertGreater(events["mark"], 0)
            for hart in boot["harts"]:
                self.assertGreaterEqual(min(hart.values()), 0)
                self.assertEqual(hart["emitted"], hart["read"] + hart["lost"] + hart["retained"])

    def test_rings_that_hold_only_sync_make_a_trace_that_shows_the_loss(self) -> None:
        dump = self.run_guest("silent", "small_rings", 2)
        slices, losses = self.reconciled(dump, "select name from slice where name not in ('LOST', 'run')", LOSSES)
        self.assertEqual(slices, [])
        self.assertEqual([loss["hart"] for loss in losses], [0, 1])

    def test_a_dump_without_slots_makes_a_trace_with_one_run_slice(self) -> None:
        run([SYNTHETIC, "--slots=0", self.dump])
        dump = self.convert(images.load(RUNS / "small_rings"), "busy")
        (names,) = self.reconciled(dump, "select name from slice")
        self.assertEqual(names, [{"name": "run"}])


if __name__ == "__main__":
    unittest.main()
