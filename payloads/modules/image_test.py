"""Checks that an image of hv does not contain the log lines and warnings that the settings in [log] and [debug] switch
off."""

from __future__ import annotations

import unittest
from pathlib import Path

LEVELS = ("error", "warn", "info", "debug", "trace")
WARNING = b"a module overwrote cause"


def levels_in(image: bytes) -> list[str]:
    """Returns those log levels for which @p image contains the prober's line of that level."""
    return [level for level in LEVELS if f"a line of level {level}".encode() in image]


class Image(unittest.TestCase):
    """Compares two images. One logs at level debug and checks how modules use the API; the other logs only errors and
    has no such checks."""

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
