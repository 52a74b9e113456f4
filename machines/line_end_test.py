"""Tests how the end of a run is recognised on a serial line."""

import unittest

from machines.line_end import TYPE_END, LineEnd, crc32c
from machines.line_sample import frame

TYPE_SLOTS = 3


class End(unittest.TestCase):
    def test_the_check_sum_is_crc32c(self) -> None:
        self.assertEqual(crc32c(b"123456789"), 0xE3069283)

    def test_the_last_frame_ends_the_run_however_it_is_cut(self) -> None:
        text = b"OpenSBI v1.5\r\n" + frame(TYPE_SLOTS) + frame(TYPE_END)
        for step in (1, 7, 4096):
            end = LineEnd()
            for at in range(0, len(text), step):
                self.assertFalse(end.is_complete)
                end.feed(text[at : at + step])
            self.assertEqual((end.begins, end.is_complete, end.frames, end.bytes), (True, True, 2, len(text)))

    def test_a_damaged_last_frame_does_not_end_the_run(self) -> None:
        good = frame(TYPE_END)
        for at in range(5, 20):
            end = LineEnd()
            end.feed(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
            self.assertFalse(end.is_complete)

    def test_a_frame_of_slots_begins_the_end_but_is_not_the_end(self) -> None:
        end = LineEnd()
        end.feed(frame(TYPE_SLOTS))
        self.assertEqual((end.begins, end.is_complete), (True, False))

    def test_the_tables_of_hv_and_the_last_messages_of_linux_begin_the_end(self) -> None:
        for text in ("exits by world and cause    all harts", "[   7.1] reboot: Power down", "[  3.2] hartscope: phase shutdown"):
            end = LineEnd()
            end.feed(f"Linux version 6\r\n{text}\r\n".encode())
            self.assertTrue(end.begins, text)

    def test_the_text_of_a_boot_does_not_begin_the_end(self) -> None:
        end = LineEnd()
        end.feed(b"hartscope: phase init\r\n[    1.0] Linux version\r\n")
        self.assertFalse(end.begins)

    def test_unprintable_bytes_are_counted_and_colours_are_not(self) -> None:
        end = LineEnd()
        end.feed(b"\x1b[31mred\x1b[0m\ttext\r\n\x00\x80\xff")
        self.assertEqual(end.unprintable, 3)


if __name__ == "__main__":
    unittest.main()
