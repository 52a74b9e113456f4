"""Rehearses the watching of a board: QEMU emulates one behind a serial line, and //benchmarks:board watches the line as a user
does. The arguments of this test are the emulated board, the watcher, and options for the emulated board."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any, ClassVar

from machines import recording

EMULATED, WATCHER, CONFIG, *MORE = sys.argv[1:]
DIRECTORY = Path(os.environ["TEST_TMPDIR"])
LINE = DIRECTORY / "tty"
OUT = Path(os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR") or DIRECTORY / "out")
COUNT = next((int(word.partition("=")[2]) for word in MORE if word.startswith("--harts=")), 4)
HARTS = [id_ + ("sifive_u" in CONFIG) for id_ in range(COUNT)]
NOISY = any(word.startswith("--noise") for word in MORE)
SENDS = any(word.startswith("--command") for word in MORE)
PHASES = ["hv", "firmware", "kernel", "init", *(["command", "shutdown"] if SENDS else [])]
SECONDS = 700

# What docs/boards.md lists. Only a guest's memory has kallsyms, from which exits_by_function.png is drawn.
FILES = {
    "console.log",
    "exits_by_cause.png",
    "exits_by_cause.svg",
    "exits_over_time.png",
    "hart_shares.png",
    "ipi_latency.png",
    "latency_by_cause.png",
    "result.json",
    "trace.hst",
    "trace.pftrace",
    "trace_figures.json",
}


def memory_of(process: int) -> list[str]:
    """Returns how /proc names the file with the guest's memory that a child of @p process, QEMU, has mapped."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    lines = [line for child in children for line in Path(f"/proc/{child}/maps").read_text().splitlines()]
    return sorted({line.split(maxsplit=5)[5] for line in lines if "/ram" in line})


class Rehearsal:
    """One run of the emulated board and the watcher. code, said and complaint come from the watcher."""

    def __init__(self) -> None:
        words = [EMULATED, CONFIG, f"--line={LINE}", *([] if SENDS else ["--append=hartscope_stop=init"]), *MORE]
        board = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert board.stdout
        try:
            print(board.stdout.readline(), end="")
            watcher = self._start_watcher()
            print(board.stdout.readline(), end="")
            self.memory = memory_of(board.pid)
            self.said, self.complaint = watcher.communicate(timeout=SECONDS + 60)
            self.code = watcher.returncode
            print(board.communicate(timeout=60)[0], self.said, self.complaint)
        finally:
            board.terminate()
            board.wait()

    @staticmethod
    def _start_watcher() -> subprocess.Popen[str]:
        power = f"--power=echo on > {LINE}.power"
        words = [WATCHER, CONFIG, f"--console={LINE}", power, f"--out={OUT}", "--ignore-kernel-log", f"--timeout={SECONDS}"]
        return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


class Board(unittest.TestCase):
    run_: ClassVar[Rehearsal]
    result: ClassVar[dict[str, Any]]

    @classmethod
    def setUpClass(cls) -> None:
        cls.run_ = Rehearsal()
        if cls.run_.code != 0:
            raise AssertionError(f"the watcher failed with exit code {cls.run_.code}: its output is above")
        cls.result = json.loads((OUT / "result.json").read_text())

    def test_nobody_can_open_the_memory_of_the_guest(self) -> None:
        self.assertEqual(len(self.run_.memory), 1)
        self.assertTrue(self.run_.memory[0].endswith("/ram (deleted)"), self.run_.memory[0])

    @unittest.skipIf(NOISY, "the noise may damage the line of a phase")
    def test_the_result_has_the_phases_that_the_console_shows(self) -> None:
        self.assertEqual([phase["name"] for phase in self.result["phases"]], PHASES)
        self.assertEqual(set(self.result["versions"]), {"compiler", "opensbi", "kernel"})

    def test_the_result_is_that_of_a_board_that_ended_well(self) -> None:
        self.assertEqual((self.result["machine"], self.result["status"], self.result["harts"]), ("board", "ok", COUNT))
        self.assertLessEqual({phase["name"] for phase in self.result["phases"]}, set(PHASES))
        self.assertEqual(self.result["line"]["bytes"], (OUT / "console.log").stat().st_size)

    def table(self) -> list[list[int]]:
        """Returns the counts of exits in the rows of the table that hv prints: of all harts, and of each hart."""
        console = (OUT / "console.log").read_text(errors="replace")
        table = console.split("exits by world and cause")[1].split("cycles in")[0]
        return [[int(word) for word in line.split()[2:]] for line in table.splitlines()[1:] if line.strip()]

    @unittest.skipIf(NOISY, "the noise may damage the table, which has no check sums")
    def test_the_exits_are_those_in_the_table_that_hv_prints(self) -> None:
        rows = self.table()
        self.assertGreater(len(rows), 4)
        self.assertEqual([sum(row[1:]) for row in rows], [row[0] for row in rows])
        by_hart = [sum(row[1 + hart] for row in rows) for hart in range(len(HARTS))]
        self.assertEqual({hart["hart"]: hart["total"] for hart in self.result["exits"]["by_hart"]}, dict(zip(HARTS, by_hart)))

    @unittest.skipIf(NOISY, "a result without counters has no figure of them")
    def test_the_run_leaves_the_files_that_boot_qemu_leaves(self) -> None:
        names = {path.name for path in OUT.iterdir()}
        without = {"ipi_latency.png"} if COUNT == 1 else set()
        self.assertEqual(names, FILES - without | ({"guest.hst"} if SENDS else set()))

    def test_what_is_left_of_the_trace_is_right_and_can_be_drawn(self) -> None:
        subprocess.run([str(recording.hstrace()), "check", str(OUT / recording.DUMP)], check=True, stdout=subprocess.DEVNULL)
        self.assertGreater((OUT / recording.PERFETTO).stat().st_size, 50_000)
        self.assertTrue((OUT / "latency_by_cause.png").exists())

    def test_the_result_says_what_the_line_has_lost(self) -> None:
        line = self.result["line"]
        if not NOISY:
            self.assertEqual((line["is_complete"], line["missing_slots"], line["problems"]), (True, 0, []))
            return
        self.assertEqual((line["is_complete"], line["missing_slots"] > 0), (False, True))
        self.assertRegex(" ".join(line["problems"]), r"\d+ slots are missing")
        for problem in line["problems"]:
            self.assertIn(f"warning: {problem}", self.run_.complaint)
        self.assertEqual(self.result["exits"] is None, "the counters at the end of the trace are damaged" in self.run_.complaint)

    @unittest.skipUnless(SENDS, "hsctl sends nothing in this run")
    def test_the_recording_of_hsctl_arrives_beside_the_trace_of_hv(self) -> None:
        (sent,) = self.result["line"]["files"]
        self.assertEqual((sent["file"], sent["is_complete"], sent["missing_lines"]), ("guest.hst", True, ""))
        subprocess.run([str(recording.hstrace()), "check", str(OUT / "guest.hst")], check=True, stdout=subprocess.DEVNULL)
        self.assertGreater(sent["bytes"], 1000)
        self.assertEqual((OUT / "guest.hst").stat().st_size, sent["bytes"])

    @unittest.skipUnless(NOISY, "without noise, the table is compared")
    def test_a_damaged_line_never_makes_a_wrong_count(self) -> None:
        """Compares with the rows of hv's table that are undamaged, because their sum is right."""
        if self.result["exits"] is None:
            return
        with contextlib.suppress(ValueError, IndexError):
            rows = self.table()
            if all(sum(row[1:]) == row[0] for row in rows):
                self.assertEqual(self.result["exits"]["total"], sum(row[0] for row in rows))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
