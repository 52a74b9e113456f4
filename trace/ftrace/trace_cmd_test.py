"""Tests that files of trace-cmd become traces with the right events, in all forms that the format has, and that wrong files are refused."""

from __future__ import annotations

import contextlib
import io
import os
import struct
import tempfile
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import zstandard

from cli.failure import Failure
from trace.ftrace import from_trace_cmd, trace_cmd
from trace.ftrace.stream import FtraceError
from trace.perfetto.trace_processor import TraceProcessor
from trace.testing.trace_dat import PACK, PAGE, TraceDat

CLOCK_FILE = "local global counter uptime perf mono mono_raw [boot] tai"

HEADER = """\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;
\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;
\tfield: char data;\toffset:16;\tsize:4080;\tsigned:0;
"""
COMMON = """\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

"""
WAKING = f"""name: sched_waking
ID: 300
format:
{COMMON}\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:0;
\tfield:pid_t pid;\toffset:24;\tsize:4;\tsigned:1;
\tfield:int prio;\toffset:28;\tsize:4;\tsigned:1;
\tfield:int target_cpu;\toffset:32;\tsize:4;\tsigned:1;
"""
PRINT = f"""name: print
ID: 5
format:
{COMMON}\tfield:unsigned long ip;\toffset:8;\tsize:8;\tsigned:0;
\tfield:char buf[];\toffset:16;\tsize:0;\tsigned:0;
"""
QUERY = "select ts, cpu, name, extract_arg(arg_set_id, 'pid') pid from ftrace_event order by ts"
WAKINGS = 500  # on each CPU; they need several pages
SECOND = 1_000_000_000


def waking(pid: int) -> bytes:
    return struct.pack("<HHI16siii", 300, 0, 7, b"worker", pid, 120, 1)


def print_event(text: bytes) -> bytes:
    return struct.pack("<HHIQ", 5, 0, 7, 0xFFFFFFFF80000000) + text.ljust(8, b"\0")


