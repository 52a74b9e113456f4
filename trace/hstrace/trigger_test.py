"""Tests recordings that stop themselves: hstrace live with --trigger, --for and --max-size. A synthetic dump is replayed into a file
that stands for a guest's memory."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any

from trace.format.events import record, record_slots
from trace.format.read_dump import Dump
from trace.testing.live_guest import DISCARD, RINGS, SHUT_DOWN, Guest

HSTRACE, SYNTHETIC = "trace/hstrace/hstrace", "trace/testing/synthetic"
COUNT = 1 << 16  # slots of a ring: more than any test writes, unless it wants to lose some


class Case(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.dump = self.folder / "trace.hst"
        self.guest = Guest(self.folder, count=COUNT)

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        command = [HSTRACE, "live", f"--memory={self.guest.path}", "-o", str(self.dump), "--interval=100", *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def live(self, *options: str, code: int = 0) -> dict[str, Any]:
        """Records the guest, which does not change any more. Returns the JSON summary, with the messages as `error`. A recording that
        ends with code 0 prints no message."""
        process = self.start("--json", *options)
        out, error = process.communicate(timeout=60)
        self.assertEqual((process.returncode, bool(error)), (code, code != 0), error)
        found: dict[str, Any] = json.loads(out) if out else {}
        return {**found, "error": error.decode()}

    def info(self) -> dict[str, Any]:
        """Checks the dump completely, and returns what `hstrace info` prints."""
        check = subprocess.run([HSTRACE, "check", "--complete", self.dump], capture_output=True, text=True, timeout=60)
        self.assertEqual(check.returncode, 0, check.stdout + check.stderr)
        done = subprocess.run([HSTRACE, "info", "--json", self.dump], capture_output=True, check=True, timeout=60)
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def rows(self, dump: Path) -> list[dict[str, str]]:
        table = subprocess.run([HSTRACE, "convert", "--format=csv", "-o", "-", dump], capture_output=True, text=True, check=True)
        return list(csv.DictReader(io.StringIO(table.stdout)))

    def replay(self, *options: str, slots: int = 20000) -> Path:
        """Writes all records of a synthetic run to the rings of the guest, and ends the run. Returns the dump of the whole run."""
        made = self.folder / "whole.hst"
        subprocess.run([SYNTHETIC, f"--slots={slots}", *options, made], check=True, capture_output=True)
        self.guest = Guest(self.folder, count=COUNT)
        self.guest.appear()
        for index, hart in enumerate(Dump(made.read_bytes()).harts):
            for each in hart.records:
                self.guest.write(index, record_slots(each.time, each.event, each.words))
        self.guest.set_state(SHUT_DOWN)
        return made


class Triggers(Case):
    """Triggers of each kind, on records of a run."""

    def expect(self, trigger: str, matches: Any) -> dict[str, Any]:
        """Records with a trigger. Expects it to fire at the first record of hart 0 for which @p matches is true, and the dump to have
        all records from 2 ms before to 1 ms after it."""
        whole = self.replay()
        rows = [row for row in self.rows(whole) if row["hart"] == "0"]
        wanted = next(row for row in rows if matches(row))
        said = self.live(f"--trigger={trigger}", "--before=2ms", "--after=1ms")
        self.assertEqual((said["trigger"]["hart"], said["trigger"]["sequence"]), (0, int(wanted["sequence"])), trigger)
        self.assertEqual(said["trigger"]["cycles"], int(wanted["cycles"]))
        self.assertAlmostEqual(said["trigger"]["ns"], int(wanted["ns"]), delta=20_000)
        self.info()
        there = [row["sequence"] for row in self.rows(self.dump) if row["hart"] == "0"]
        first, last = int(wanted["ns"]) - 2_000_000, int(wanted["ns"]) + 1_000_000
        margin = 50_000  # the tool knew the clock less well during the recording
        needed = [row["sequence"] for row in rows if first + margin < int(row["ns"]) < last - margin]
        self.assertLessEqual(set(needed), set(there))
        allowed = {row["sequence"] for row in rows if int(row["ns"]) < last + margin}
        self.assertLessEqual(set(there), allowed)
        return said

    def test_a_long_exit_fires(self) -> None:
        limit = sorted(int(row["duration_cycles"]) for row in self.rows(self.replay()) if row["event"] == "exit")[-20]
        said = self.expect(f"exit.cycles>{limit}", lambda row: row["event"] == "exit" and int(row["duration_cycles"]) > limit)
        self.assertIn("exit duration=", said["trigger"]["record"])

    def test_a_cause_fires_and_so_does_a_detail(self) -> None:
        self.expect(
            "exit.cause=machine_timer_interrupt", lambda row: row["cause"] == "machine_timer_interrupt" and row["event"] == "exit"
        )
        self.expect("exit.detail=mscratch", lambda row: row["detail"] == "csr mscratch")

    def test_an_sbi_call_fires_by_its_name_and_by_its_number(self) -> None:
        self.expect("ecall.name=set_timer", lambda row: row["event"] == "ecall" and row["detail"] == "sbi set_timer")
        self.expect("ecall.eid=0x54494D45 and ecall.fid=0", lambda row: row["event"] == "ecall" and row["detail"] == "sbi set_timer")

    def test_a_mark_fires(self) -> None:
        self.expect("mark.value>=0", lambda row: row["event"] == "mark")

    def test_all_conditions_of_a_trigger_must_be_true_and_one_trigger_is_enough(self) -> None:
        rows = [row for row in self.rows(self.replay()) if row["cause"] == "illegal_instruction" and row["hart"] == "0"]
        limit = max(int(row["duration_cycles"]) for row in rows if row["event"] == "exit")
        trigger = f"exit.cause=illegal_instruction and exit.cycles>={limit}"

        def fits(row: dict[str, str]) -> bool:
            return row["event"] == "exit" and row["cause"] == "illegal_instruction" and int(row["duration_cycles"]) >= limit

        self.expect(trigger, fits)
        said = self.live("--trigger=mark.id=123456789", f"--trigger={trigger}")
        self.assertEqual(said["trigger"]["text"], trigger)


class Moments(Case):
    """How other commands show the trigger."""

    def test_info_and_perfetto_show_the_trigger_at_the_end_of_its_record(self) -> None:
        self.replay()
        said = self.live("--trigger=exit.detail=mret and exit.hart=1", "--before=1ms", "--after=1ms")["trigger"]
        (there,) = self.info()["triggers"]
        self.assertEqual((there["hart"], there["sequence"], there["cycles"]), (1, said["sequence"], said["cycles"]))
        self.assertEqual(there["text"], "exit.detail=mret and exit.hart=1")
        converted = subprocess.run([HSTRACE, "convert", "-o", "-", self.dump], capture_output=True, check=True, timeout=60).stdout
        self.assertEqual(converted.count(b"exit.detail=mret and exit.hart=1"), 1)

    def test_merge_keeps_the_trigger(self) -> None:
        self.replay()
        self.live("--trigger=exit.detail=mret")
        before = self.info()["triggers"]
        merged = self.folder / "merged.hst"
        subprocess.run([HSTRACE, "merge", "--phase=odd=0.5", self.dump, "-o", merged], check=True, capture_output=True, timeout=60)
        self.dump = merged
        found = self.info()
        self.assertEqual((found["triggers"], [phase["name"] for phase in found["phases"]]), (before, ["odd"]))


class Lost(Case):
    def test_a_loss_of_slots_fires_but_not_what_was_lost_before_the_recording(self) -> None:
        self.guest = Guest(self.folder, count=256)
        self.guest.appear()
        self.guest.write(0, record(self.guest.clock, "sync", mcycle=1000, mtime=10, mcycle_again=1010))
        self.guest.emit(0, 1000)
        process = self.start("--json", "--trigger=lost", "--after=0")
        self.wait_until_read(process)
        self.guest.emit(0, 5)
        time.sleep(0.2)
        self.assertIsNone(process.poll())
        process.send_signal(signal.SIGSTOP)
        self.guest.emit(0, 1000)
        process.send_signal(signal.SIGCONT)
        out, error = process.communicate(timeout=60)
        said = json.loads(out)
        self.assertEqual((process.returncode, error, said["trigger"]["text"]), (0, b"", "lost"))
        self.assertIn("lost slots=", said["trigger"]["record"])
        check = subprocess.run([HSTRACE, "check", self.dump], capture_output=True, text=True, timeout=60)
        self.assertEqual(check.returncode, 0, check.stdout + check.stderr)

    def wait_until_read(self, process: subprocess.Popen[bytes]) -> None:
        """Waits until hstrace has mapped the memory, and has had time to read the rings."""
        for _ in range(500):
            if str(self.guest.path) in Path(f"/proc/{process.pid}/maps").read_text():
                break
            time.sleep(0.01)
        time.sleep(0.3)

    def test_lost_records_of_hv_fire(self) -> None:
        self.guest = Guest(self.folder, DISCARD, count=256)
        self.guest.appear()
        self.guest.write(0, record(1000, "sync", mcycle=1000, mtime=10, mcycle_again=1010))
        self.guest.write(0, record(2000, "lost", slots=77, first=1500, last=1900))
        self.guest.put(RINGS + 7 * 8, 77)
        self.guest.set_state(SHUT_DOWN)
        said = self.live("--trigger=lost.slots>76")
        self.assertIn("slots=77", said["trigger"]["record"])
        self.assertEqual(said["harts"][0]["lost"], 77)


class Limits(Case):
    """The memory before a trigger, and the limits without one."""

    def test_a_small_buffer_keeps_the_newest_slots_and_says_how_much_that_is(self) -> None:
        whole = self.replay(slots=60000)
        last = [row for row in self.rows(whole) if row["event"] == "mark"][-1]
        trigger = f"--trigger=mark.id={last['name'].split()[-1]} and mark.hart={last['hart']} and mark.value={int(last['word1'], 16)}"
        full = self.live(trigger, "--before=10")
        small = self.live(trigger, "--before=10", "--buffer=200K")
        self.assertIn("--buffer", small["trigger"]["shortened"])
        self.assertLess(small["trigger"]["before_ns"], full["trigger"]["before_ns"])
        before = [row for row in self.rows(self.dump) if int(row["ns"]) <= small["trigger"]["ns"]]
        slots = sum(1 + sum(bool(row[word]) for word in ("word1", "word2", "word3")) for row in before)
        self.assertLessEqual(slots * 16, 200 << 10)
        self.assertGreater(sum(hart["read"] for hart in small["harts"]) * 16, 50 << 10)
        self.info()
        self.assertIn("at least", self.live(trigger, "--buffer=20K", code=2)["error"])

    def test_a_dump_never_exceeds_its_maximum_size(self) -> None:
        self.replay()
        sizes = []
        for size in (20000, 50003, 100000):
            self.assertTrue(self.live(f"--max-size={size}")["full"])
            sizes.append(self.dump.stat().st_size)
            self.assertLessEqual(sizes[-1], size)
            self.assertGreater(sizes[-1], size - 2000)
            self.info()
        said = self.live("--max-size=1G")
        self.assertFalse(said["full"])
        self.assertNotIn("left_out", said["harts"][0])

    def test_a_maximum_size_also_limits_what_a_trigger_keeps(self) -> None:
        self.replay()
        self.assertTrue(self.live("--trigger=exit.detail=mret", "--after=1", "--max-size=30000")["full"])
        self.assertLessEqual(self.dump.stat().st_size, 30000)
        self.info()

    def test_a_maximum_size_without_room_for_slots_is_an_error(self) -> None:
        self.replay()
        self.assertIn("needs at least", self.live("--max-size=1000", code=2)["error"])
        self.assertFalse(self.dump.exists())

    def test_for_ends_a_recording_and_the_last_line_says_so(self) -> None:
        self.guest.appear()
        self.guest.emit(0, 10)
        process = self.start("--for=300ms")
        begin = time.monotonic()
        out, error = process.communicate(timeout=60)
        self.assertEqual((process.returncode, error), (0, b""))
        self.assertGreater(time.monotonic() - begin, 0.25)
        self.assertEqual(out.decode().splitlines()[-1], "the recording has ended after the time of --for")
        self.assertEqual(self.info()["harts"][0]["slots"], 10)


class Ends(Case):
    """Recordings that end before or after the trigger."""

    def test_nothing_is_written_if_the_trigger_does_not_fire(self) -> None:
        self.dump.write_text("earlier")
        self.guest.appear()
        self.guest.emit(0, 10)
        cases: list[tuple[list[str], int | None]] = [(["--for=200ms"], None), ([], signal.SIGINT)]
        for options, number in cases:
            process = self.start("--trigger=exit", *options)
            if number:
                time.sleep(0.5)
                process.send_signal(number)
            _, error = process.communicate(timeout=60)
            self.assertEqual((process.returncode, self.dump.read_text()), (1, "earlier"))
            self.assertIn(b"no trigger has fired, so", error)
        self.guest.set_state(4)
        self.assertIn("hv has panicked: no trigger has fired", self.live("--trigger=exit", code=1)["error"])

    def fire(self, process: subprocess.Popen[bytes]) -> None:
        """Writes a mark, which fires the trigger, and waits until the dump is visible."""
        self.guest.write(0, record(2000, "sync", mcycle=2000, mtime=1000, mcycle_again=2010))
        self.guest.write(0, record(3000, "mark", id=777))
        for _ in range(1000):
            if self.dump.exists():
                return
            self.assertIsNone(process.poll())
            time.sleep(0.01)
        self.fail("the trigger has not fired")

    def test_a_signal_after_the_trigger_keeps_the_dump(self) -> None:
        self.guest.appear()
        process = self.start("--json", "--trigger=mark.id=777", "--after=1000")
        self.fire(process)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
        self.assertEqual((process.returncode, json.loads(out)["harts"][0]["read"]), (0, 6))
        self.info()

    def test_a_guest_that_hangs_after_the_trigger_does_not_keep_the_recording_waiting(self) -> None:
        self.guest.appear()
        process = self.start("--trigger=mark.id=777", "--after=500ms")
        self.fire(process)
        out, _ = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 0)
        self.assertIn("fired on hart 0: slot 4, cycle 3000, mtime", out.decode())
        self.info()

    def test_a_guest_that_restarts_starts_again_without_what_was_held(self) -> None:
        self.guest.appear(1)
        process = self.start("--json", "--trigger=mark.id=777", "--follow=reboots", "--after=10ms")
        self.guest.emit(0, 100)
        time.sleep(0.5)
        self.guest.disappear()
        self.guest.appear(2)
        self.dump = self.folder / "trace.2.hst"
        self.fire(process)
        time.sleep(1.5)
        process.send_signal(signal.SIGTERM)
        out, error = process.communicate(timeout=60)
        first, second = [json.loads(line) for line in out.splitlines()]
        self.assertEqual((process.returncode, first["dump"], first["trigger"]), (0, None, None), error)
        self.assertEqual((second["harts"][0]["read"], second["trigger"]["sequence"]), (6, 4))
        self.assertFalse((self.folder / "trace.hst").exists())
        self.info()

    def test_damaged_slots_do_not_keep_a_trigger_from_firing(self) -> None:
        self.guest.appear()
        self.guest.write(0, [(5 << 56 | 99 << 48 | 77, 5), (1 << 56, 7), (3 << 56 | 12 << 48 | 5, 1 << 63)])
        self.guest.write(0, record(1 << 47, "sync", mcycle=1 << 63, mtime=1 << 62, mcycle_again=1))
        self.guest.write(0, record(2000, "sync", mcycle=2000, mtime=1000, mcycle_again=2010))
        self.guest.write(0, record(3000, "mark", id=777))
        self.guest.set_state(SHUT_DOWN)
        said = self.live("--trigger=mark.id=777")
        self.assertEqual(said["trigger"]["sequence"], 11)
        info = subprocess.run([HSTRACE, "info", self.dump], capture_output=True, text=True, timeout=60)
        self.assertEqual(info.returncode, 0, info.stderr)

    def test_a_wrong_trigger_is_reported_at_its_place_before_the_guest_is_there(self) -> None:
        error = self.live("--trigger=exit.cycles>50000 and exit.cause=ecal", code=2)["error"]
        self.assertIn("character 34: this field has no value with this name", error)
        self.assertIn("\n  exit.cycles>50000 and exit.cause=ecal\n" + " " * 35 + "^", error)


if __name__ == "__main__":
    unittest.main()
