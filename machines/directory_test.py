"""Tests directory.py and the names of causes. The guest's memory comes from a C program, which uses hv's header."""

import tempfile
import unittest
from pathlib import Path

from cli.failure import Failure
from machines import directory
from machines import sample as samples
from machines.qemu_memory import RAM_START
from machines.directory import GuestMemory, MemoryMonitor
from machines.sample import BASE, COUNTERS, PHASES, STATE, VERSION
from trace.format import causes


def sample(*changes: tuple[tuple[int, str], int]) -> GuestMemory:
    """Returns the guest memory of the C program, with changed fields in hv's directory. @p changes contains the fields
    and their new values."""
    return GuestMemory(samples.sample(*changes), "sample")


def read(guest: GuestMemory) -> tuple[GuestMemory, directory.Directory]:
    found = directory.read_directory(guest, BASE)
    assert found is not None
    return guest, found


class Reading(unittest.TestCase):
    def test_fields_have_the_offsets_of_hvs_header(self) -> None:
        _, found = read(sample())
        self.assertEqual(found.build_id, bytes(range(20)).hex())
        self.assertEqual((found.timebase_hz, found.hart_count, found.max_harts), (10_000_000, 2, 64))
        self.assertEqual((found.state_name, found.hv_size, found.text_end), ("running", 0x200000, RAM_START + 0x2000))

    def test_memory_without_the_magic_has_no_directory_yet(self) -> None:
        self.assertIsNone(directory.read_directory(GuestMemory(bytes(0x10000), "test"), BASE))

    def test_a_directory_of_another_version_is_an_error(self) -> None:
        with self.assertRaisesRegex(Failure, "version 3"):
            read(sample((VERSION, 3)))

    def test_only_a_magic_at_the_start_of_a_page_marks_the_directory(self) -> None:
        memory = bytearray(samples.sample())
        memory[0x1008:0x1010] = memory[0x3000:0x3008]
        self.assertEqual(GuestMemory(bytes(memory), "test").find_directory(RAM_START, RAM_START + 0x10000), BASE)

    def test_the_counters_of_a_hart_are_the_sum_of_both_worlds(self) -> None:
        counters = directory.read_counters(*read(sample()))
        assert counters is not None
        self.assertEqual([hart.hart for hart in counters], [0, 5])
        self.assertEqual([sum(hart.exits) for hart in counters], [123, 8])
        self.assertEqual(vars(counters[1].cycles), {"hv": 11, "firmware": 21, "payload": 31, "asleep": 41})

    def test_an_image_without_the_module_that_counts_has_no_counters(self) -> None:
        self.assertIsNone(directory.read_counters(*read(sample((COUNTERS, 0)))))

    def test_a_pointer_outside_ram_is_an_error(self) -> None:
        with self.assertRaisesRegex(Failure, "outside the guest's RAM"):
            directory.read_counters(*read(sample((COUNTERS, 0x1000))))

    def test_phases_reached_so_far_have_times_and_exits(self) -> None:
        stamps = [vars(stamp) for stamp in directory.read_phases(*read(sample()))]
        expected = [{"name": "hv", "mtime": 1000, "exits": 0}, {"name": "firmware", "mtime": 3000, "exits": 5}]
        self.assertEqual(stamps, expected)

    def test_without_boot_counter_the_phases_follow_from_hvs_state(self) -> None:
        for state, names in ((0, ["hv"]), (1, ["hv", "firmware"])):
            stamps = directory.read_phases(*read(sample((PHASES, 0), (STATE, state))))
            self.assertEqual([(stamp.name, stamp.mtime) for stamp in stamps], [(name, None) for name in names])


class Monitoring(unittest.TestCase):
    """Tests of MemoryMonitor. At first, the file with the guest's memory does not exist, because the machine has not
    started."""

    def setUp(self) -> None:
        self.file = Path(self.enterContext(tempfile.TemporaryDirectory()), "ram")

    def assert_silent(self, monitor: MemoryMonitor) -> None:
        self.assertEqual((monitor.directory(), monitor.phases(), monitor.counters()), (None, [], None))

    def test_the_monitor_reports_nothing_until_hv_is_in_the_memory(self) -> None:
        monitor = MemoryMonitor(self.file, BASE)
        self.assert_silent(monitor)
        self.file.touch()
        self.assert_silent(monitor)
        self.file.write_bytes(samples.sample())
        found = monitor.directory()
        self.assertIsNotNone(found)
        self.assertEqual([phase.name for phase in monitor.phases()], ["hv", "firmware"])
        self.assertEqual(len(monitor.counters() or []), 2)

    def test_a_bare_run_reports_nothing_whatever_its_memory_contains(self) -> None:
        self.file.write_bytes(samples.sample())
        self.assert_silent(MemoryMonitor(self.file, None))


class Naming(unittest.TestCase):
    def test_exits_by_cause_have_the_manuals_names_and_sum_up_to_the_total(self) -> None:
        harts = directory.read_counters(*read(sample()))
        assert harts is not None
        total = [sum(counts) for counts in zip(*(hart.exits for hart in harts))]
        names = {"illegal_instruction": 107, "environment_call_from_s_mode": 21, "machine_timer_interrupt": 3}
        self.assertEqual(causes.by_cause(total), names)
        for hart in harts:
            self.assertEqual(sum(causes.by_cause(hart.exits).values()), sum(hart.exits))

    def test_no_two_causes_have_the_same_name(self) -> None:
        self.assertEqual(len({causes.cause_name(index) for index in range(64)}), 64)

    def test_the_name_of_a_reserved_cause_contains_its_code(self) -> None:
        self.assertEqual(causes.cause_name(14), "exception_14")
        self.assertEqual(causes.cause_name(32 + 15), "interrupt_15")


if __name__ == "__main__":
    unittest.main()
