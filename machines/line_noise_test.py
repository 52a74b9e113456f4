"""Tests the noise that tests put on a serial line."""

import unittest

from machines.line_noise import Noise

TEXT = b"The quick brown fox jumps over the lazy dog.\n" * 2000


class Noisy(unittest.TestCase):
    def test_a_line_without_noise_changes_nothing(self) -> None:
        self.assertEqual(Noise(0).pass_on(TEXT), TEXT)

    def test_the_same_seed_damages_the_same_bytes_however_they_are_cut(self) -> None:
        whole, pieces = Noise(0.001, seed=5), Noise(0.001, seed=5)
        made = whole.pass_on(TEXT)
        self.assertEqual(b"".join(pieces.pass_on(TEXT[at : at + 7]) for at in range(0, len(TEXT), 7)), made)
        self.assertNotEqual(Noise(0.001, seed=6).pass_on(TEXT), made)

    def test_the_rate_is_about_that_which_was_asked_for(self) -> None:
        noise = Noise(0.001, seed=1)
        noise.pass_on(TEXT)
        self.assertTrue(50 < noise.damaged < 150, noise.damaged)

    def test_bytes_flip_and_get_lost_and_arrive_twice(self) -> None:
        lengths = {len(Noise(0.9999, seed=seed).pass_on(b"x")) for seed in range(50)}
        self.assertEqual(lengths, {0, 1, 2})
        flipped = {Noise(0.9999, seed=seed).pass_on(b"x") for seed in range(200)} - {b"", b"xx", b"x"}
        self.assertTrue(flipped and all(bin(each[0] ^ ord("x")).count("1") == 1 for each in flipped))

    def test_carriage_returns_are_added(self) -> None:
        self.assertEqual(Noise(0, adds_cr=True).pass_on(b"a\r\nb\n"), b"a\r\r\nb\r\n")


if __name__ == "__main__":
    unittest.main()
