"""Tests the Perfetto converter. Perfetto's engine must read each trace without errors, and must find everything in the trace that
the dump contains."""

import csv
import gzip
import subprocess
import unittest
from collections import Counter
from typing import Any

from trace.convert.trace_case import HSTRACE, Case
from trace.perfetto.trace_processor import TraceProcessor

NEAR_THE_WRAP = 2**48 - 7_000_000
RING_SLOTS = 65536  # the size of each hart's ring in a synthetic dump

BY_HART = """select substr(parent.name, 6) hart, count(*) count from slice
    join track on slice.track_id = track.id join track parent on track.parent_id = parent.id
    where category = 'exit' group by parent.name"""
LOST = """select sum(extract_arg(arg_set_id, 'debug.slots')) lost from slice where category = 'lost'"""
RING_FILL = """select max(value) most from counter join track on counter.track_id = track.id where name = 'ring fill'"""
ARROWS = """select got.ts, got.name, count(*) arrows, count(distinct sent.name) targets from flow
    join slice sent on slice_out = sent.id join slice got on slice_in = got.id where sent.name glob 'IPI to*' group by got.id"""
ARROWS_BACK = """select count(*) from flow join slice sent on slice_out = sent.id join slice got on slice_in = got.id
    where got.ts < sent.ts"""


class Counted(Case):
    """A base class with checks that apply to every trace of a whole dump."""

    def good(self, *options: str) -> dict[str, Any]:
        """Makes and converts a dump. Compares the counts of Perfetto's engine with the converter's account, and returns this
        account."""
        self.facts = self.make(*options)
        written = self.convert()
        with TraceProcessor(self.trace) as processor:
            rows = processor.query(BY_HART)
            self.assertEqual(processor.query(LOST)[0]["lost"] or 0, written["lost"])
            self.assertEqual(processor.number(ARROWS_BACK), 0)
        exits: Counter[int] = Counter()
        for row in written["exits_by_cause"]:
            exits[row["hart"]] += row["count"]
        self.assertEqual({int(str(row["hart"])): row["count"] for row in rows}, exits)
        return written


