"""Tests the command line of hstrace: help, exit codes, messages, files and pipes."""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

HSTRACE = "trace/hstrace/hstrace"
SYNTHETIC = "trace/testing/synthetic"
COMMAND = re.compile(r"^  (\w+) ", re.MULTILINE)

# Wrong command lines. The value is a part of the message that hstrace must print.
WRONG = {
    "nonsense": "no such command\n",
    "convret f": "no such command: did you mean convert?",
    "": "Usage",
    "info": "FILE is missing",
    "info --nonsense f": "nonsense",
    "info f g": "only one FILE is allowed",
    "live -m f -o g --interval=1000001": "--interval=1000001: at most 1000000 us",
    "live -m f -o g --wait=1000000001": "at most 1000000000 s",
    "live -m f -o g --wait=09x": "09x is not",
    "diff f": "2 FILEs are needed",
    "diff f g h": "at most 2 FILEs",
    "merge -o f": "FILE is missing",
    "convert f": "-o OUT is missing",
    "convert f -o - --json": "cannot both write to stdout",
    "convert f -o g -f csv --details": "--details works only with --format=pftrace",
    "convert f -o g --from=2 --to=1": "--from is not before --to",
    "convert f -o g --cause=nonsense": "no exit has this name\n",
    "convert f -o g --cause=set_tmier": "no exit has this name: did you mean set_timer?",
    "stat f --cause=mscrach": "did you mean mscratch?",
    "diff f g --cause=illegal_instuction": "did you mean illegal_instruction?",
    "convert f -o g --format=cvs": "--format=cvs: must be pftrace, json or csv",
    "convert f -o g -f csv --cause=set_timer": "--cause=environment_call_from_s_mode selects all calls",
    "stat f --hart=x": "not the index of a hart",
    "stat f --to=soon": "--to=soon: not a time: it is a number of seconds, or one with a suffix",
    "stat f --to=": "not a time",
    "stat f --from=1m": "not a time",
    "stat f --from=0x10": "not a time",
    "stat f --from=inf": "not a time",
    "stat f --from=-1ns": "a time is from 0 to 1000000000 s",
    "stat f --from=1000000001": "a time is from 0 to 1000000000 s",
    "stat f --by=day": "--by=day: must be cause, hart, module or function",
    "stat f --by=function": "--by=function needs --symbols",
    "diff f g --by=function": "--by=function needs --symbols",
    "stat f --folded --json": "--folded and --json",
    "live -o f": "--memory=FILE is missing",
    "live -m f -o g --base=x": "x is not a number",
    "check f --max=x=1": "--max=x: no exit has this name\n",
    "check f --max=set_tmier=1": "--max=set_tmier: no exit has this name: did you mean set_timer?",
    "check f --max=mret": "--max=mret: a budget is NAME=CYCLES",
    "check f --max==5": "--max==5: a budget is NAME=CYCLES",
    "check f --max=mret=": "a budget is a number of cycles below 2^32 - 1",
    "check f --max=mret=-5": "a budget is a number of cycles below 2^32 - 1",
    "check f --max=mret=5x": "a budget is a number of cycles below 2^32 - 1",
    "check f --max=mret=4294967295": "a budget is a number of cycles below 2^32 - 1",
    f"check f{65 * ' --max=mret=1'}": "too many budgets",
    "extract f -o g --dump=0": "not the number of a dump",
}


def small_files() -> None:
    """Limits the size of files that a child process writes to 10 KB. If the process writes more, writing fails with an error, as on
    a full disk. The signal that usually ends such a process is turned off."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))


def run_in(limit: int, *arguments: str | Path, kind: int = resource.RLIMIT_AS) -> subprocess.CompletedProcess[bytes]:
    """Runs hstrace with at most @p limit bytes of memory, or of the kind of memory that another limit is about."""
    def set_limit() -> None:
        resource.setrlimit(kind, (limit, limit))

    return subprocess.run([HSTRACE, *map(str, arguments)], capture_output=True, preexec_fn=set_limit, timeout=60)


def run(*arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Runs hstrace. The test fails if hstrace does not end within a minute."""
    return subprocess.run([HSTRACE, *map(str, arguments)], input=stdin, capture_output=True, timeout=60)


