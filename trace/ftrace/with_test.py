"""Tests that `hstrace convert --with` puts a guest's Perfetto trace on the time axis of the dump, with every packet and time."""

import gzip
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any

from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import BuiltinClock, Trace

from trace.perfetto.trace_processor import TraceProcessor

HSTRACE, SYNTHETIC = "trace/hstrace/hstrace", "trace/testing/synthetic"
SECOND = 10**9
MONOTONIC_AHEAD = 7_000_000  # the guest's clock MONOTONIC minus its clock BOOTTIME, in ns
SWITCH, SLICE = 3_000, 5_000  # the times (ns) of two events in the guest's clock BOOTTIME
EXITS = "select ts, dur, name from slice where category = 'exit' order by ts, id"
GUEST = "select ts, 'switch' name from ftrace_event union all select ts, name from slice where name = 'of the guest'"


def guest_trace() -> bytes:
    """Returns a trace as Perfetto's recorder writes it: with its clocks, an event of ftrace, and an instant that a program timed
    with the clock MONOTONIC."""
    trace = Trace()
    snapshot = trace.packet.add(trusted_packet_sequence_id=1).clock_snapshot
    snapshot.primary_trace_clock = BuiltinClock.BUILTIN_CLOCK_BOOTTIME
    for clock, ns in ((BuiltinClock.BUILTIN_CLOCK_BOOTTIME, 1000), (BuiltinClock.BUILTIN_CLOCK_MONOTONIC, 1000 + MONOTONIC_AHEAD)):
        snapshot.clocks.add(clock_id=clock, timestamp=ns)
    events = trace.packet.add(trusted_packet_sequence_id=1).ftrace_events
    events.cpu = 0
    switch = events.event.add(timestamp=SWITCH, pid=0)
    switch.sched_switch.next_pid, switch.sched_switch.next_comm = 5, "init"
    instant = trace.packet.add(trusted_packet_sequence_id=2, timestamp=SLICE + MONOTONIC_AHEAD, timestamp_clock_id=3)
    instant.track_event.type, instant.track_event.name, instant.track_event.track_uuid = 3, "of the guest", 99
    data: bytes = trace.SerializeToString()
    return data


class With(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dump, self.guest, self.out = (Path(folder.name, name) for name in ("t.hst", "guest.pftrace", "out.pftrace"))
        subprocess.run([SYNTHETIC, "--harts=2", "--slots=2000", self.dump], check=True, stdout=subprocess.DEVNULL)

    def convert(self, *options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([HSTRACE, "convert", self.dump, "-o", self.out, *options], capture_output=True, text=True)

    def rows(self, query: str) -> list[dict[str, Any]]:
        with TraceProcessor(self.out) as processor:
            errors = "select name, value from stats where severity in ('error', 'data_loss') and value > 0"
            self.assertEqual(processor.query(errors), [])
            return processor.query(query)

    def test_the_guests_events_come_at_their_time_of_mtime_and_those_of_the_dump_stay_where_they_are(self) -> None:
        self.assertEqual(self.convert().returncode, 0)
        exits = self.rows(EXITS)
        self.assertGreater(len(exits), 100)
        for data in (guest_trace(), gzip.compress(guest_trace())):
            self.guest.write_bytes(data)
            for offset, ns in (("0", 0), ("2ms", 2_000_000), ("3600", 3600 * SECOND), ("-2000ns", -2000)):
                with self.subTest(offset=offset):
                    done = self.convert(f"--with={self.guest}", f"--with-offset={offset}")
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
                    clocks = [clock for packet in Trace.FromString(self.out.read_bytes()).packet for clock in packet.clock_snapshot.clocks]
                    self.assertLess(max(clock.timestamp for clock in clocks), 1 << 63, "no time is negative")
                    self.assertEqual(self.rows(EXITS), exits)
                    self.assertEqual({str(row["name"]): row["ts"] for row in self.rows(GUEST)}, {"switch": SWITCH + ns, "of the guest": SLICE + ns})

    def test_a_window_cuts_only_the_dump(self) -> None:
        self.guest.write_bytes(guest_trace())
        self.assertEqual(self.convert(f"--with={self.guest}", "--with-offset=0", "--to=1ns").returncode, 0)
        self.assertEqual(len(self.rows(GUEST)), 2)

    def test_what_is_no_perfetto_trace_or_was_cut_is_refused_and_the_earlier_output_stays(self) -> None:
        whole = guest_trace()
        self.out.write_text("earlier")
        wrong = {
            b"": "this is no Perfetto trace",
            b"\x17\x08\x44tracing6\0": "this is a trace.dat of trace-cmd",
            whole + b"\x12\x00": f"at byte {len(whole)}, no packet of a Perfetto trace begins",
            whole[:-1]: "it was cut",
            whole + b"\x0a": "it was cut",
            whole + b"\x0a\xff\xff\xff\xff\xff\x01": "a packet is too long",
            gzip.compress(whole)[:-9]: "it is packed by gzip, and was cut",
        }
        for data, message in wrong.items():
            with self.subTest(message):
                self.guest.write_bytes(data)
                done = self.convert(f"--with={self.guest}", "--with-offset=0")
                self.assertEqual(done.returncode, 1)
                self.assertIn(f"{self.guest}: {message}", done.stderr)
                self.assertEqual(self.out.read_text(), "earlier")

    def test_every_cut_is_noticed_unless_it_is_between_two_packets(self) -> None:
        whole, cuts = guest_trace(), 0
        for length in range(1, len(whole)):
            self.guest.write_bytes(whole[:length])
            cuts += self.convert(f"--with={self.guest}", "--with-offset=0").returncode == 0
        self.assertEqual(cuts, len(Trace.FromString(whole).packet) - 1)

    def test_the_guests_trace_is_never_overwritten(self) -> None:
        for self.guest in (self.out, self.out.with_name("link")):
            self.out.write_bytes(guest_trace())
            if self.guest != self.out:
                self.guest.symlink_to(self.out)
            done = self.convert(f"--with={self.guest}", "--with-offset=0")
            self.assertEqual(done.returncode, 2)
            self.assertIn("is an input and would be overwritten", done.stderr)
            self.assertEqual(self.out.read_bytes(), guest_trace())

    def test_wrong_options_are_refused(self) -> None:
        for options, message in (
            ((f"--with={self.guest}",), "--with and --with-offset need each other"),
            (("--with-offset=1s",), "--with and --with-offset need each other"),
            ((f"--with={self.guest}", "--with-offset=1s", "-f", "csv"), "--with works only with --format=pftrace"),
            ((f"--with={self.guest}", "--with-offset=x"), "--with-offset=x: not a time"),
        ):
            done = self.convert(*options)
            self.assertEqual(done.returncode, 2)
            self.assertIn(message, done.stderr)


if __name__ == "__main__":
    unittest.main()
