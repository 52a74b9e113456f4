"""Tests hstrace live on a file that stands for a guest's memory. The tests write a directory and rings to this file, as hv does."""

from __future__ import annotations

import fcntl
import json
import re
import resource
import signal
import struct
import subprocess
import tempfile
import termios
import time
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any

from trace.format.events import EVENTS
from trace.testing.elf_image import HV_NOTES, Function, elf
from trace.testing.live_guest import BASE, COUNT, DIRECTORY, DISCARD, HARTS, RINGS, SHUT_DOWN, Guest

HSTRACE = "trace/hstrace/hstrace"
MARK, EXIT = EVENTS["mark"].id, EVENTS["exit"].id
CAUGHT = re.compile(r"^SigCgt:\s*([0-9a-f]+)$", re.MULTILINE)  # a line of /proc/PID/status: a mask of signals, bit 0 is signal 1


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
        """Returns the numbers that the command prints for each hart. Also asserts that the dump is good, and that it contains the same
        numbers."""
        out, error = process.communicate(timeout=60)
        self.assertEqual((process.returncode, error), (0, b""))
        harts: list[dict[str, int]] = json.loads(out)["harts"]
        check = subprocess.run([HSTRACE, "check", self.dump], capture_output=True, timeout=60)
        self.assertEqual(check.returncode, 0, check.stderr + check.stdout)
        info = subprocess.run([HSTRACE, "info", "--json", self.dump], capture_output=True, check=True, timeout=60)
        for reported, there in zip(harts, json.loads(info.stdout)["harts"]):
            self.assertEqual((reported["read"], reported["lost"]), (there["slots"], there["lost"]))
            self.assertEqual(reported["emitted"], reported["read"] + reported["lost"] + reported["retained"])
        return harts

    def wait_until(self, condition: Callable[[], bool], message: str) -> None:
        """Waits until the condition is true. After about 10 seconds, the test fails with the message."""
        for _ in range(1000):
            if condition():
                return
            time.sleep(0.01)
        self.fail(message)

    def wait_for(self, guest: Guest) -> None:
        """Waits until the dump file exists."""
        self.wait_until(lambda: self.dump.exists() and self.dump.stat().st_size > 0, "nothing is recorded")

    def wait_for_handler(self, process: subprocess.Popen[bytes]) -> None:
        """Waits until the command catches SIGTERM. Before that, the signal would just end it."""
        def catches() -> bool:
            found = CAUGHT.search(Path(f"/proc/{process.pid}/status").read_text())
            return bool(found and int(found[1], 16) >> signal.SIGTERM - 1 & 1)

        self.wait_until(catches, "SIGTERM is not caught")

    def test_follow_records_everything_from_before_hv_appears_until_it_shuts_down(self) -> None:
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

    def test_recording_a_hung_guest_does_not_change_its_memory(self) -> None:
        guest = Guest(self.folder)
        guest.appear()
        guest.emit(0, 1000)
        guest.emit(1, 10, EXIT)
        guest.put(RINGS + 0x100 + 16, 5000)  # an exit that has begun and never ends
        before = bytes(guest.memory)
        harts = self.finish(self.start(guest))
        self.assertEqual([hart["read"] for hart in harts], [COUNT - 8, 10])
        self.assertEqual(harts[0]["lost"], 1000 - COUNT + 8)
        self.assertEqual(before, bytes(guest.memory))
        info = subprocess.run([HSTRACE, "info", "--json", self.dump], capture_output=True, check=True)
        in_flight = [hart["statistics"]["in_flight"] for hart in json.loads(info.stdout)["harts"]]
        self.assertEqual(in_flight, [0, 5000])

    def test_hv_is_found_at_its_link_address_at_its_load_address_or_by_its_magic(self) -> None:
        config = self.folder / "config.json"
        config.write_text("{}")
        for base, given in ((BASE + DIRECTORY - 0x1000, ""), (0x70000000, f"@{BASE + DIRECTORY - 0x1000:#x}"), (0x70000000, "")):
            with self.subTest(f"linked at {base:#x}", given=given):
                image = self.folder / "hv.elf"
                directory = Function(b"hartscope_directory", base + 0x1000, 16)
                image.write_bytes(elf([Function(b"_start", base, 16), directory], notes=HV_NOTES))
                guest = Guest(self.folder)
                guest.appear()
                guest.emit(0, 7)
                # If the address is given, a search must not happen. A search would find this copy of the directory first.
                if given:
                    guest.memory[0x2000:0x3000] = guest.memory[DIRECTORY : DIRECTORY + 0x1000]
                    guest.put(0x2000 + 152, BASE + 0x1000)
                harts = self.finish(self.start(guest, f"--elf={image}{given}", f"--config={config}"))
                self.assertEqual(harts[0]["read"], 7)

    def test_with_a_load_address_hv_is_not_searched_anywhere_else(self) -> None:
        image = self.folder / "hv.elf"
        directory = Function(b"hartscope_directory", BASE + DIRECTORY, 16)
        image.write_bytes(elf([Function(b"_start", BASE, 16), directory], notes=HV_NOTES))
        (self.folder / "config.json").write_text("{}")
        guest = Guest(self.folder)
        guest.appear()
        process = self.start(guest, f"--elf={image}@{BASE + 0x8000:#x}", f"--config={self.folder / 'config.json'}", "--wait=0")
        _, error = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1)
        self.assertIn(b"its magic is not there", error)

    def test_a_signal_ends_the_recording_with_a_good_dump(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            self.dump.unlink(missing_ok=True)
            guest = Guest(self.folder)
            guest.appear()
            guest.emit(0, 100)
            process = self.start(guest, "--follow")
            self.wait_for(guest)
            process.send_signal(number)
            self.assertEqual(self.finish(process)[0]["read"], 100)

    def test_a_guest_that_ran_between_two_polls_is_recorded_after_the_signal(self) -> None:
        guest = Guest(self.folder)
        process = self.start(guest, "--follow")
        self.wait_for_handler(process)
        process.send_signal(signal.SIGSTOP)
        guest.emit(0, 20)
        guest.appear()
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGCONT)
        self.assertEqual(self.finish(process)[0]["read"], 20)

    def test_a_signal_while_the_pipe_is_full_loses_nothing(self) -> None:
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
        for _ in range(2):  # the first signal arrives in the middle of a write
            process.send_signal(signal.SIGTERM)
            time.sleep(0.1)
        dump, error = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, error)
        check = subprocess.run([HSTRACE, "check", "-"], input=dump, capture_output=True, timeout=60)
        self.assertEqual(check.returncode, 0, check.stderr)

    def boots(self, process: subprocess.Popen[bytes]) -> tuple[list[dict[str, Any]], str]:
        """Returns the data that the command prints for each boot, and the command's messages. Also asserts that the dumps are good."""
        out, error = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, error)
        boots = [json.loads(line) for line in out.splitlines()]
        for boot in boots:
            for hart in boot["harts"]:
                self.assertEqual(hart["emitted"], hart["read"] + hart["lost"] + hart["retained"])
                self.assertGreaterEqual(min(hart.values()), 0)
            check = subprocess.run([HSTRACE, "check", boot["dump"]], capture_output=True, timeout=60)
            self.assertEqual(check.returncode, 0, check.stderr + check.stdout)
        return boots, error.decode()

    def wait_for_slots(self, hart: int, dump: Path, slots: int) -> None:
        """Waits until a dump that is being written contains at least `slots` slots of the hart."""
        def has_slots() -> bool:
            info = subprocess.run([HSTRACE, "info", "--json", "--salvage", dump], capture_output=True, timeout=60)
            harts = json.loads(info.stdout)["harts"] if info.returncode == 0 else []
            return bool(harts) and harts[hart]["slots"] >= slots

        self.wait_until(has_slots, f"{slots} slots are not recorded")

    def test_a_reboot_ends_the_recording_even_if_the_recorder_was_stopped_meanwhile(self) -> None:
        # The first two columns are the numbers of the two boots; None if hv does not number its boots. The third column is the number
        # of slots that the second boot writes. It may write fewer slots than were read, or more, or more than fit into the ring. In
        # the last case, only the numbers of the boots show that the guest has restarted.
        for first, second, slots in ((None, None, 5), (None, None, 100), (7, 9, 5), (7, 9, 100), (7, 9, 1000)):
            self.dump.unlink(missing_ok=True)
            guest = Guest(self.folder)
            guest.appear(first)
            process = self.start(guest, "--follow")
            guest.emit(0, 50)
            self.wait_for_slots(0, self.dump, 50)
            process.send_signal(signal.SIGSTOP)
            guest.disappear()
            guest.emit(0, slots)
            guest.appear(second)
            process.send_signal(signal.SIGCONT)
            (boot,), error = self.boots(process)
            self.assertIn("the guest has restarted", error)
            self.assertEqual((boot["restarted"], boot["harts"][0]["read"]), (True, 50))
            self.assertEqual(boot["harts"][0]["emitted"], 50)

    def test_follow_reboots_writes_a_dump_for_each_boot(self) -> None:
        guest = Guest(self.folder)
        process = self.start(guest, "--follow=reboots", "--interval=100")
        for boot in range(1, 5):
            guest.appear(boot)
            guest.emit(1, 10 * boot)
            dump = self.dump if boot == 1 else self.folder / f"trace.{boot}.hst"
            self.wait_for_slots(1, dump, 10 * boot)
            if boot == 2:
                guest.set_state(SHUT_DOWN)  # here hv shuts down before the machine is reset
                time.sleep(0.1)
            if boot < 4:
                guest.disappear()
        process.send_signal(signal.SIGINT)
        boots, error = self.boots(process)
        self.assertEqual([boot["boot"] for boot in boots], [1, 2, 3, 4])
        self.assertEqual([boot["harts"][1]["read"] for boot in boots], [10, 20, 30, 40])
        self.assertEqual([boot["restarted"] for boot in boots], [True, False, True, False])
        self.assertEqual(error.count("the guest has restarted"), 2)

    def test_the_text_summary_says_why_the_recording_ended(self) -> None:
        for state, wanted in ((SHUT_DOWN, "hv has shut down"), (4, "hv has panicked"), (None, "")):
            self.dump.unlink(missing_ok=True)
            guest = Guest(self.folder)
            guest.appear()
            command: list[str | Path] = [HSTRACE, "live", f"--memory={guest.path}", "-o", self.dump, "--follow"]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
                self.wait_for(guest)
                if state is None:
                    process.terminate()
                else:
                    guest.set_state(state)
                said, _ = process.communicate(timeout=60)
            wanted_lines = HARTS + (state is not None)
            self.assertEqual((process.returncode, len(said.splitlines())), (0, wanted_lines), said)
            self.assertIn(wanted, said.splitlines()[-1])

    def test_a_new_memory_file_with_the_same_name_is_another_run(self) -> None:
        for option, boots in (("--follow", 1), ("--follow=reboots", 2)):
            guest = Guest(self.folder)
            guest.appear()
            guest.emit(0, 30)
            process = self.start(guest, option)
            self.wait_for_slots(0, self.dump, 30)
            guest.path.unlink()
            second = Guest(self.folder)
            second.emit(0, 40)
            second.appear()
            if boots == 2:
                self.wait_for_slots(0, self.folder / "trace.2.hst", 40)
                process.send_signal(signal.SIGTERM)
            recorded, error = self.boots(process)
            self.assertEqual([boot["harts"][0]["read"] for boot in recorded], [30, 40][:boots])
            self.assertIn("memory is now another file", error)
            self.dump.unlink()

    def test_a_memory_file_that_is_replaced_before_hv_appears_is_followed(self) -> None:
        process, first = self.start(Guest(self.folder), "--follow"), self.folder / "ram"
        self.wait_until(lambda: str(first) in Path(f"/proc/{process.pid}/maps").read_text(), "the memory is not mapped")
        first.unlink()
        guest = Guest(self.folder)
        guest.emit(0, 20)
        guest.appear()
        self.wait_for_slots(0, self.dump, 20)
        guest.set_state(SHUT_DOWN)
        self.assertEqual(self.finish(process)[0]["read"], 20)

    def test_a_recording_that_cannot_begin_keeps_the_earlier_dump(self) -> None:
        guest = Guest(self.folder)
        guest.appear()
        guest.put(DIRECTORY + 56 + 8 * 12, 0)  # the guest then has no rings
        self.dump.write_text("earlier")
        process = self.start(guest, "--follow")
        process.communicate(timeout=60)
        self.assertEqual((process.returncode, self.dump.read_text()), (1, "earlier"))

    def test_only_a_consumer_frees_the_slots_that_it_has_read(self) -> None:
        for option, tail in (("--interval=1", 0), ("--consume", 16 * 100)):
            guest = Guest(self.folder, DISCARD)
            guest.appear()
            guest.emit(0, 100)
            self.assertEqual(self.finish(self.start(guest, option))[0]["read"], 100)
            self.assertEqual(guest.word(RINGS + 6 * 8), tail)

    def test_a_guest_without_hv_or_without_rings_is_reported(self) -> None:
        guest = Guest(self.folder)
        process = self.start(guest, "--wait=0")
        _, error = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1)
        self.assertIn(b"it contains no directory of hv", error)
        guest.appear()
        guest.put(DIRECTORY + 56 + 8 * 12, 0)
        process = self.start(guest)
        _, error = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1)
        self.assertIn(b"without module trace", error)

    def test_an_elf_file_without_the_notes_of_hv_is_reported_even_if_a_configuration_is_given(self) -> None:
        guest, image, config = Guest(self.folder), self.folder / "hv.elf", self.folder / "config.json"
        guest.appear()
        image.write_bytes(elf([Function(b"hartscope_directory", BASE + DIRECTORY, 16)]))
        config.write_text("{}")
        process = self.start(guest, f"--elf={image}", f"--config={config}")
        _, error = process.communicate(timeout=60)
        self.assertEqual((process.returncode, self.dump.exists()), (1, False))
        self.assertIn(b"hv.elf: not hv's ELF file", error)

    def test_an_empty_configuration_is_reported(self) -> None:
        guest, empty = Guest(self.folder), self.folder / "empty.json"
        guest.appear()
        empty.touch()
        process = self.start(guest, f"--config={empty}")
        _, error = process.communicate(timeout=60)
        self.assertEqual((process.returncode, self.dump.exists()), (1, False))
        self.assertIn(b"empty.json: it is empty", error)

    def test_no_summary_is_printed_if_the_dump_could_not_be_written(self) -> None:
        guest = Guest(self.folder)
        guest.appear()
        guest.emit(0, 100)

        def small_files() -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

        command = [HSTRACE, "live", f"--memory={guest.path}", "-o", str(self.dump)]
        done = subprocess.run(command, capture_output=True, preexec_fn=small_files, timeout=60)
        self.assertEqual((done.returncode, done.stdout, self.dump.exists()), (1, b"", False))
        self.assertIn(b"cannot write", done.stderr)

    def test_a_memory_file_that_shrinks_during_the_recording_is_reported(self) -> None:
        guest = Guest(self.folder)
        guest.appear()
        process = self.start(guest, "--follow", "--interval=100")
        guest.emit(1, 100)
        self.wait_for(guest)
        with guest.path.open("r+b") as file:
            file.truncate(0)
        _, error = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1)
        self.assertIn(b"the guest's memory file has become shorter", error)


if __name__ == "__main__":
    unittest.main()
