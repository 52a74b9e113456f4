"""Tests that log lines above the configured level leave no text in the image."""

from __future__ import annotations

import unittest
from pathlib import Path

AT_DEBUG = b"bystander: set up"
AT_INFO = b"bystander: was there"
OF_CORE_AT_INFO = b"%u physical, %u for the firmware"


def image(name: str) -> bytes:
    """Returns the bytes of an image as they are loaded into memory."""
    return Path(f"configs/image_test/{name}.bin").read_bytes()


class Log(unittest.TestCase):
    """Tests of images that differ only in [log]."""

    def test_the_image_contains_the_texts_of_a_level_that_is_on(self) -> None:
        self.assertTrue(AT_INFO in image("with_bystander"))
        self.assertTrue(OF_CORE_AT_INFO in image("with_bystander"))
        self.assertTrue(AT_DEBUG in image("with_loud_bystander"))

    def test_the_image_does_not_contain_the_texts_of_a_level_that_is_off(self) -> None:
        self.assertFalse(AT_DEBUG in image("with_bystander"))

    def test_each_log_name_can_have_another_level(self) -> None:
        self.assertTrue(AT_INFO in image("with_loud_bystander"))
        self.assertFalse(OF_CORE_AT_INFO in image("with_loud_bystander"))


if __name__ == "__main__":
    unittest.main()
