"""Uses run_qemu to run firmwares of a few instructions, on the bare machine and under hv. Tests the exit codes, the
results and the time-out."""

import contextlib
import io
import json
import os
import struct
import subprocess
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from analysis import functions_figure, ipi_figure
from benchmarks import run_qemu
from benchmarks.results.files import LEFT
from benchmarks.results.outputs import CONSOLE, FTRACE_BUFFERS, GUEST_DUMP, RESULT
from cli.failure import Failure
from machines import kernel_symbols
from machines.elf import Segment, executable
from machines.recording import DUMP, hstrace

FINISHER = 0x100000
UART = 0x10000000
PASS, FAIL = 0x5555, 0x3333
TEST_EID = 0x08475BCD

T0, T1, A6, A7 = 5, 6, 16, 17
CSRR_T1_MSCRATCH = 0x34002373
SW_T1_T0 = 0x0062A023
SB_T1_T0 = 0x00628023
ECALL = 0x00000073
LOOP = 0x0000006F


def load(register: int, value: int) -> list[int]:
    """Returns a lui and an addiw that load a positive 31-bit value into a register."""
    upper, lower = (value + 0x800) >> 12 & 0xFFFFF, value & 0xFFF
    return [upper << 12 | register << 7 | 0x37, lower << 20 | register << 15 | register << 7 | 0x1B]


def code(words: list[int]) -> bytes:
    """Returns the instructions, followed by an endless loop."""
    return struct.pack(f"<{len(words) + 1}I", *words, LOOP)


def finish(value: int) -> list[int]:
    """Returns the instructions that write `value` to the test finisher."""
    return [*load(T0, FINISHER), *load(T1, value), SW_T1_T0]


def finish_with(value: int) -> bytes:
    """Returns a firmware that writes `value` to the test finisher."""
    return code(finish(value))


def at_start(firmware: bytes) -> bytes:
    """Returns an ELF file with the instructions @p firmware, linked at the start of memory."""
    return executable(0x80000000, [Segment(0x80000000, firmware, len(firmware))])


def print_and_finish(text: str, value: int = PASS) -> bytes:
    """Returns a firmware that prints a text and then ends the run."""
    words = load(T0, UART)
    for byte in text.encode():
        words += [byte << 20 | T1 << 7 | 0x13, SB_T1_T0]
    return code([*words, *finish(value)])


def call_host(text: str) -> bytes:
    """Returns a firmware that prints a text by semihosting and then ends the run. The code and the trap handler are in
    the first 256 bytes, and the text follows after them."""
    set_trap = [0x00000297, 0x0C028293, 0x30529073]  # auipc t0, 0; addi t0, t0, TRAP; csrw mtvec, t0
    set_text = [0x00000597, 0x0F458593]  # auipc a1, 0; addi a1, a1, TEXT - 12
    call = [0x00400513, 0x01F01013, 0x00100073, 0x40705013]  # li a0, SYS_WRITE0; the three instructions of a semihosting call
    main = code([*set_trap, *set_text, *call, *finish(PASS)]).ljust(0xC0, b"\0")
    return (main + code(finish(FAIL | 9 << 16))).ljust(0x100, b"\0") + text.encode() + b"\0"


def call_test(function: int) -> bytes:
    """Returns a firmware that ends the run with an ecall that hv provides for tests."""
    return code([*load(A7, TEST_EID), *load(A6, function), ECALL])


