"""Tests that hv's counters are read from the end of a dump, and only if none can be missing."""

import struct
import tempfile
import unittest
from pathlib import Path

from machines import dump_counters
from machines.directory import HartCounters
from machines.line_end import crc32c

EXIT, COUNTER = 1, 11
CYCLES = {0x300: 10, 0x301: 20, 0x302: 30, 0x303: 40}
CAUSES = {0x202: 5, 0x242: 6, 0x225: 7}  # illegal_instruction of the firmware and of the payload, a timer interrupt of the firmware


def slots(event: int, *words: int) -> list[bytes]:
    """Returns the slots of a record with these words."""
    tag = event << 48 | 1
    return [struct.pack("<QQ", tag | (len(words) - 1) << 56, words[0])] + [
        struct.pack("<QQ", 1 + (index << 56), word) for index, word in enumerate(words[1:])
    ]


def chunk(kind: bytes, contents: bytes) -> bytes:
    head = struct.pack("<4sHHI", kind, 1, 0, len(contents))
    return head + struct.pack("<I", crc32c(head + contents)) + contents + bytes(-len(contents) % 16)


def machine(hertz: int, harts: list[int]) -> bytes:
    return chunk(b"MACH", struct.pack("<QI40xI", hertz, len(harts), 0) + struct.pack(f"<{len(harts)}Q", *harts))


def ring(hart: int, records: list[bytes], lost: set[int] = frozenset()) -> bytes:  # type: ignore[assignment]
    """Returns the chunks of a hart's slots, without the slots whose numbers are in @p lost."""
    made, missing = b"", 0
    for number, slot in enumerate(records):
        if number in lost:
            missing += 1
            continue
        made += chunk(b"RING", struct.pack("<IIQQ8x", hart, 1, number, missing) + slot)
        missing = 0
    return made + (chunk(b"RING", struct.pack("<IIQQ8x", hart, 0, len(records), missing)) if missing else b"")


def records(counters: dict[int, int]) -> list[bytes]:
    return [*slots(EXIT, 2 << 32), *(slot for pair in counters.items() for slot in slots(COUNTER, *pair))]


class Counters(unittest.TestCase):
    def read(self, *chunks: bytes, hertz: int = 1000) -> list[HartCounters] | None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "trace.hst")
            path.write_bytes(struct.pack("<8sII", b"\x89HST\r\n\x1a\n", 1, 0) + machine(hertz, [3, 4]) + b"".join(chunks))
            return dump_counters.read(path)

    def test_the_counters_at_the_end_are_those_of_the_hart(self) -> None:
        found = self.read(ring(0, records(CAUSES | CYCLES)), ring(1, records(CYCLES)))
        assert found
        self.assertEqual([hart.hart for hart in found], [3, 4])
        self.assertEqual({index: count for index, count in enumerate(found[0].exits) if count}, {2: 11, 37: 7})
        self.assertEqual(vars(found[0].cycles), {"hv": 10, "firmware": 20, "payload": 30, "asleep": 40})

    def test_counters_of_which_any_slot_was_lost_are_not_used(self) -> None:
        whole = records(CAUSES | CYCLES)
        for lost in range(1, len(whole)):
            self.assertIsNone(self.read(ring(0, whole, {lost}), ring(1, records(CYCLES))), f"slot {lost}")

    def test_a_loss_at_the_very_end_is_noticed_whatever_the_order_of_the_counters(self) -> None:
        whole = records(CYCLES | CAUSES)
        self.assertIsNotNone(self.read(ring(0, whole), ring(1, records(CYCLES))))
        self.assertIsNone(self.read(ring(0, whole, {len(whole) - 2, len(whole) - 1}), ring(1, records(CYCLES))))

    def test_a_loss_before_the_counters_does_not_matter(self) -> None:
        whole = [*slots(EXIT, 2 << 32), *slots(EXIT, 2 << 32), *records(CAUSES | CYCLES)]
        self.assertIsNotNone(self.read(ring(0, whole, {0, 1}), ring(1, records(CYCLES))))

    def test_if_even_the_last_exit_before_the_counters_was_lost_some_counters_may_be_missing(self) -> None:
        self.assertIsNone(self.read(ring(0, records(CAUSES | CYCLES), {0}), ring(1, records(CYCLES))))

    def test_a_dump_that_does_not_describe_its_machine_has_no_counters(self) -> None:
        self.assertIsNone(self.read(ring(0, records(CYCLES)), ring(1, records(CYCLES)), hertz=0))

    def test_a_hart_that_never_ran_has_no_counters(self) -> None:
        found = self.read(ring(0, records(CYCLES)))
        self.assertEqual([hart.hart for hart in found or []], [3])


if __name__ == "__main__":
    unittest.main()
