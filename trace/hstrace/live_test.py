"""hstrace live on a memory file that this test lays out and writes, as hv does in a guest."""

from __future__ import annotations

import fcntl
import json
import mmap
import signal
import struct
import subprocess
import tempfile
import termios
import time
import unittest
from pathlib import Path

HSTRACE = "trace/hstrace/hstrace"
BASE = 0x80000000
SIZE = 1 << 20
DIRECTORY, RINGS, SLOTS = 0x5000, 0x6000, 0x8000
COUNT = 256
HARTS = 2
RUNNING, SHUT_DOWN = 1, 2
STATE = DIRECTORY + 8 + 8 + 24 + 8 + 8 + 7 * 8
OVERWRITE, DISCARD = 0, 1
ALL_EVENTS = 0x3FFE
MARK, EXIT = 10, 1


class Guest:
    """A guest's memory in a file."""

    def __init__(self, folder: Path, mode: int = OVERWRITE) -> None:
        self.path = folder / "ram"
        self.path.write_bytes(bytes(SIZE))
        with self.path.open("r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 0)
        self.heads = [0] * HARTS
        for hart in range(HARTS):
            slots = BASE + SLOTS + hart * COUNT * 16
            self.put(RINGS + hart * 0x100, 0, ALL_EVENTS, 0, slots, COUNT, mode, 0, 0, 0)

    def put(self, offset: int, *words: int) -> None:
        self.memory[offset : offset + 8 * len(words)] = struct.pack(f"<{len(words)}Q", *words)

    def word(self, offset: int) -> int:
        return int.from_bytes(self.memory[offset : offset + 8], "little")

    def appear(self) -> None:
        """Writes the directory, its magic last."""
        ids = BASE + 0x100
        fields = [ids, 8, 0, 0, 0, 0, 0, RUNNING, BASE, 0x200000, 0, 0, BASE + RINGS, 0x100]
        head = struct.pack("<II24sQII", 8 + 8 + 24 + 16 + 8 * 14, 1, bytes(24), 10_000_000, HARTS, 64)
        self.memory[DIRECTORY + 8 : DIRECTORY + 8 + len(head)] = head
        self.put(DIRECTORY + 8 + len(head), *fields)
        self.memory[DIRECTORY : DIRECTORY + 8] = b"hrtscope"

    def emit(self, hart: int, count: int, event: int = MARK) -> None:
        for _ in range(count):
            head = self.heads[hart]
            slot = SLOTS + (hart * COUNT + head % COUNT) * 16
            self.put(slot, 1000 + head | event << 48, head if event == MARK else 0)
            self.heads[hart] = head + 1
            self.put(RINGS + hart * 0x100, 16 * self.heads[hart])

    def set_state(self, state: int) -> None:
        self.put(STATE, state)


class LiveTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.dump = self.folder / "trace.hst"

    def start(self, guest: Guest, *options: str) -> subprocess.Popen[bytes]:
        command = [HSTRACE, "live", f"--memory={guest.path}", "-o", str(self.dump), "--json", *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def finish(self, process: subprocess.Popen[bytes]) -> list[dict[str, int]]:
        """What the command tells of each hart, after seeing that the dump is good and says the same."""
        out, error = process.communicate(timeout=60)
        self.assertEqual((process.returncode, error), (0, b""))
        harts: list[dict[str, int]] = json.loads(out)["harts"]
        check = subprocess.run([HSTRACE, "check", self.dump], capture_output=True, timeout=60)
        self.assertEqual(check.returncode, 0, check.stderr + check.stdout)
        info = subprocess.run([HSTRACE, "info", "--json", self.dump], capture_output=True, check=True, timeout=60)
        for told, there in zip(harts, json.loads(info.stdout)["harts"]):
            self.assertEqual((told["read"], told["lost"]), (there["slots"], there["lost"]))
            self.assertEqual(told["emitted"], told["read"] + told["lost"] + told["retained"])
        return harts

    def wait_for(self, guest: Guest) -> None:
        """Until the dump has begun."""
        for _ in range(1000):
            if self.dump.exists() and self.dump.stat().st_size:
                return
            time.sleep(0.01)
        self.fail("nothing is recorded")

    def test_all_is_recorded_from_before_hv_appears_until_it_shuts_down(self) -> None:
        guest = Guest(self.folder)
        process = self.start(guest, "--follow", "--interval=100")
        guest.emit(0, 50)
        guest.appear()
        self.wait_for(guest)
        for _ in range(20):
            guest.emit(1, 100)
            time.sleep(0.05)
        guest.set_state(SHUT_DOWN)
        harts = self.finish(process)
        self.assertEqual([hart["emitted"] for hart in harts], [50, 2000])
        self.assertEqual(harts[0]["read"], 50)
        self.assertGreater(harts[1]["read"], 200)

    def test_a_hung_guest_is_recorded_afterwards_without_a_change_of_its_memory(self) -> None:
        guest = Guest(self.folder)
        guest.appear()
        guest.emit(0, 1000)
        guest.emit(1, 10, EXIT)
        guest.put(RINGS + 0x100 + 16, 5000)  # an exit began, and never ended
        before = bytes(guest.memory)
        harts = self.finish(self.start(guest))
        self.assertEqual([hart["read"] for hart in harts], [COUNT - 8, 10])
        self.assertEqual(harts[0]["lost"], 1000 - COUNT + 8)
        self.assertEqual(before, bytes(guest.memory))
        info = subprocess.run([HSTRACE, "info", "--json", self.dump], capture_output=True, check=True)
        in_flight = [hart["statistics"]["in_flight"] for hart in json.loads(info.stdout)["harts"]]
        self.assertEqual(in_flight, [0, 5000])

    def test_a_signal_ends_the_recording_well(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            self.dump.unlink(missing_ok=True)
            guest = Guest(self.folder)
            guest.appear()
            guest.emit(0, 100)
            process = self.start(guest, "--follow")
            self.wait_for(guest)
            process.send_signal(number)
            self.assertEqual(self.finish(process)[0]["read"], 100)

    def test_a_signal_while_the_pipe_is_full_costs_nothing(self) -> None:
        guest = Guest(self.folder)
        guest.appear()
        command = [HSTRACE, "live", f"--memory={guest.path}", "-o", "-", "--follow", "--interval=100"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        assert process.stdout is not None
        there, same = 0, 0
        while same < 30:
            guest.emit(0, 200)
            time.sleep(0.01)
            before, there = there, struct.unpack("I", fcntl.ioctl(process.stdout, termios.FIONREAD, bytes(4)))[0]
            same = same + 1 if there and there == before else 0
        for _ in range(2):  # what the first interrupts has written a part
            process.send_signal(signal.SIGTERM)
            time.sleep(0.1)
        dump, error = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, error)
        check = subprocess.run([HSTRACE, "check", "-"], input=dump, capture_output=True, timeout=60)
        self.assertEqual(check.returncode, 0, check.stderr)

    def test_only_a_consumer_frees_what_it_has_read(self) -> None:
        for option, tail in (("--interval=1", 0), ("--consume", 16 * 100)):
            guest = Guest(self.folder, DISCARD)
            guest.appear()
            guest.emit(0, 100)
            self.assertEqual(self.finish(self.start(guest, option))[0]["read"], 100)
            self.assertEqual(guest.word(RINGS + 6 * 8), tail)

    def test_a_guest_without_hv_or_without_rings_is_told(self) -> None:
        guest = Guest(self.folder)
        process = self.start(guest, "--wait=0")
        _, error = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1)
        self.assertIn(b"there is no directory of hv in it", error)
        guest.appear()
        guest.put(DIRECTORY + 56 + 8 * 12, 0)
        process = self.start(guest)
        _, error = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1)
        self.assertIn(b"without module trace", error)

    def test_an_empty_configuration_is_told(self) -> None:
        guest, empty = Guest(self.folder), self.folder / "empty.json"
        guest.appear()
        empty.touch()
        process = self.start(guest, f"--config={empty}")
        _, error = process.communicate(timeout=60)
        self.assertEqual((process.returncode, self.dump.exists()), (1, False))
        self.assertIn(b"empty.json: cannot be read: it is empty", error)

    def test_a_memory_that_is_cut_while_it_is_followed_is_told(self) -> None:
        guest = Guest(self.folder)
        guest.appear()
        process = self.start(guest, "--follow", "--interval=100")
        guest.emit(1, 100)
        self.wait_for(guest)
        with guest.path.open("r+b") as file:
            file.truncate(0)
        _, error = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1)
        self.assertIn(b"the guest's memory has become shorter", error)


if __name__ == "__main__":
    unittest.main()