class WithoutLoss(Counted):
    def whole(self, *options: str) -> dict[str, Any]:
        """Makes a dump, and checks that its trace is right and complete. Returns the converter's account."""
        written = self.good(*options)
        self.assertEqual(written["exits_by_cause"], self.facts["exits_by_cause"])
        self.assertEqual(written["details"], self.facts["ecalls"])
        self.assertEqual((written["lost"], written["orphans"]), (0, 0))
        return written

    def test_a_trace_of_one_hart_is_complete(self) -> None:
        self.whole("--harts=1", "--slots=8000")

    def test_an_arrow_leads_from_each_send_to_the_receive_of_the_interrupt(self) -> None:
        written = self.whole("--harts=8", "--slots=60000")
        table = subprocess.run([HSTRACE, "convert", self.dump, "-f", "csv", "-o", "-"], check=True, stdout=subprocess.PIPE)
        rows = list(csv.DictReader(table.stdout.decode().splitlines()))
        sends = Counter(int(row["payload"], 16) % 2**63 for row in rows if row["event"] == "ipi_send")
        received = {int(row["ns"]): sends[int(row["payload"], 16)] for row in rows if row["event"] == "ipi_recv"}
        with TraceProcessor(self.trace) as processor:
            arrows = processor.query(ARROWS)
        self.assertEqual({row["ts"]: row["arrows"] for row in arrows}, received)
        self.assertEqual({row["name"] for row in arrows}, {"IPI received"})
        self.assertEqual({row["targets"] for row in arrows}, {1})
        self.assertGreater(max(received.values()), 1)
        self.assertEqual((written["flows"], written["ends_alone"]), (sum(received.values()), 0))

    def test_an_interrupt_that_seems_to_be_received_before_it_is_sent_keeps_its_arrow(self) -> None:
        written = self.whole("--harts=3", "--slots=20000", "--skew-ns=3000")
        self.assertEqual((written["flows"], written["ends_alone"]), (self.flows(), 0))
        checked = subprocess.run([HSTRACE, "check", self.dump], capture_output=True)
        self.assertEqual(checked.returncode, 1, "no receive has a time before its send")

    def test_arrows_do_not_depend_on_how_many_interrupts_each_hart_has_received_before(self) -> None:
        for past in (1000, 2**18, 2**18 - 40503, 2**32):  # with each of them, different interrupts to several harts are close in hash tables
            written = self.whole("--harts=16", "--slots=20000", f"--past-ipis={past}")
            self.assertEqual((written["flows"], written["ends_alone"]), (self.flows(), 0))
            self.assertGreater(written["flows"], 50)

    def flows(self) -> int:
        """Returns the number of arrows that Perfetto's engine finds."""
        with TraceProcessor(self.trace) as processor:
            return processor.number("select count(*) from flow")

    def test_a_trace_of_64_harts_is_complete(self) -> None:
        self.whole("--harts=64", "--slots=12000")

    def test_timestamps_may_wrap_at_48_bits(self) -> None:
        written = self.whole("--harts=2", "--slots=8000", f"--start-cycles={NEAR_THE_WRAP}")
        self.assertLess(written["end"] - written["begin"], 1_000_000_000)

    def test_a_hung_hart_is_shown_in_its_exit_until_the_trace_ends(self) -> None:
        written = self.whole("--harts=2", "--slots=8000", "--hung=1")
        with TraceProcessor(self.trace) as processor:
            (row,) = processor.query("select ts + dur as end from slice where name = 'exit in flight'")
        self.assertEqual(row["end"], written["end"])

    def test_exits_without_pc_or_value_are_all_in_the_trace(self) -> None:
        for words in ("0", "1"):
            self.whole("--harts=2", "--slots=5000", f"--exit-args={words}")

    def test_the_trace_of_a_dump_without_records_only_describes_the_run(self) -> None:
        written = self.whole("--harts=2", "--slots=0")
        self.assertEqual((written["slices"], written["instants"]), (0, 1))


class WithLoss(Counted):
    def lossy(self, *options: str) -> dict[str, Any]:
        """Makes a dump with gaps, and checks that the trace shows all lost slots. If a gap cuts a record, all slots of this
        record are lost, too. Returns the converter's account."""
        written = self.good(*options)
        self.assertGreater(written["gaps"], 0)
        self.assertEqual(written["lost"], self.facts["lost"] + written["orphans"])
        self.assertEqual(written["slots"], self.facts["slots"])
        return written

    def test_gaps_between_chunks_are_in_the_trace(self) -> None:
        self.lossy("--harts=4", "--slots=100000", "--loss=400")

    def test_an_overwritten_start_is_a_gap_of_each_hart_and_the_ring_was_full(self) -> None:
        written = self.lossy("--harts=3", "--slots=20000", "--overwritten")
        self.assertEqual(written["gaps"], 3)
        with TraceProcessor(self.trace) as processor:
            (row,) = processor.query(RING_FILL)
        self.assertEqual(row["most"], RING_SLOTS)

    def test_losses_in_discard_mode_are_in_the_trace(self) -> None:
        self.lossy("--harts=4", "--slots=60000", "--loss=900", "--discard")

    def test_a_loss_at_the_end_of_the_recording_lasts_until_the_trace_ends(self) -> None:
        written = self.lossy("--harts=3", "--slots=9000", "--discard", "--full")
        self.assertEqual(written["gaps"], 3)
        with TraceProcessor(self.trace) as processor:
            rows = processor.query("select ts + dur as end from slice where category = 'lost'")
        self.assertEqual([row["end"] for row in rows], [written["end"]] * 3)


