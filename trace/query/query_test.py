"""Tests the SQL tables and queries on a synthetic trace, by comparison with what hstrace reports, and the program's messages."""

import contextlib
import io
import json
import subprocess
import tempfile
import unittest
from collections import Counter
from pathlib import Path
from typing import Any
from unittest import mock

from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace

from cli.failure import Failure
from trace.perfetto.trace_processor import TraceProcessor
from trace.query import query

HSTRACE, SYNTHETIC = "trace/hstrace/hstrace", "trace/testing/synthetic"
INITCALL, LATER, OTHER = 0xFFFFFFFF80C2E25C, 0xFFFFFFFF80C2E300, 0xFFFFFFFF80C2F000
KALLSYMS = f"{INITCALL:x} t first_init\n{LATER:x} T second_init\n"


def asked(*words: str) -> tuple[str, str]:
    """Runs the program. Returns what it prints on stdout and stderr."""
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as error:
        query.main(list(words))
    return out.getvalue(), error.getvalue()


def add_initcalls(trace: Path, begin: int) -> None:
    """Adds events of initcalls to a trace: two whole ones, the second within the first, and one that has not ended."""
    made: Any = Trace()
    bundle = made.packet.add(trusted_packet_sequence_id=9999).ftrace_events
    bundle.cpu, bundle.ftrace_clock = 1, 2
    bundle.ftrace_timestamp = bundle.boot_timestamp = begin
    for ns, name, pid, function in (
        (0, "initcall_start", 1, INITCALL), (1000, "initcall_start", 2, LATER), (3000, "initcall_finish", 2, LATER),
        (1_000_000, "initcall_finish", 1, INITCALL), (1_500_000, "initcall_start", 1, OTHER),
    ):
        event = bundle.event.add(timestamp=begin + ns, pid=pid)
        event.generic.event_name = name
        event.generic.field.add(name="func", int_value=function - (1 << 64))
        if name == "initcall_finish":
            event.generic.field.add(name="ret", int_value=-19)
    with trace.open("ab") as file:
        file.write(made.SerializeToString())