class HstraceTest(unittest.TestCase):
    folder: tempfile.TemporaryDirectory[str]
    dump: Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory()
        cls.dump = Path(cls.folder.name) / "good.hst"
        options = ["--slots=20000", "--harts=3", "--overwritten"]
        subprocess.run([SYNTHETIC, *options, cls.dump], check=True, capture_output=True)

    @classmethod
    def tearDownClass(cls) -> None:
        cls.folder.cleanup()

    def damaged(self, data: bytes) -> Path:
        """Writes the data of a damaged dump to a file in the test's folder. Returns the path of the file."""
        path = Path(self.folder.name) / "damaged.hst"
        path.write_bytes(data)
        return path

    def test_each_command_has_help_with_an_example(self) -> None:
        commands = COMMAND.findall(run("--help").stdout.decode())
        self.assertIn("live", commands)
        for command in commands:
            result = run(command, "--help")
            self.assertEqual(result.returncode, 0, command)
            self.assertIn(f"Example: hstrace {command}".encode(), result.stdout)

    def test_wrong_usage_exits_with_code_2(self) -> None:
        for arguments, message in WRONG.items():
            result = run(*arguments.split())
            self.assertEqual(result.returncode, 2, arguments)
            self.assertIn(message, result.stderr.decode(), arguments)

    def test_version_prints_the_versions_of_dumps_and_of_the_abi(self) -> None:
        result = run("--version")
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        self.assertRegex(result.stdout.decode(), r"^hstrace of hartscope: dump version 1, ABI version \d+\n$")

    def test_a_time_is_in_seconds_or_has_a_suffix(self) -> None:
        same = [("1.5", "1.6"), ("1.5s", "1.6s"), ("1500ms", "1.6e3ms"), ("1500000us", "1600000us"), ("1500000000ns", "1600000000ns")]
        windows = []
        for begin, end in same:
            account = json.loads(run("convert", self.dump, "-o", os.devnull, "--json", f"--from={begin}", f"--to={end}").stdout)
            windows.append((account["window_begin"], account["window_end"]))
        self.assertEqual(set(windows), {(1_500_000_000, 1_600_000_000)})
        exact = json.loads(run("convert", self.dump, "-o", os.devnull, "--json", "--to=999999999999999999ns").stdout)
        self.assertEqual(exact["window_end"], 999_999_999_999_999_999)

    def test_running_out_of_memory_is_an_error_with_a_message(self) -> None:
        # With less memory than this limit, the program cannot even print a message, because the program and its stack do not fit.
        least = next(size for size in range(1 << 20, 1 << 28, 1 << 16) if run_in(size, "--version").returncode == 0) + (1 << 16)
        out = Path(self.folder.name) / "memory.out"
        commands = ["convert -o {} {}", "convert -f csv -o {} {}", "merge -o {} {}", "stat {1}", "check {1}", "diff {1} {1}"]
        for command in commands:
            words = command.format(out, self.dump).split()
            for limit in range(least, 1 << 28, 1 << 18):
                if not (result := run_in(limit, *words)).returncode:
                    break
                self.assertEqual((result.returncode, out.exists()), (1, False), (command, limit))
                self.assertRegex(result.stderr, b"no memory\n$", (command, limit))
            self.assertEqual(result.returncode, 0, f"{command}: 256 MiB are not enough")
            self.assertGreater(limit, least, command)
            out.unlink(missing_ok=True)

    def test_a_small_stack_is_enough_for_most_commands(self) -> None:
        for words in (["--version"], ["stat", str(self.dump)], ["convert", "-o", os.devnull, str(self.dump)]):
            for kib in (256, 512, 768, 1024):
                result = run_in(kib << 10, *words, kind=resource.RLIMIT_STACK)
                self.assertEqual((result.returncode, result.stderr), (0, b""), (words, kib))

    def test_an_input_file_is_never_overwritten(self) -> None:
        data = self.dump.read_bytes()
        link = Path(self.folder.name) / "link.hst"
        link.symlink_to(self.dump)
        commands: list[list[str]] = [["convert"], ["merge", str(self.dump)], ["extract"], ["live", "--wait=0", "--memory"]]
        commands += [["convert", "f", "--elf"], ["convert", "f", "--symbols"], ["live", "-m", "f", "--elf"]]
        commands += [["live", "-m", "f", "--config"]]
        for command in commands:
            result = run(*command, self.dump, "-o", link)
            self.assertEqual((result.returncode, self.dump.read_bytes() == data), (2, True), command)
            self.assertIn(b"would be overwritten", result.stderr)

    def test_an_input_file_is_not_overwritten_through_stdin_or_stdout(self) -> None:
        data = self.dump.read_bytes()
        for words, source, target in (("- -o {}", True, False), ("{} -o -", False, True), ("- -o -", True, True)):
            with self.dump.open("rb") as stdin, self.dump.open("ab") as stdout:
                result = subprocess.run(
                    [HSTRACE, "convert", *words.format(self.dump).split()],
                    stdin=stdin if source else subprocess.DEVNULL,
                    stdout=stdout if target else subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                )
            self.assertEqual((result.returncode, self.dump.read_bytes() == data), (2, True), words)

    def test_an_earlier_output_stays_if_the_input_cannot_be_read(self) -> None:
        out = Path(self.folder.name) / "kept"
        out.write_text("kept")
        for wrong in ("/nonexistent/file", HSTRACE):
            self.assertEqual(run("convert", wrong, "-o", out).returncode, 1)
            self.assertEqual(run("convert", self.dump, f"--elf={wrong}", "-o", out).returncode, 1)
            self.assertEqual(out.read_text(), "kept")

    def assert_kept(self, out: Path, *words: str | Path) -> None:
        """Asserts that the command fails and does not change its folder. Tests this twice: the folder contains an earlier output the
        first time, and none the second time."""
        for earlier in ("earlier", None):
            out.unlink(missing_ok=True)
            if earlier:
                out.write_text(earlier)
            before = sorted(out.parent.iterdir())
            result = subprocess.run([HSTRACE, *words, "-o", out], capture_output=True, preexec_fn=small_files, timeout=60)
            self.assertEqual(result.returncode, 1, words)
            self.assertEqual(sorted(out.parent.iterdir()), before, words)
            self.assertEqual(out.read_text() if earlier else None, earlier, words)

    def test_a_failing_command_leaves_no_partial_file_and_keeps_the_earlier_one(self) -> None:
        data = self.dump.read_bytes()
        cut = self.damaged(data[: len(data) // 2])
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "out"
            for form in ("--format=pftrace", "--format=csv", "--format=json", "--gzip"):
                self.assert_kept(out, "convert", form, cut)
                self.assert_kept(out, "convert", form, self.dump)  # the output is larger than small_files() allows
            self.assert_kept(out, "merge", self.dump, cut)
            self.assert_kept(out, "merge", self.dump)
            self.assert_kept(out, "extract", cut)
            self.assert_kept(out, "live", "--memory", cut, "--wait=0")

    def test_a_conversion_that_is_killed_keeps_the_earlier_file(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "out"
            out.write_text("earlier")
            for number in (signal.SIGKILL, signal.SIGINT, signal.SIGTERM):
                with subprocess.Popen([HSTRACE, "convert", "-", "-o", out], stdin=subprocess.PIPE) as convert:
                    assert convert.stdin
                    convert.stdin.write(self.dump.read_bytes()[:-100])
                    convert.stdin.flush()
                    time.sleep(0.1)
                    convert.send_signal(number)
                self.assertEqual(convert.returncode, -number)
                self.assertEqual((list(Path(folder).iterdir()), out.read_text()), ([out], "earlier"))

    def test_an_output_that_is_not_a_regular_file_is_written_directly(self) -> None:
        whole = run("convert", self.dump, "-o", "-").stdout
        for out in ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"):
            self.assertEqual(run("convert", self.dump, "-o", out).stdout, whole, out)
            with tempfile.TemporaryFile() as file:
                subprocess.run([HSTRACE, "convert", self.dump, "-o", out], stdout=file, check=True, timeout=60)
                file.seek(0)
                self.assertEqual(file.read(), whole, out)

    def test_messages_do_not_end_up_in_the_output_file(self) -> None:
        dump, out = Path(self.folder.name) / "untimed.hst", Path(self.folder.name) / "out"
        subprocess.run([SYNTHETIC, "--slots=3", "--harts=1", dump], check=True, capture_output=True)
        for form in ("csv", "json"):
            for closed in ("2>&-", "1>&- 2>&-", "0<&- 1>&- 2>&-"):
                subprocess.run(f"{HSTRACE} convert {dump} -f {form} -o {out} {closed}", shell=True)
                self.assertNotIn("hstrace", out.read_text(), closed)

    def test_a_relative_path_is_relative_to_where_bazel_run_was_typed(self) -> None:
        command = [str(Path(HSTRACE).absolute()), "info", self.dump.name]
        for folder, code in ((self.folder.name, 0), (str(Path(HSTRACE).parent.absolute()), 1)):
            typed_in = {"BUILD_WORKING_DIRECTORY": folder}
            self.assertEqual(subprocess.run(command, env=typed_in, cwd="/", capture_output=True).returncode, code)

    def test_info_prints_the_same_for_a_file_and_for_a_pipe(self) -> None:
        by_file = run("info", "--json", self.dump)
        by_pipe = run("info", "--json", "-", stdin=self.dump.read_bytes())
        self.assertEqual((by_file.returncode, by_file.stderr), (0, b""))
        self.assertEqual(by_file.stdout, by_pipe.stdout)
        info = json.loads(by_file.stdout)
        self.assertEqual(len(info["harts"]), 3)
        for hart in info["harts"]:
            self.assertEqual(hart["slots"] + hart["lost"], hart["next"])

    def test_file_names_in_json_are_valid_utf8(self) -> None:
        for name, wanted in ((b"\xc3\xbc \"b\\.hst", 'ü "b\\.hst'), (b"\xff\n\x7f.hst", "\\xff\n\x7f.hst")):
            dump = os.path.join(os.fsencode(self.folder.name), name)
            os.link(self.dump, dump)
            said = subprocess.run([HSTRACE, "merge", "--json", dump, "-o", "/dev/null"], capture_output=True, check=True)
            self.assertTrue(json.loads(said.stdout)["harts"][0]["file"].endswith(f"/{wanted}"), said.stdout)

    def test_info_lists_the_modules_with_their_numbers(self) -> None:
        text = run("info", self.dump).stdout.decode()
        self.assertIn("modules: 1 offload 2 boot_counter 3 trace\n", text)

    def test_check_accepts_a_good_dump_and_prints_how_much_is_lost(self) -> None:
        result = run("check", "--json", "--max=set_timer=1000000", self.dump)
        self.assertEqual(result.returncode, 0, result.stderr)
        checked = json.loads(result.stdout)
        self.assertTrue(checked["good"])
        self.assertGreater(checked["lost"], 0)
        self.assertEqual(run("check", "--complete", self.dump).returncode, 1)

    def test_check_counts_losses_that_only_the_statistics_show(self) -> None:
        dump = Path(self.folder.name) / "full.hst"
        made = subprocess.run([SYNTHETIC, "--discard", "--full", dump], check=True, capture_output=True)
        result = run("check", "--json", "--complete", dump)
        self.assertEqual((result.returncode, json.loads(result.stdout)["lost"]), (1, json.loads(made.stdout)["lost"]))

    def test_an_exceeded_budget_exits_with_code_1(self) -> None:
        result = run("check", "--json", "--max=set_timer=1", self.dump)
        self.assertEqual(result.returncode, 1)
        budget = json.loads(result.stdout)["budgets"][0]
        self.assertEqual(budget["over"], budget["exits"])

    def test_messages_about_damage_have_the_file_the_offset_and_the_section(self) -> None:
        data = self.dump.read_bytes()
        for at in range(0, len(data), 4099):
            changed = self.damaged(data[:at] + bytes([data[at] ^ 0x40]) + data[at + 1 :])
            for command in ("info", "check"):
                result = run(command, changed)
                self.assertEqual(result.returncode, 1, at)
                pattern = rf"^hstrace {command}: {changed}: offset 0x[0-9a-f]+: [^:]+: .+"
                self.assertRegex(result.stderr.decode(), pattern, at)
                self.assertEqual(run(command, "--salvage", changed).returncode, 0, at)

    def test_a_cut_dump_is_reported_as_cut(self) -> None:
        data = self.dump.read_bytes()
        for size in range(1, len(data), 5003):
            result = run("info", self.damaged(data[:size]))
            self.assertEqual(result.returncode, 1, size)
            self.assertIn(b"cut", result.stderr, size)

    def test_a_missing_file_or_one_that_is_not_a_dump_exits_with_code_1(self) -> None:
        for path in ("/nonexistent/file", "/", "/dev/null", HSTRACE):
            for command in (["info"], ["check"], ["live", "--wait=0", "-o", "/dev/null", "--memory"]):
                result = run(*command, path)
                self.assertEqual(result.returncode, 1, (command, path))
                self.assertTrue(result.stderr.startswith(b"hstrace "), result.stderr)

    def test_a_log_without_a_dump_exits_with_code_1(self) -> None:
        result = run("extract", "-o", "/dev/null", "-", stdin=b"nothing here\n<hst:neither here>\n")
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"no dump of hv", result.stderr)

    def test_a_full_disk_is_reported(self) -> None:
        result = run("check", self.dump)
        with Path("/dev/full").open("wb") as full:
            failed = subprocess.run([HSTRACE, "info", str(self.dump)], stdout=full, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual((result.returncode, failed.returncode), (0, 1))
        self.assertIn(b"stdout: cannot write", failed.stderr)
        convert = run("convert", self.dump, "-o", "/dev/full")
        self.assertEqual(convert.returncode, 1)
        self.assertIn(b"/dev/full: cannot write: No space left", convert.stderr)

    def test_a_conversion_prints_no_counts_if_its_output_could_not_be_written(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for form in ("pftrace", "csv", "json"):
                for options in ("", "--json"):
                    command = [HSTRACE, "convert", str(self.dump), "-f", form, "-o", f"{folder}/out", *options.split()]
                    result = subprocess.run(command, capture_output=True, preexec_fn=small_files, timeout=60)
                    self.assertEqual((result.returncode, result.stdout), (1, b""), (form, options))
                    self.assertIn(b"cannot write", result.stderr)

    def test_a_conversion_ends_when_the_disk_is_full(self) -> None:
        dump = Path(self.folder.name) / "long.hst"
        subprocess.run([SYNTHETIC, "--slots=400000", dump], check=True, capture_output=True)
        part = dump.read_bytes()[: dump.stat().st_size * 3 // 4]
        for form in ("pftrace", "csv", "json"):
            command = [HSTRACE, "convert", "-", "-f", form, "-o", "/dev/full"]
            # The pipe stays open, but no further data comes through it. The program must end because the disk is full.
            with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as convert:
                assert convert.stdin and convert.stderr
                with contextlib.suppress(BrokenPipeError):
                    convert.stdin.write(part)
                    convert.stdin.flush()
                self.assertEqual(convert.wait(300), 1)
                self.assertIn(b"/dev/full: cannot write: No space left", convert.stderr.read())
                with contextlib.suppress(BrokenPipeError):
                    convert.stdin.close()


if __name__ == "__main__":
    unittest.main()
