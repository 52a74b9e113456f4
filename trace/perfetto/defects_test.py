"""Puts each defect that a writer of traces can produce into a good trace, and tests that the defect is found.

Without arguments, this test builds the good trace itself. With the programs `synthetic` and `hstrace` as arguments, hstrace makes it.
"""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace

from trace.perfetto import check, example_trace, packets, statement
from trace.perfetto.packets import BEGIN, COUNTER, END, INSTANT
from trace.perfetto.trace_processor import TraceProcessor, TraceProcessorError

UNKNOWN = 999
BOOTTIME = 6  # the clock of absolute timestamps
PROGRAMS = sys.argv[1:]
# The two good traces differ in two ways. Another counter has integer values. The message about missing interned data is different,
# because only example_trace.py marks packets as needing state.
COUNTED = "ring fill" if PROGRAMS else "cycles in hv"
NOT_INTERNED = "packets: is not interned" if PROGRAMS else "packets: has not begun"


class Traces(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name) / "example.pftrace"
        if PROGRAMS:
            self.convert(Path(folder.name))
        else:
            self.trace, self.statement = example_trace.build()

    def convert(self, folder: Path) -> None:
        """Makes self.trace from a synthetic dump of two harts."""
        synthetic, hstrace = PROGRAMS
        dump, said = folder / "trace.hst", folder / "said.json"
        subprocess.run([synthetic, "--slots=2000", dump], check=True, stdout=subprocess.DEVNULL)
        with said.open("w") as output:
            subprocess.run([hstrace, "convert", "--json", "-o", self.file, dump], check=True, stdout=output)
        self.trace, self.statement = Trace(), statement.load(said)
        self.trace.ParseFromString(self.file.read_bytes())

    def problems(self, data: bytes) -> list[str]:
        self.file.write_bytes(data)
        return check.problems(self.file, self.statement)

    def assert_caught(self, *wanted: str, data: bytes | None = None) -> None:
        """Asserts that each problem in `wanted` is found in self.trace or in `data`. A problem has the form
        "FINDER: TEXT": a line that FINDER reports must contain TEXT."""
        found = self.problems(self.trace.SerializeToString() if data is None else data)
        for text in wanted:
            by, what = text.split(": ", 1)
            self.assertTrue([line for line in found if line.startswith(by) and what in line], "\n".join([text, *found]))

    def event(self, kind: int, track: str = "exits, hart 00") -> Any:
        """Returns the middle one of the packets on a track of hart 0 with events of one kind."""
        uuid, found, default = self.uuid(track), [], {}
        for packet in self.trace.packet:
            sequence = packet.trusted_packet_sequence_id
            if packet.HasField("trace_packet_defaults"):
                default[sequence] = packet.trace_packet_defaults.track_event_defaults.track_uuid
            if packet.track_event.type == kind and (packet.track_event.track_uuid or default.get(sequence)) == uuid:
                found.append(packet)
        return found[len(found) // 2]

    def uuid(self, name: str) -> int:
        """Returns the uuid of the first track with this name. If each hart has one, this is that of hart 0."""
        tracks = (each.track_descriptor for each in self.trace.packet if each.HasField("track_descriptor"))
        return int(next(track.uuid for track in tracks if track.name == name))

    def send(self) -> Any:
        """Returns the middle one of the packets that send an interrupt."""
        found = [each for each in self.trace.packet if each.track_event.flow_ids]
        return found[len(found) // 2]


class GoodTrace(Traces):
    def test_a_good_trace_has_no_problem(self) -> None:
        self.assertEqual(self.problems(self.trace.SerializeToString()), [])


@unittest.skipIf(PROGRAMS, "this tests the trace processor itself")
class Engine(Traces):
    def test_queries_return_the_names_durations_and_order_of_slices(self) -> None:
        self.file.write_bytes(self.trace.SerializeToString())
        with TraceProcessor(self.file) as processor:
            rows = processor.query("select name, ts, dur from slice where category = 'detail' order by ts limit 1")
            self.assertEqual(rows, [{"name": "illegal_instruction: csr mscratch", "ts": 9100, "dur": 500}])
            exits = processor.number("select count(*) from slice where category = 'exit' and name = 'environment_call_from_s_mode: sbi set_timer'")
            self.assertEqual(exits, example_trace.HARTS * example_trace.ROUNDS)

    def test_queries_return_values_of_every_type_unchanged(self) -> None:
        self.file.write_bytes(self.trace.SerializeToString())
        with TraceProcessor(self.file) as processor:
            (row,) = processor.query("select 9223372036854775807 a, -3 b, 0.5 c, 'ü\n' d, x'00ff' e, null f")
            self.assertEqual(row, {"a": 2**63 - 1, "b": -3, "c": 0.5, "d": "ü\n", "e": "00ff", "f": None})
            self.assertEqual(processor.query("select 1 where 0"), [])

    def test_after_a_wrong_query_the_next_one_is_answered(self) -> None:
        self.file.write_bytes(self.trace.SerializeToString())
        with TraceProcessor(self.file) as processor:
            with self.assertRaisesRegex(TraceProcessorError, "syntax error"):
                processor.query("nonsense")
            self.assertEqual(processor.number("select 1"), 1)


class Defects(Traces):
    def test_missing_interned_data_are_found(self) -> None:
        for packet in self.trace.packet:
            if packet.HasField("interned_data"):
                packet.ClearField("interned_data")
                packet.ClearField("sequence_flags")
        self.assert_caught("import: ", NOT_INTERNED)

    def test_a_dropped_packet_before_one_that_needs_state_is_found(self) -> None:
        self.event(BEGIN).previous_packet_dropped = 1
        self.assert_caught("import: ", NOT_INTERNED)

    def test_a_name_that_is_not_interned_is_found(self) -> None:
        self.event(BEGIN).track_event.name_iid = UNKNOWN
        self.assert_caught("import: interned_data_tokenizer_errors", "import: slices without a name")
        self.assert_caught("packets: event name 999 is not interned")

    def test_an_event_without_a_sequence_is_found(self) -> None:
        self.event(BEGIN).ClearField("trusted_packet_sequence_id")
        self.assert_caught("import: ", "packets: without a sequence")

    def test_an_event_without_a_timestamp_is_found(self) -> None:
        self.event(BEGIN).ClearField("timestamp")
        self.assert_caught("import: track_event_tokenizer_errors", "packets: without a timestamp")

    def test_a_counter_on_a_track_of_slices_is_found(self) -> None:
        self.event(COUNTER, COUNTED).track_event.track_uuid = self.uuid("exits, hart 00")
        self.assert_caught("import: track_event_tokenizer_errors")

    def test_a_counter_without_a_value_is_found(self) -> None:
        self.event(COUNTER, COUNTED).track_event.ClearField("counter_value")
        self.assert_caught("import: track_event_tokenizer_errors")

    def test_tracks_that_are_their_own_ancestors_are_found(self) -> None:
        self.trace.packet[0].track_descriptor.parent_uuid = self.uuid("hart 00")
        self.assert_caught("import: track_event_parser_errors", "packets: its own ancestor")

    def test_a_parent_that_is_not_declared_is_found(self) -> None:
        self.trace.packet[1].track_descriptor.parent_uuid = UNKNOWN
        self.assert_caught("import: track_event_parser_errors", "packets: parent 999")

    def test_a_slice_without_an_end_is_found(self) -> None:
        self.trace.packet.remove(self.event(END))
        self.assert_caught("import: slices without an end", "packets: has no END")

    def test_a_slice_that_ends_before_it_begins_is_found(self) -> None:
        event = self.event(END)
        event.timestamp, event.timestamp_clock_id = 1, BOOTTIME
        self.assert_caught("import: slices without an end", "packets: ends no slice")


class SilentDefects(Traces):
    """Defects that the trace processor does not report by itself."""

    def test_an_end_without_a_slice_is_found(self) -> None:
        extra = self.trace.packet.add()
        extra.CopyFrom(self.event(END))
        self.assert_caught("packets: ends no slice")

    def test_an_event_on_a_track_that_is_not_declared_is_found(self) -> None:
        self.event(INSTANT, "ipi").track_event.track_uuid = UNKNOWN
        self.assert_caught("packets: track 999 is not declared")

    def test_a_flow_that_ends_without_having_begun_is_found(self) -> None:
        del self.send().track_event.flow_ids[:]
        extra = self.event(BEGIN).track_event.terminating_flow_ids
        extra.append(UNKNOWN)
        self.assert_caught("packets: flow 0x3e7 ends", "statement: flows")

    def test_text_that_is_not_utf8_is_found(self) -> None:
        data = self.trace.SerializeToString()
        self.assertIn(b"csr mscratch", data)
        self.assert_caught("packets: UTF-8", data=data.replace(b"csr mscratch", b"csr \xff\xfecratch"))

    def test_a_file_that_is_cut_anywhere_in_its_last_packet_is_found(self) -> None:
        data = self.trace.SerializeToString()
        last = self.trace.packet[-1].ByteSize() + 2
        for missing in range(1, last + 1):
            self.file.write_bytes(data[:-missing])
            found = packets.check(self.file)
            stated = statement.packet_problems(self.statement, found)
            self.assertTrue(found.problems or stated, f"{missing} bytes are missing")

    def test_a_file_that_lacks_its_last_seven_bytes_is_found(self) -> None:
        self.assert_caught("packets: cut short", data=self.trace.SerializeToString()[:-7])

    def test_an_empty_file_is_found(self) -> None:
        self.assert_caught("packets: no event", "statement: slices and instants", data=b"")

    def test_a_slice_that_is_missing_from_the_statement_is_found(self) -> None:
        self.statement.slices -= 1
        self.assert_caught("statement: slices and instants")

    def test_tracks_counters_and_bounds_that_differ_from_the_statement_are_found(self) -> None:
        self.statement.tracks += 1
        self.statement.counters += 1
        self.statement.end += 1
        found = self.problems(self.trace.SerializeToString())
        for name, finders in {"tracks": 1, "counters": 2, "end": 2}.items():
            self.assertEqual(sum(f"statement: {name}: " in line for line in found), finders, "\n".join(found))


class Garbage(Traces):
    def test_garbage_in_the_middle_is_found(self) -> None:
        data = self.trace.SerializeToString()
        middle = len(data) // 2
        damaged = data[:middle] + b"\xff" * 64 + data[middle:]
        self.assert_caught(f"import: {self.file.name}", "packets: not a trace", data=damaged)

    def test_random_bytes_and_zeros_are_refused(self) -> None:
        for data in (bytes((7 * n * n + 13) % 251 for n in range(4096)), bytes(4096)):
            self.assert_caught(f"import: {self.file.name}", "packets: not a trace", data=data)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
