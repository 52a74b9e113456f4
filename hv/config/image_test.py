"""Tests which relocations of a linked image are allowed because the image still runs at any address, and which ones are
errors."""

from __future__ import annotations

import struct
import unittest

from hv.config.image import ImageError, check, movable, pmp_sum, too_small
from hv.config.linked import Linked, Relocation, Symbol

START = 0x8000_0000
PLACE = Symbol("table", START + 0x40, 8, False)
NUMBER = Symbol("hv_block_size", 0x20_0000, 0, True)
HI20, PCREL_HI20, WORD, LONG, ADD32 = 26, 23, 1, 2, 35
TOML = "# mine\n[memory]\nhv_size = 0x200000\n"


class Image(Linked):
    """An image that a test describes by its contents and relocations, without an ELF file."""

    def __init__(self, contents: bytes, relocations: list[Relocation], symbols: dict[str, Symbol] | None = None) -> None:
        super().__init__(bytes(64))
        self.__dict__.update(contents=(START, bytearray(contents)), symbols=symbols or {})
        self._given = relocations

    @property
    def relocations(self) -> list[Relocation]:  # type: ignore[override]
        return self._given


def relocated(image: bytes, base: int) -> bytes:
    """Relocates an image that is loaded at @p base, as boot.S does."""
    made = bytearray(image)
    (at,) = struct.unpack_from("<12xI", image)
    while at:
        target, following = struct.unpack_from("<II", image, at)
        struct.pack_into("<Q", made, at, base + target)
        at = following
    return bytes(made)


class Relocations(unittest.TestCase):
    """Tests of images with one or a few relocations."""

    def test_relative_relocations_are_right_wherever_hv_is_loaded(self) -> None:
        for kind in (PCREL_HI20, ADD32, LONG):
            check(Relocation(START, kind, PLACE, 0))

    def test_an_absolute_address_in_an_instruction_or_in_half_a_word_is_an_error(self) -> None:
        for kind in (HI20, WORD, 999):
            with self.subTest(kind), self.assertRaisesRegex(ImageError, f"at 0x80000010 depends .*relocation {kind} to table"):
                check(Relocation(START + 16, kind, PLACE, 0))

    def test_an_absolute_number_needs_no_relocation_and_a_relative_reference_to_it_is_an_error(self) -> None:
        for kind in (HI20, WORD, LONG):
            check(Relocation(START, kind, NUMBER, 0))
        with self.assertRaisesRegex(ImageError, "to hv_block_size"):
            check(Relocation(START, PCREL_HI20, NUMBER, 0))

    def test_words_with_addresses_form_a_linked_list_and_all_are_relocated(self) -> None:
        words = [Relocation(START + at, LONG, PLACE, addend) for at, addend in ((0x38, 4), (0x18, 0))]
        image = movable(Image(bytes(range(64)), [*words, Relocation(START + 0x20, LONG, NUMBER, 0)]))
        for base in (START, 0x1_7E00_0000):
            wanted = bytearray(range(64))
            wanted[12:16] = (0x18).to_bytes(4, "little")
            struct.pack_into("<Q", wanted, 0x18, base + 0x40)
            struct.pack_into("<Q", wanted, 0x38, base + 0x44)
            self.assertEqual(relocated(image, base), bytes(wanted))

    def test_an_image_without_addresses_is_not_changed(self) -> None:
        self.assertEqual(movable(Image(bytes(64), [])), bytes(64))


class Size(unittest.TestCase):
    """Tests of the check of [memory] hv_size."""

    SYMBOLS = {
        name: Symbol(name, value, size, False)
        for name, value, size in (
            ("hv_text_start", START, 0),
            ("hv_end", START + 0x41_8000, 0),
            ("hv_needed_size", 0x80_0000, 0),
            ("harts", 0, 0x4000),
            ("stacks", 0, 0x4000),
        )
    }

    def complaint(self, size: int | None, slots: int | None) -> str | None:
        trace = {"trace": {"slots": slots}} if slots else {}
        config = {"memory": {"hv_size": size}, "platform": {"max_harts": 4}, **trace}
        problem = too_small(config, Image(bytes(64), [], self.SYMBOLS), TOML)
        return problem.text("mine.toml") if problem else None

    def test_an_hv_size_that_is_large_enough_is_accepted(self) -> None:
        for size in (None, 0x80_0000, 0x1000_0000):
            self.assertIsNone(self.complaint(size, 65536))

    def test_the_error_for_a_small_hv_size_has_every_number_and_the_keys_to_change(self) -> None:
        self.assertEqual(
            self.complaint(0x40_0000, 65536),
            "mine.toml:3: [memory] hv_size: 0x400000 is too small: hv needs 0x418000: rings 0x400000 (4 harts, 65536 slots of"
            " 16 bytes), state and stacks of 4 harts 0x8000, code and all else 0x10000; leave hv_size out (it is 0x800000"
            " then), or lower [trace] slots or [platform] max_harts",
        )

    def test_without_rings_the_error_suggests_only_fewer_harts(self) -> None:
        complaint = self.complaint(0x20_0000, None) or ""
        self.assertNotIn("rings", complaint)
        self.assertTrue(complaint.endswith("(it is 0x800000 then), or lower [platform] max_harts"), complaint)


class PmpEntries(unittest.TestCase):
    """Tests of the sum of PMP entries that the build prints."""

    def divided(self, limit: int | None, **modules: int) -> str | None:
        listed = [{"name": name, "pmp_entries": count} for name, count in modules.items()]
        return pmp_sum({"platform": {"name": "qemu_virt"}, "vcpu": {"pmp_limit": limit}, "modules": listed})

    def test_the_sum_names_hv_each_module_with_entries_and_the_firmware(self) -> None:
        self.assertEqual(self.divided(None, lock=3, count=0), "PMP entries: 16 = hv 5 + lock 3 + firmware 8")
        self.assertEqual(self.divided(None, lock=3, vault=4), "PMP entries: 16 = hv 5 + lock 3 + vault 4 + firmware 4")

    def test_the_sum_is_the_limit_if_hv_does_not_use_all_entries_of_the_board(self) -> None:
        self.assertEqual(self.divided(10, lock=3), "PMP entries: 10 = hv 4 + lock 3 + firmware 3")
        self.assertEqual(self.divided(64, lock=3), "PMP entries: 16 = hv 5 + lock 3 + firmware 8")

    def test_without_modules_that_have_entries_there_is_no_sum(self) -> None:
        self.assertIsNone(self.divided(None, count=0))


if __name__ == "__main__":
    unittest.main()
