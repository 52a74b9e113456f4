"""Tests of directory.py, causes.py and the exits of result.py, on a guest memory laid out as hv lays it out."""

import struct
import unittest

from benchmarks.runner import causes, directory, result
from benchmarks.runner.bios import RAM_START
from benchmarks.runner.directory import GuestMemory
from benchmarks.runner.failure import Failure

BASE = RAM_START + 0x3000
IDS, COUNTERS, PHASES = RAM_START + 0x4000, RAM_START + 0x5000, RAM_START + 0x8000
COUNTERS_STRIDE = 0x800
BUILD_ID = bytes(range(20))
ILLEGAL, ECALL_S, TIMER = 2, 9, 32 + 7


def make_memory(counters: int = COUNTERS, phases: int = PHASES, version: int = 1, state: int = 1) -> bytearray:
    """Returns RAM with a directory of two harts, ids 0 and 5."""
    memory = bytearray(0x10000)
    fields = (b"hrtscope", 192, version, BUILD_ID, 10_000_000, 2, 64, IDS, 8, counters, COUNTERS_STRIDE, phases, 0, 0,
              state, RAM_START, 0x200000, RAM_START, RAM_START + 0x2000)
    struct.pack_into("<8sII20s4xQII12Q", memory, BASE - RAM_START, *fields)
    struct.pack_into("<2Q", memory, IDS - RAM_START, 0, 5)
    for hart, (firmware_illegal, payload_ecalls, timers) in enumerate([(100, 20, 3), (7, 1, 0)]):
        at = COUNTERS - RAM_START + hart * COUNTERS_STRIDE
        struct.pack_into("<Q", memory, at + 8 * ILLEGAL, firmware_illegal)
        struct.pack_into("<Q", memory, at + 8 * (64 + ECALL_S), payload_ecalls)
        struct.pack_into("<Q", memory, at + 8 * (64 + TIMER), timers)
        struct.pack_into("<3Q", memory, at + 8 * 128, 10 + hart, 20 + hart, 30 + hart)
    struct.pack_into("<10Q", memory, PHASES - RAM_START, 2, 1000, 11, 0, 3000, 22, 5, 0, 0, 0)
    return memory


def read(memory: bytearray) -> tuple[GuestMemory, directory.Directory]:
    guest = GuestMemory(bytes(memory), "test")
    found = directory.read_directory(guest, BASE)
    assert found is not None
    return guest, found


class Reading(unittest.TestCase):
    def test_fields_are_read_at_their_offsets(self) -> None:
        _, found = read(make_memory())
        self.assertEqual(found.build_id, BUILD_ID.hex())
        self.assertEqual((found.timebase_hz, found.hart_count, found.max_harts), (10_000_000, 2, 64))
        self.assertEqual((found.state_name, found.text_end), ("running", RAM_START + 0x2000))

    def test_memory_without_the_magic_has_no_directory_yet(self) -> None:
        self.assertIsNone(directory.read_directory(GuestMemory(bytes(0x10000), "test"), BASE))

    def test_another_version_is_an_error_not_a_guess(self) -> None:
        with self.assertRaisesRegex(Failure, "version 2"):
            read(make_memory(version=2))

    def test_the_directory_is_found_by_its_magic_at_a_page_border_only(self) -> None:
        memory = make_memory()
        memory[0x1008:0x1010] = b"hrtscope"
        self.assertEqual(GuestMemory(bytes(memory), "test").find_directory(RAM_START, RAM_START + 0x10000), BASE)

    def test_counters_of_both_worlds_add_up_per_hart(self) -> None:
        counters = directory.read_counters(*read(make_memory()))
        assert counters is not None
        self.assertEqual([hart.hart for hart in counters], [0, 5])
        self.assertEqual([sum(hart.exits) for hart in counters], [123, 8])
        self.assertEqual(vars(counters[1].cycles), {"hv": 11, "firmware": 21, "payload": 31})

    def test_without_the_counting_module_there_are_no_counters(self) -> None:
        self.assertIsNone(directory.read_counters(*read(make_memory(counters=0))))

    def test_a_pointer_outside_ram_is_an_error(self) -> None:
        with self.assertRaisesRegex(Failure, "outside the guest's RAM"):
            directory.read_counters(*read(make_memory(counters=0x1000)))

    def test_phases_reached_so_far_have_times(self) -> None:
        stamps = directory.read_phases(*read(make_memory()))
        self.assertEqual([vars(stamp) for stamp in stamps], [
            {"name": "hv", "mtime": 1000, "exits": 0},
            {"name": "firmware", "mtime": 3000, "exits": 5},
        ])

    def test_without_boot_counter_hvs_state_tells_the_phase(self) -> None:
        for state, names in ((0, ["hv"]), (1, ["hv", "firmware"])):
            stamps = directory.read_phases(*read(make_memory(phases=0, state=state)))
            self.assertEqual([(stamp.name, stamp.mtime) for stamp in stamps], [(name, None) for name in names])


class Naming(unittest.TestCase):
    def test_by_cause_has_the_specifications_names_and_sums_to_the_total(self) -> None:
        exits = result.exits(directory.read_counters(*read(make_memory())))
        assert exits is not None
        names = {"illegal_instruction": 107, "environment_call_from_s_mode": 21, "machine_timer_interrupt": 3}
        self.assertEqual(exits["by_cause"], names)
        self.assertEqual(sum(exits["by_cause"].values()), exits["total"])
        for hart in exits["by_hart"]:
            self.assertEqual(sum(hart["by_cause"].values()), hart["total"])

    def test_every_index_has_a_name_of_its_own(self) -> None:
        self.assertEqual(len({causes.cause_name(index) for index in range(64)}), 64)

    def test_reserved_codes_are_named_by_number(self) -> None:
        self.assertEqual(causes.cause_name(14), "exception_14")
        self.assertEqual(causes.cause_name(32 + 15), "interrupt_15")


if __name__ == "__main__":
    unittest.main()
