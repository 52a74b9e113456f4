"""Checks that log lines and warnings that [log] and [debug] leave out are not in the image."""

from __future__ import annotations

import unittest
from pathlib import Path

LEVELS = ("error", "warn", "info", "debug", "trace")
WARNING = b"a module overwrote cause"


def levels_in(image: bytes) -> list[str]:
    """Returns the levels at which @p image contains the prober's log line."""
    return [level for level in LEVELS if f"a line of level {level}".encode() in image]


class Image(unittest.TestCase):
    """Compares an image that logs at level debug and has checks with one that logs at level error and has none."""

    def setUp(self) -> None:
        self.loud = Path("payloads/modules/prober_image.bin").read_bytes()
        self.quiet = Path("payloads/modules/prober_alone.bin").read_bytes()

    def test_the_image_contains_only_log_lines_up_to_the_configured_level(self) -> None:
        self.assertEqual(levels_in(self.loud), ["error", "warn", "info", "debug"])
        self.assertEqual(levels_in(self.quiet), ["error"])

    def test_the_image_contains_warnings_for_module_authors_only_with_checks(self) -> None:
        self.assertIn(WARNING, self.loud)
        self.assertNotIn(WARNING, self.quiet)


if __name__ == "__main__":
    unittest.main()