class Errors(io.TextIOWrapper):
    """What a run prints to stderr."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), write_through=True)

    @property
    def text(self) -> str:
        """The messages, without the lines about the memory layout and the files."""
        beside = ("layout: ", "files: ", "the timeline: ")
        return "".join(line for line in self.whole.splitlines(True) if not line.startswith(beside))

    @property
    def whole(self) -> str:
        """All messages."""
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode()


class Running(unittest.TestCase):
    """Tests with firmwares that must behave in the same way on the bare machine and under hv."""

    how = ["--bare"]
    mode = "bare"

    def setUp(self) -> None:
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def run_firmware(self, firmware: bytes, *arguments: str, how: list[str] | None = None) -> int:
        """Runs a firmware in a temporary directory that stands for the user's current directory. Stores the text on
        stderr in self.said."""
        (self.directory / "firmware.bin").write_bytes(firmware)
        user = {"BUILD_WORKING_DIRECTORY": str(self.directory)}
        self.said = Errors()
        with mock.patch.dict(os.environ, user), contextlib.redirect_stderr(self.said):
            return run_qemu.run_firmware(["--firmware=firmware.bin", *(self.how if how is None else how), *arguments])

    def test_a_firmware_that_reports_success_ends_with_0(self) -> None:
        self.assertEqual(self.run_firmware(finish_with(PASS)), 0)

    def test_a_code_that_the_guest_writes_to_the_test_finisher_is_the_exit_code(self) -> None:
        self.assertEqual(self.run_firmware(finish_with(FAIL | 77 << 16)), 77)

    def test_a_firmware_that_hangs_ends_with_124(self) -> None:
        self.assertEqual(self.run_firmware(code([]), "--timeout=1"), 124)

    def test_a_wrong_qemu_argument_is_a_usage_error(self) -> None:
        self.assertEqual(self.run_firmware(finish_with(PASS), "--", "-cpu", "no-such-model"), 2)

    def test_a_relative_out_directory_starts_where_the_command_was_typed(self) -> None:
        self.assertEqual(self.run_firmware(finish_with(FAIL | 5 << 16), "--out=results"), 5)
        result = json.loads((self.directory / "results" / "result.json").read_text())
        self.assertEqual((result["status"], result["mode"]), ("failed", self.mode))
        self.assertTrue((self.directory / "results" / "console.log").exists())

    def test_without_out_the_files_go_to_out_run_qemu_and_earlier_files_are_kept(self) -> None:
        for _ in range(2):
            self.assertEqual(self.run_firmware(finish_with(PASS)), 0)
        for name in ("run_qemu", "run_qemu.1"):
            self.assertTrue((self.directory / "out" / name / "result.json").exists())
        self.assertIn(f"files: {self.directory}/out/run_qemu: result.json, console.log", self.said.whole)

    def test_a_fault_in_the_kernels_log_fails_a_run_that_ends_with_0(self) -> None:
        oops = print_and_finish("[    1.000000] Oops - load access fault [#1]\n")
        self.assertEqual(self.run_firmware(oops, "--out=results"), 1)
        self.assertIn("the kernel's log shows a fault: [    1.000000] Oops - load access fault [#1]", self.said.text)
        self.assertEqual(json.loads((self.directory / "results/result.json").read_text())["status"], "failed")
        self.assertEqual(self.run_firmware(oops, "--ignore-kernel-log"), 0)

    def test_relative_paths_in_qemus_arguments_start_where_the_command_was_typed(self) -> None:
        self.assertEqual(self.run_firmware(finish_with(PASS), "--", "-d", "int", "-D", "own.log"), 0)
        self.assertTrue((self.directory / "own.log").exists())

    def test_the_firmware_can_use_semihosting(self) -> None:
        how = ["-semihosting"] if self.mode == "bare" else ["-semihosting-config", "enable=on,userspace=on"]
        self.assertEqual(self.run_firmware(call_host("by semihosting\n"), "--", *how), 0)
        self.assertEqual(self.said.text, "by semihosting\n")

    def test_counters_work_with_numa_nodes_from_the_runner_or_from_qemus_arguments(self) -> None:
        own = ["-object", "memory-backend-ram,id=m0,size=64M", "-object", "memory-backend-ram,id=m1,size=64M"]
        own += ["-numa", "node,nodeid=0,memdev=m0,cpus=0-1", "-numa", "node,nodeid=1,memdev=m1,cpus=2-3"]
        for arguments in (["--numa-nodes=2"], ["--", *own]):
            self.assertEqual(self.run_firmware(finish_with(PASS), "--harts=4", "--out=results", *arguments), 0, self.said.text)
            exits = json.loads((self.directory / "results/result.json").read_text())["exits"]
            counted = [hart["hart"] for hart in exits["by_hart"]] if exits else None
            self.assertEqual(counted, None if self.mode == "bare" else [0, 1, 2, 3])

    def test_the_message_about_a_missing_payload_names_the_file(self) -> None:
        with self.assertRaisesRegex(Failure, "--payload: no file .*nowhere"):
            self.run_firmware(finish_with(PASS), "--payload=nowhere")


class RunningUnderHv(Running):
    how: list[str] = []
    mode = "hv"

    def test_the_result_names_the_image_and_counts_the_exits(self) -> None:
        self.assertEqual(self.run_firmware(finish_with(PASS), "--out=results", "--harts=2"), 0)
        result = json.loads((self.directory / "results" / "result.json").read_text())
        self.assertEqual(result["config"], "qemu_virt_trace")
        self.assertEqual(len(result["build_id"]), 40)
        self.assertRegex(result["versions"]["compiler"], r"^gcc \d+\.\d+")
        self.assertEqual([hart["hart"] for hart in result["exits"]["by_hart"]], [0, 1])

    def test_semihosting_without_userspace_is_a_breakpoint_and_the_message_names_the_remedy(self) -> None:
        self.assertEqual(self.run_firmware(call_host("by semihosting\n"), "--", "-semihosting"), 9)
        self.assertIn("only with -semihosting-config enable=on,userspace=on", self.said.text)

    def test_a_machine_that_hv_refuses_ends_with_3(self) -> None:
        self.assertEqual(self.run_firmware(finish_with(PASS), "--", "-cpu", "rv64,pmp=off"), 3)

    def test_hvs_ecall_ends_the_run_with_0_or_1(self) -> None:
        debug = ["--config=qemu_virt_debug"]
        self.assertEqual(self.run_firmware(call_test(1), how=debug), 0)
        self.assertEqual(self.run_firmware(call_test(0), how=debug), 1)

    def test_more_harts_than_the_image_supports_are_refused(self) -> None:
        with self.assertRaisesRegex(Failure, "max_harts = 8, but --harts=9: use --config=qemu_virt_trace_many, or raise max_harts"):
            self.run_firmware(finish_with(PASS), "--harts=9")
        with self.assertRaisesRegex(Failure, "max_harts = 64, but --harts=65$"):
            self.run_firmware(finish_with(PASS), "--harts=65", how=["--config=qemu_virt_counters"])

    def test_a_traced_run_leaves_the_same_files_as_a_boot(self) -> None:
        firmware = code([CSRR_T1_MSCRATCH] * 20 + finish(PASS))
        self.assertEqual(self.run_firmware(firmware, "--out=results"), 0)
        left = {path.name for path in (self.directory / "results").iterdir()}
        only_of_linux = {name for name in LEFT if name.startswith((GUEST_DUMP, FTRACE_BUFFERS, kernel_symbols.LIST, functions_figure.NAME, ipi_figure.NAME))}
        self.assertEqual(left, {*LEFT, CONSOLE} - only_of_linux)
        self.assertIn(f"\nthe timeline: bazel run //trace:view -- {self.directory}/results/trace.pftrace\n", self.said.whole)
        stat = subprocess.run([hstrace(), "stat", "--json", self.directory / "results" / DUMP], check=True, capture_output=True)
        result = json.loads((self.directory / "results" / "result.json").read_text())
        self.assertEqual(json.loads(stat.stdout)["exits"], result["exits"]["total"])
        self.assertGreaterEqual(result["exits"]["by_cause"]["illegal_instruction"], 20)

    def test_a_trigger_fires_while_the_guest_runs_and_the_dump_has_it(self) -> None:
        firmware = code([CSRR_T1_MSCRATCH] * 20 + finish(PASS))
        for name, out in (("mscratch", "results"), ("sfence.vma", "without")):  # the firmware does not execute the second
            self.run_firmware(firmware, f"--trigger=exit.detail={name}", "--before=1ms", f"--out={out}")
        self.assertIn("no trigger has fired", self.said.whole)
        dump = self.directory / "results" / DUMP
        told = json.loads(subprocess.run([hstrace(), "info", "--json", dump], check=True, capture_output=True).stdout)
        self.assertEqual([each["text"] for each in told["triggers"]], ["exit.detail=mscratch"])
        subprocess.run([hstrace(), "check", "--complete", dump], check=True, capture_output=True)
        self.assertFalse((self.directory / "without" / DUMP).exists())

    def test_a_wrong_trigger_is_refused_before_the_run(self) -> None:
        with self.assertRaisesRegex(Failure, "^--trigger: character 1: there is no event with this name: did you mean exit"):
            self.run_firmware(finish_with(PASS), "--trigger=exits.cycles>5", "--out=results")
        with self.assertRaisesRegex(Failure, "--before, --after and --buffer need --trigger"):
            self.run_firmware(finish_with(PASS), "--before=1", "--out=results")
        with self.assertRaisesRegex(Failure, "--trigger needs an hv with the module trace, such as --config=qemu_virt_trace"):
            self.run_firmware(finish_with(PASS), "--trigger=exit", "--out=results", how=["--bare"])
        self.assertFalse((self.directory / "results").exists())

    def test_a_failed_run_with_an_unusable_trace_lists_every_file_that_it_leaves_and_keeps_its_exit_code(self) -> None:
        unusable = mock.patch("machines.recording.convert", side_effect=Failure("the trace cannot be converted: damaged"))
        with unusable:
            failing = code([CSRR_T1_MSCRATCH] * 20 + finish(FAIL | 5 << 16))
            self.assertEqual(self.run_firmware(failing, "--out=results"), 5)
        directory = self.directory / "results"
        self.assertIn(f"the trace cannot be converted: damaged\nthe trace is kept: {directory / DUMP}\n", self.said.whole)
        listed = self.said.whole.partition(f"files: {directory}: ")[2].splitlines()[0].split(", ")
        self.assertEqual(sorted(listed), sorted(path.name for path in directory.iterdir()))
        self.assertTrue({RESULT, CONSOLE, DUMP, "exits_over_time.png"} <= set(listed), listed)
        self.assertNotIn("the timeline", self.said.whole)
        with unusable, self.assertRaisesRegex(Failure, "the trace cannot be converted: damaged"):
            self.run_firmware(finish_with(PASS), "--out=results")
        self.assertIn(DUMP, self.said.whole.partition(f"stopped; {directory} has ")[2])

    def test_a_configuration_without_the_module_trace_leaves_no_dump(self) -> None:
        self.assertEqual(self.run_firmware(finish_with(PASS), "--out=results", how=["--config=qemu_virt_counters"]), 0)
        self.assertFalse((self.directory / "results" / DUMP).exists())
        self.assertNotIn("the timeline", self.said.whole)

    def test_hv_is_loaded_above_a_firmware_at_the_start_of_memory_and_still_counts(self) -> None:
        for config in ("qemu_virt_counters", "qemu_virt_trace"):
            self.assertEqual(self.run_firmware(at_start(finish_with(PASS)), "--out=results", how=[f"--config={config}"]), 0)
            self.assertRegex(self.said.whole, rf"^layout: hv \({config}\) at 0x9.*; firmware firmware.bin at 0x80000000-0x80000018\n")
            result = json.loads((self.directory / "results/result.json").read_text())
            self.assertEqual((result["config"], len(result["exits"]["by_hart"])), (config, 1))

    def test_a_raw_firmware_runs_at_any_address(self) -> None:
        for address in ("0x80000000", "0x80300000", "0x90000000"):
            self.assertEqual(self.run_firmware(finish_with(FAIL | 9 << 16), f"--firmware-addr={address}"), 9)

    def test_hv_addr_may_be_any_address_that_does_not_overlap_the_firmware(self) -> None:
        self.assertEqual(self.run_firmware(finish_with(PASS), "--hv-addr=0x90000000"), 0)
        self.assertIn("layout: hv (qemu_virt_trace) at 0x90000000-0x91000000; firmware", self.said.whole)
        overlap = r"hv \(qemu_virt_trace\), 0x80000000-0x81000000, overlaps the firmware firmware.bin, 0x80200000-0x80200018"
        with self.assertRaisesRegex(Failure, overlap):
            self.run_firmware(finish_with(PASS), "--hv-addr=0x80000000")


if __name__ == "__main__":
    unittest.main()