class Queries(unittest.TestCase):
    folder: Path
    trace: Path
    info: dict[str, Any]
    said: dict[str, Any]
    processor: TraceProcessor

    @classmethod
    def setUpClass(cls) -> None:
        made = tempfile.TemporaryDirectory()
        cls.addClassCleanup(made.cleanup)
        cls.folder = Path(made.name)
        dump, cls.trace = cls.folder / "trace.hst", cls.folder / "trace.pftrace"
        subprocess.run([SYNTHETIC, "--harts=4", "--hung=1", "--slots=12000", "--loss=300", dump], check=True, stdout=subprocess.DEVNULL)
        merged = cls.folder / "phases.hst"
        subprocess.run([HSTRACE, "merge", "--phase=first=0.0", dump, "-o", merged], check=True, stderr=subprocess.DEVNULL)
        words: list[str | Path] = [HSTRACE, "convert", "--json", "-o", cls.trace, merged]
        cls.said = json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout)
        cls.info = json.loads(subprocess.run([HSTRACE, "info", "--json", dump], check=True, stdout=subprocess.PIPE).stdout)
        with TraceProcessor(cls.trace) as processor:
            begin = processor.number("select min(ts) from slice where category = 'exit'")
        add_initcalls(cls.trace, begin)
        (cls.folder / "kallsyms").write_text(KALLSYMS)
        cls.processor = TraceProcessor(cls.trace)
        cls.addClassCleanup(cls.processor.close)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """Returns the rows of a query, without starting the program."""
        self.processor.query(query.includes(sql) + "select 1")
        return self.processor.query(sql)

    def named(self, name: str) -> list[dict[str, Any]]:
        """Returns the rows of a query with a name, as the program prints them with --json."""
        rows: list[dict[str, Any]] = json.loads(asked(str(self.trace), name, "--json")[0])
        return rows

    def row(self, sql: str) -> list[Any]:
        """Returns the values of the only row of a query."""
        (row,) = self.rows(sql)
        return list(row.values())

    def test_hart_exit_has_the_exits_that_hstrace_wrote_by_hart_cause_and_detail(self) -> None:
        found = {(row["hart"], row["cause"]): row["n"] for row in self.rows("select hart, cause, count(*) n from hart_exit group by 1, 2")}
        self.assertEqual(found, {(row["hart"], row["cause"]): row["count"] for row in self.said["exits_by_cause"]})
        wrong = "select count(*) from hart_exit where name is not cause || ifnull(': ' || detail, '') or cause glob '*:*'"
        self.assertEqual(self.row(wrong), [0])
        self.assertGreater(self.row("select count(*) from hart_exit where detail is not null")[0], 0)
        self.assertGreater(self.row("select count(*) from hart_exit where detail is null")[0], 0)

    def test_the_module_of_an_exit_is_the_one_that_took_it_over(self) -> None:
        sql = "select count(*) n, sum(module is null) own from hart_exit"
        number, own = self.row(sql)
        words: list[str | Path] = [HSTRACE, "convert", "--format=json", "-o", "-", self.folder / "trace.hst"]
        records = json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout)["records"]
        outcomes = Counter(record["outcome"] for record in records if record.get("event") == "exit")
        self.assertEqual((number, own), (sum(outcomes.values()), sum(outcomes.values()) - outcomes["offloaded"]))

    def test_hart_world_has_the_exits_and_the_sleep_of_each_stay(self) -> None:
        on_world = "from slice join hart_track using (track_id) where track_name glob 'world*' and slice.name"
        stays = self.rows(f"select slice.id, ts, dur, hart, slice.name {on_world} in ('firmware', 'payload', 'LOST') and dur > 0")
        asleep = self.rows(f"select ts, dur, hart {on_world} = 'asleep'")
        exits = self.rows("select ts, dur, hart from slice join hart_track using (track_id) where category = 'exit'")

        def inside(found: list[dict[str, Any]], stay: dict[str, Any]) -> list[dict[str, Any]]:
            return [each for each in found if each["hart"] == stay["hart"] and 0 <= each["ts"] - stay["ts"] < stay["dur"]]

        self.assertEqual({stay["name"] for stay in stays}, {"firmware", "payload"})
        wanted = {}
        for stay in stays:
            own, slept = inside(exits, stay), inside(asleep, stay)
            in_exits = [each for each in slept if any(inside([each], exit) for exit in own)]
            hv = sum(each["dur"] for each in own) - sum(each["dur"] for each in in_exits)
            wanted[stay["id"]] = [stay["name"], len(own), hv, sum(each["dur"] for each in slept)]
        shown = {row.pop("id"): list(row.values()) for row in self.rows("select id, world, exits, hv_dur, asleep_dur from hart_world")}
        self.assertEqual({id: (shown.get(id), row) for id, row in wanted.items() if shown.get(id) != row}, {})
        self.assertEqual(set(shown), set(wanted))
        self.assertGreater(sum(slept for *_, slept in wanted.values()), 0)

    def test_a_stay_in_a_world_was_entered_by_the_exit_before_it(self) -> None:
        sql = """select count(*) n, sum(e.hart = w.hart) same, sum(e.ts + e.dur = w.ts) at_once from hart_world w
            join hart_exit e on e.id = entered_by"""
        number, same, at_once = self.row(sql)
        self.assertGreater(number, 100)
        self.assertEqual((same, at_once), (number, number))

    def test_hart_ecall_has_each_call_once_with_its_exits(self) -> None:
        calls = "select count(*) from slice join hart_track using (track_id) where track_name = 'ecalls'"
        self.assertEqual(self.row("select count(*) from hart_ecall where answered_by = 'firmware'"), self.row(calls))
        self.assertEqual(self.row("select count(*) - count(distinct id) from hart_ecall"), [0])
        self.assertEqual(self.row("select count(*) from hart_ecall where exits < 1 or hv_dur < 0 or firmware_dur < 0"), [0])
        self.assertEqual(self.row("select count(*) from hart_ecall where hv_dur + firmware_dur > dur"), [0])
        inside = """select count(*) from hart_ecall c where exits != (select count(*) from hart_exit e
            where e.hart = c.hart and e.ts >= c.ts and e.ts < c.ts + c.dur) and c.id in (select id from hart_ecall limit 50)"""
        self.assertEqual(self.row(inside), [0])

    def test_hart_ipi_has_each_interrupt_that_arrived(self) -> None:
        number, early = self.row("select count(*), sum(latency < 0) from hart_ipi")
        self.assertEqual((number, early), (self.row("select count(*) from flow")[0], 0))
        self.assertGreater(number, 0)
        wrong = "select count(*) from hart_ipi join slice using (id) where slice.name != 'IPI to ' || to_hart"
        self.assertEqual(self.row(wrong), [0])

    def test_hart_phase_has_the_phases(self) -> None:
        self.assertIn("first", [row["name"] for row in self.rows("select name from hart_phase")])

    def test_initcalls_have_their_functions_and_the_exits_of_all_harts_meanwhile(self) -> None:
        first, second = self.named("initcalls")
        self.assertEqual([first["function"], second["function"]], ["first_init", "second_init"])
        self.assertEqual((first["ms"], second["ms"], first["cpu"], first["result"]), (1, 0.002, 1, -19))
        sql = """select count(*) from slice where category = 'exit' and ts >= (select min(ts) from hart_initcall)
            and ts < (select min(ts) from hart_initcall) + 1000000"""
        self.assertEqual([first["exits"]], self.row(sql))
        self.assertGreater(first["exits"], 10)

    def test_an_address_in_a_function_and_an_unknown_one_are_named(self) -> None:
        symbols = query.Symbols(KALLSYMS)
        self.assertEqual(symbols.name(INITCALL + 8 - (1 << 64)), "first_init+0x8")
        self.assertEqual((symbols.name(0x1000), symbols.name(None), symbols.name("x")), ("0x1000", None, "x"))
        (self.folder / "map").write_bytes(b"\xff\xfe")
        with self.assertRaisesRegex(Failure, "no list of functions"):
            asked(str(self.trace), "initcalls", f"--symbols={self.folder / 'map'}")

    def test_each_query_with_a_name_has_rows_and_is_described(self) -> None:
        self.assertEqual(set(query.queries()), {"firmware_stays", "initcalls", "ipi_matrix", "sbi", "slowest"})
        for name, sql in query.queries().items():
            self.assertGreater(len(self.named(name)), 0, name)
            self.assertGreater(len(query.comment(sql)), 20, name)

    def test_ipi_matrix_has_the_median_and_the_99th_percentile(self) -> None:
        for row in self.named("ipi_matrix"):
            where = f"from hart_ipi where from_hart = {row['from_hart']} and to_hart = {row['to_hart']}"
            found = sorted(each["us"] for each in self.rows(f"select round(latency / 1e3, 1) us {where}"))
            self.assertEqual((row["ipis"], row["least_us"], row["longest_us"]), (len(found), found[0], found[-1]))
            self.assertEqual((row["median_us"], row["p99_us"]), (found[(len(found) - 1) // 2], found[-(-len(found) * 99 // 100) - 1]))

    def test_the_list_describes_exactly_the_columns_of_each_table(self) -> None:
        shown = query.listing().partition("\n\ntables:\n")[2]
        tables: dict[str, list[str]] = {}
        for line in shown.splitlines():
            words = line.split()
            self.assertGreater(len(words), 2, f"{line} is not described")
            if line.startswith("    "):
                tables[list(tables)[-1]].append(words[0])
            else:
                tables[words[0]] = []
        self.assertEqual(set(tables), set(query.modules()))
        for name, columns in tables.items():
            (row,) = self.rows(f"select * from {name} limit 1")
            self.assertEqual(list(row), columns, name)

    def test_a_table_is_aligned_and_a_dump_is_converted(self) -> None:
        out, error = asked(str(self.folder / "trace.hst"), "select 'a' name, 5 number union all select 'longer', 1234567")
        self.assertEqual(out.splitlines(), ["name       number", "------  ---------", "a               5", "longer  1,234,567"])
        self.assertEqual(error, "")

    def test_an_answer_may_have_hundreds_of_thousands_of_rows(self) -> None:
        numbers = "with recursive each(n) as (select 0 union all select n + 1 from each where n < 299999)"
        rows = self.rows(f"{numbers} select n, n * n square, 1 << 40 large from each")
        self.assertEqual([list(row.values()) for row in rows], [[n, n * n, 1 << 40] for n in range(300_000)])

    def test_sql_can_come_from_stdin(self) -> None:
        with mock.patch("sys.stdin", io.StringIO("select 7 seven")):
            self.assertEqual(self.named("-"), [{"seven": 7}])

    def test_a_query_without_rows_says_so(self) -> None:
        plain = self.folder / "plain.pftrace"
        subprocess.run([HSTRACE, "convert", self.folder / "trace.hst", "-o", plain], check=True, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        out, error = asked(str(plain), "initcalls")
        self.assertEqual(out, "")
        self.assertIn("initcalls: no rows", error)
        self.assertIn("--ftrace=initcall:*", error)
        self.assertEqual(asked(str(plain), "initcalls", "--json")[0], "[]\n")

    def test_wrong_sql_names_and_files_are_refused_with_a_reason(self) -> None:
        for words, text in {
            (str(self.trace), "select * from no_table"): "no such table: no_table",
            (str(self.trace), "selct 1 from slice"): "syntax error",
            (str(self.trace), "select 1 a, 2 a"): "two columns have the same name: a, a",
            (str(self.trace), "slowst"): "'slowst' is neither SQL nor the name of a query: the names are firmware_stays,",
            (str(self.trace), ""): "'' is neither SQL",
            (str(self.folder / "no.hst"), "slowest"): "no.hst: there is no such file",
            (str(self.folder / "kallsyms"), "slowest"): "neither a Perfetto trace nor a dump",
        }.items():
            with self.assertRaises(Failure) as raised:
                asked(*words)
            self.assertIn(text, str(raised.exception))
            self.assertNotIn("Traceback", str(raised.exception))
        with self.assertRaises(SystemExit), contextlib.redirect_stderr(io.StringIO()) as error:
            query.main([str(self.trace)])
        self.assertIn("give a FILE and a QUERY, or --list", error.getvalue())


if __name__ == "__main__":
    unittest.main()