def pages(time: int, events: list[bytes]) -> list[bytes]:
    """Returns pages with events that are 10 ns apart, the first at a time in ns. Each page has 90 events."""
    made = []
    for first in range(0, len(events), 90):
        own = [struct.pack("<I", (10 if index else 0) << 5 | len(data) // 4) + data for index, data in enumerate(events[first : first + 90])]
        data = b"".join(own)
        made.append((struct.pack("<QQ", time + 10 * first, len(data)) + data).ljust(PAGE, b"\0"))
    return made


def recording(wakings: int = WAKINGS, **more: Any) -> TraceDat:
    events = {cpu: [print_event(b"hello"), *(waking(1000 * cpu + i) for i in range(wakings))] for cpu in (0, 1)}
    of_cpus = {cpu: pages(SECOND + 5 * cpu, own) for cpu, own in events.items()}
    return TraceDat(HEADER, {"ftrace": [PRINT], "sched": [WAKING], "empty": []}, {**of_cpus, 2: []}, **more)


def forms(made: TraceDat) -> dict[str, bytes]:
    """Returns the recording in each form that trace-cmd can write. Another program may have written the sizes of zstd's frames."""
    with_size = {"7, zstd with sizes": made.version_7("zstd", zstandard.compress)}
    return {"6": made.version_6()} | {f"7, {algorithm}": made.version_7(algorithm) for algorithm in PACK} | with_size


def damaged(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yields damaged copies of a file, each with a description of the damage: changed single bytes, and changed words of 4 and 8
    bytes. The damage is in all parts of the file, except the zeros that fill pages."""
    used = [at for at in range(len(data)) if any(data[max(at - 16, 0) : at + 16])]
    for step, size, pattern in ((5, 1, 0xFF), (7, 1, 0x01), (7, 1, 0x80), (11, 4, 0xFF), (11, 8, 0xFF), (13, 8, 0x00)):
        for at in used[::step]:
            old = data[at : at + size]
            new = bytes(each ^ pattern for each in old) if size == 1 else bytes([pattern]) * len(old)
            yield f"{size} bytes at {at}, {pattern:#x}", data[:at] + new + data[at + size :]


class TraceCmd(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name) / "trace.dat"

    def read(self, data: bytes) -> trace_cmd.Recording:
        self.file.write_bytes(data)
        return trace_cmd.read(self.file)

    def run_program(self, *words: str) -> str:
        with contextlib.redirect_stdout(io.StringIO()) as out:
            self.assertEqual(from_trace_cmd.main([str(self.file), *words]), 0)
        return out.getvalue()

    def test_every_event_is_in_the_trace_with_its_time_and_cpu(self) -> None:
        self.file.write_bytes(recording().version_7("zstd"))
        said = self.run_program()
        self.assertIn("1,002 events of 3 CPUs, times of the clock local", said)
        with TraceProcessor(self.file.with_suffix(".pftrace")) as processor:
            rows = processor.query(QUERY)
            (system,) = processor.query("select str_value from metadata where name = 'system_release'")
        wanted = sorted(
            (SECOND + 5 * cpu + 10 * index, cpu, *(("print", None) if index == 0 else ("sched_waking", 1000 * cpu + index - 1)))
            for cpu in (0, 1)
            for index in range(WAKINGS + 1)
        )
        self.assertEqual([(row["ts"], row["cpu"], row["name"], row["pid"]) for row in rows], wanted)
        self.assertEqual(system["str_value"], "6.12.1-riscv64")

    def test_all_forms_of_a_file_have_the_same_contents(self) -> None:
        made = recording(clock=CLOCK_FILE)
        for form, data in forms(made).items():
            with self.subTest(form):
                read = self.read(data)
                self.assertEqual((read.clock, read.left_out), ("boot", []))
                self.assertEqual(read.buffers.pages, made.pages)
                self.assertEqual(read.buffers.files["events/header_page"], HEADER)
                self.assertEqual(read.buffers.files["events/sched/0/format"], WAKING)
                self.assertEqual(read.buffers.files["/proc/sys/kernel/osrelease"], "6.12.1-riscv64")

    def test_further_instances_are_left_out_and_named(self) -> None:
        for form, data in forms(recording(instances=["mine", "other"])).items():
            with self.subTest(form):
                self.file.write_bytes(data)
                self.assertIn("1,002 events of 3 CPUs, times of the clock local; left out: the instances mine, other", self.run_program())

    def test_clocks_that_do_not_count_nanoseconds_are_refused(self) -> None:
        for clock in ("[counter] local", "local global [x86-tsc]", "uptime"):
            for form, data in forms(recording(clock=clock)).items():
                with self.subTest(clock=clock, form=form), self.assertRaisesRegex(FtraceError, "record with `-C boot`"):
                    self.read(data)

    def test_a_file_without_the_name_of_the_system_has_no_release(self) -> None:
        for form, data in forms(recording(uname="Linux")).items():
            with self.subTest(form):
                self.assertNotIn("/proc/sys/kernel/osrelease", self.read(data).buffers.files)
                self.run_program()

    def test_a_file_without_events_is_refused_even_if_the_places_of_its_pages_are_beyond_its_end(self) -> None:
        made = recording()
        empty = TraceDat(HEADER, made.formats, {0: [], 1: []}, CLOCK_FILE)
        cut = empty.version_6().rstrip(b"\0")
        self.assertLess(len(cut), PAGE)
        for form, data in {**forms(empty), "6, cut": cut}.items():
            with self.subTest(form), self.assertRaisesRegex(FtraceError, "^it has no events$"):
                self.read(data)

    def test_the_input_is_never_overwritten(self) -> None:
        self.file = self.file.with_suffix(".pftrace")
        whole = recording().version_6()
        self.file.write_bytes(whole)
        link, copy = self.file.with_name("link"), self.file.with_name("copy")
        link.symlink_to(self.file)
        os.link(self.file, copy)
        for words in ((), ("-o", str(link)), ("-o", str(copy)), ("-o", f"{self.file.parent}/./{self.file.name}")):
            with self.subTest(words), self.assertRaisesRegex(Failure, "the output would replace the input"):
                self.run_program(*words)
            self.assertEqual(self.file.read_bytes(), whole)

    def test_other_files_are_refused_with_the_reason(self) -> None:
        whole = recording().version_6()
        for data, message in {
            b"": "no trace.dat of trace-cmd",
            b"\x0a\x03abc": "no trace.dat of trace-cmd",
            whole.replace(b"tracing6", b"tracing8", 1): "version 8; this program reads versions 6 and 7",
            whole.replace(b"tracing6\0\0", b"tracing6\0\1", 1): "big-endian",
            whole.replace(b"flyrecord", b"latency  ", 1): "only text of a latency tracer",
            whole.replace(b"header_page", b"header_pale", 1): "damaged: no header_page",
            recording().version_7("zstd").replace(b"zstd", b"lzma", 1): "compressed by lzma",
        }.items():
            with self.subTest(message):
                self.file.write_bytes(data)
                with self.assertRaisesRegex(Failure, f"{self.file}: .*{message}"):
                    from_trace_cmd.main([str(self.file)])
                self.assertFalse(self.file.with_suffix(".pftrace").exists())

    def test_pages_of_an_impossible_size_are_refused(self) -> None:
        old = struct.pack("<I", PAGE)
        for size in (0, 8, PAGE + 1):
            for data in (recording().version_6(), recording().version_7("none")):
                at = data.index(old)
                if b"tracing7" in data[:16]:  # the size that counts is in the option of the buffer
                    at = data.index(b"[local] global boot\0") + len(b"[local] global boot\0")
                self.assertEqual(data[at : at + 4], old)
                with self.subTest(size), self.assertRaisesRegex(FtraceError, f"a page cannot have {size} bytes"):
                    self.read(data[:at] + struct.pack("<I", size) + data[at + 4 :])

    def test_a_compressed_chunk_never_becomes_larger_than_it_should_be(self) -> None:
        huge = b"\x28\xb5\x2f\xfd\xe0" + struct.pack("<Q", 1 << 50) + b"\x01\0\0"  # a frame of zstd that states its size
        for algorithm, message, pack in (
            ("zstd", "says that it has 1125899906842624", lambda _: huge),
            ("zstd", "says that it has", lambda data: zstandard.compress(data + b"more")),
            ("zstd", "damaged before byte", lambda data: zstandard.ZstdCompressor(write_content_size=False).compress(data + bytes(1 << 20))),
            ("zlib", "does not have the", lambda data: PACK["zlib"](data + bytes(1 << 20))),
            ("zlib", "does not have the", lambda data: PACK["zlib"](data[:-1])),
            ("zstd", "does not have the", lambda data: PACK["zstd"](data[:-1])),
        ):
            with self.subTest(algorithm=algorithm, message=message), self.assertRaisesRegex(FtraceError, message):
                self.read(recording().version_7(algorithm, pack))
        data = recording().version_7("zlib")
        at = data.index(PACK["zlib"](recording()._headers())) - 4
        with self.assertRaisesRegex(FtraceError, "a chunk cannot have 4294967295 bytes"):
            self.read(data[:at] + b"\xff\xff\xff\xff" + data[at + 4 :])

    def test_an_event_that_is_shorter_than_its_format_is_refused(self) -> None:
        for short in (struct.pack("<HH", 300, 0), waking(1)[:28]):
            self.file.write_bytes(TraceDat(HEADER, {"ftrace": [], "sched": [WAKING]}, {0: pages(SECOND, [short])}).version_6())
            with self.assertRaisesRegex(Failure, f"an event sched_waking has {len(short)} bytes, fewer than its format describes"):
                self.run_program()

    def test_every_cut_is_an_error(self) -> None:
        for form, data in forms(recording()).items():
            for length in [*range(0, 700), *range(700, len(data) - 1, 997)]:
                with self.subTest(form=form, length=length), self.assertRaises(FtraceError):
                    self.read(data[:length])

    def test_damage_anywhere_never_has_another_effect_than_an_error(self) -> None:
        for form, data in forms(recording(wakings=8)).items():
            for kind, wrong in damaged(data):
                with self.subTest(form=form, kind=kind), contextlib.suppress(FtraceError, Failure):
                    self.file.write_bytes(wrong)
                    self.run_program()


if __name__ == "__main__":
    unittest.main()