class Options(Case):
    def test_the_option_details_gives_each_exit_its_details_as_arguments(self) -> None:
        self.make("--slots=3000")
        written = self.convert("--details")
        with TraceProcessor(self.trace) as processor:
            for name in ("cycles", "outcome"):
                count = processor.number(f"select count(extract_arg(arg_set_id, 'debug.{name}')) from slice")
                self.assertEqual(count, written["exits"])
            modules = processor.query("select distinct string_value name from args where flat_key = 'debug.module'")
        self.assertEqual(modules, [{"name": "offload"}])

    def test_modules_and_their_events_have_the_names_of_the_configuration(self) -> None:
        self.make("--slots=60000", "--harts=1")
        self.convert()
        with TraceProcessor(self.trace) as processor:
            rows = processor.query("select distinct slice.name event from slice join track on slice.track_id = track.id "
                                   "where track.name = 'boot_counter' order by 1")
        named = ["event 3", "reached_firmware", "reached_hv", "reached_kernel"]
        self.assertEqual([row["event"] for row in rows], named)
        self.trace.write_bytes(subprocess.run([HSTRACE, "convert", self.dump, "-f", "csv", "-o", "-"], check=True,
                                              stdout=subprocess.PIPE).stdout)
        lines = [line.split(",") for line in self.trace.read_text().splitlines()]
        self.assertEqual(sorted({line[7] for line in lines if line[4] == "module" and line[13] == "boot_counter"}), named)

    def test_the_counters_of_a_hart_are_in_a_group_after_its_other_tracks(self) -> None:
        self.make("--slots=100000", "--harts=2", "--loss=100")
        self.convert()
        with TraceProcessor(self.trace) as processor:
            rows = processor.query("select track.name name, count(*) harts from track join track parent "
                                   "on track.parent_id = parent.id where parent.name = 'counters' group by 1")
            last = processor.query("select hart.name hart, track.name last, max(extract_arg(track.source_arg_set_id, "
                                   "'sibling_order_rank')) from track join track hart on track.parent_id = hart.id "
                                   "where hart.name glob 'hart ??' group by 1")
        self.assertEqual([row["last"] for row in last], ["counters", "counters"])
        names = {row["name"] for row in rows}
        self.assertLessEqual({"ring fill", "lost", "exits_set_timer"}, names)
        self.assertNotIn("exits/s", names)

    def test_a_counter_has_a_value_only_when_it_has_changed(self) -> None:
        self.make("--slots=20000", "--harts=2")
        self.convert()
        table = subprocess.run([HSTRACE, "convert", self.dump, "-f", "csv", "-o", "-"], check=True, stdout=subprocess.PIPE)
        values: dict[tuple[str, str], list[int]] = {}
        for row in csv.DictReader(table.stdout.decode().splitlines()):
            if row["event"] == "counter":
                own = values.setdefault((f"hart {int(row['hart']):02}", row["name"]), [])
                value = int(row["word1"], 16)
                own += [value] if own[-1:] != [value] else []
        with TraceProcessor(self.trace) as processor:
            rows = processor.query("select hart.name hart, t.name name, c.value value from counter c join track t on c.track_id = t.id "
                                   "join track parent on t.parent_id = parent.id join track hart on parent.parent_id = hart.id "
                                   "where t.name glob 'exits_*' order by c.ts, c.id")
        shown: dict[tuple[str, str], list[int]] = {}
        for shown_row in rows:
            shown.setdefault((str(shown_row["hart"]), str(shown_row["name"])), []).append(int(shown_row["value"] or 0))
        self.assertEqual(shown, {key: own for key, own in values.items() if key[1].startswith("exits_")})

    def test_an_exit_is_one_slice_and_is_inside_a_slice_of_its_world(self) -> None:
        self.make("--slots=20000", "--harts=2")
        written = self.convert()
        parts = ("exits", "worlds", "gaps", "asleep", "details", "hv")
        with TraceProcessor(self.trace) as processor:
            others = processor.number("select count(*) from slice where name in ('wfi')")
            outside = processor.number("""select count(*) from slice e join track t on e.track_id = t.id where category = 'exit'
                and not exists (select * from slice w join track wt on w.track_id = wt.id where wt.parent_id = t.parent_id
                and wt.name glob 'world*' and w.ts <= e.ts and e.ts + e.dur <= w.ts + w.dur)""")
        self.assertEqual(written["slices"], sum(written[part] for part in parts) + others)
        self.assertEqual((written["hv"], outside), (0, 0))

    def test_rates_add_up_to_all_exits_and_a_hung_hart_spends_all_its_time_in_hv(self) -> None:
        self.make("--slots=20000", "--harts=2", "--hung=1")
        self.convert()
        with TraceProcessor(self.trace) as processor:
            (totals,) = processor.query("""with rate as (select c.ts ts, c.value value,
                coalesce(lead(ts) over (order by ts), trace_end()) - c.ts time
                from counter c join track t on c.track_id = t.id join track h on t.parent_id = h.id
                where t.name = 'exits/s' and h.name = 'hart 00')
                select sum(value * time) / 1e9 exits from rate""")
            exits = processor.number("select count(*) from slice s join track t on s.track_id = t.id join track h "
                                     "on t.parent_id = h.id where category = 'exit' and h.name = 'hart 00'")
            (last,) = processor.query("select c.value share from counter c join track t on c.track_id = t.id join track h "
                                      "on t.parent_id = h.id where t.name = 'time in hv' and h.name = 'hart 01' "
                                      "order by c.ts desc limit 1")
        self.assertAlmostEqual(float(totals["exits"] or 0), exits, delta=0.01)
        self.assertEqual(last["share"], 100)

    def test_unpacking_a_gzipped_trace_gives_the_same_trace(self) -> None:
        self.make("--slots=5000")
        self.convert()
        plain = self.trace.read_bytes()
        self.convert("--gzip")
        self.assertEqual(gzip.decompress(self.trace.read_bytes()), plain)

    def test_options_select_a_hart_a_time_and_a_cause(self) -> None:
        self.make("--slots=8000", "--harts=2")
        everything = self.convert()
        middle = (everything["begin"] + everything["end"]) / 2e9
        parts = [self.convert(f"--to={middle:.9f}"), self.convert(f"--from={middle:.9f}")]
        self.assertEqual(sum(part["exits"] - part["exits_cut"] for part in parts), everything["exits"])
        harts = [self.convert(f"--hart={hart}")["exits"] for hart in (0, 1)]
        self.assertEqual(sum(harts), everything["exits"])
        with TraceProcessor(self.trace) as processor:
            calls = processor.number("select count(*) from slice where name = 'environment_call_from_s_mode: sbi set_timer'")
        self.assertEqual(self.convert("--cause=set_timer", "--hart=1")["exits"], calls)

    def test_the_world_track_shows_when_hv_ran_if_an_option_leaves_out_exits_or_asks_for_details(self) -> None:
        self.make("--slots=8000", "--harts=2")
        on_world = "slice.name = 'hv' and track.name glob 'world*'"
        spent = []
        for options, wanted in (((), "category = 'exit'"), (("--cause=mret",), on_world), (("--details",), on_world)):
            self.convert(*options)
            with TraceProcessor(self.trace) as processor:
                spent.append(processor.query(f"select slice.ts, slice.dur from slice join track on track_id = track.id where {wanted} order by 1, 2"))
        self.assertEqual(spent[1:], spent[:1] * 2)

    def test_program_counters_have_the_functions_of_an_elf_file(self) -> None:
        self.make("--slots=3000")
        source, program = self.dump.with_suffix(".S"), self.dump.with_suffix(".elf")
        source.write_text(".globl trap_entry\n.type trap_entry, @function\ntrap_entry: .skip 0x20000\n"
                          ".size trap_entry, . - trap_entry\n")
        subprocess.run(["riscv64-unknown-elf-gcc", "-nostdlib", "-Wl,-Ttext=0x80100000", "-o", program, source],
                       check=True, stderr=subprocess.DEVNULL)
        self.convert(f"--symbols={program}")
        with TraceProcessor(self.trace) as processor:
            named = processor.number("select count(*) from args where string_value glob '0x801* trap_entry+0x*'")
        self.assertGreater(named, 0)


if __name__ == "__main__":
    unittest.main()
