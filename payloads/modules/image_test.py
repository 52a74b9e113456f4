"""What [log] and [debug] leave out is not in the image."""

from __future__ import annotations

import unittest
from pathlib import Path

LEVELS = ("error", "warn", "info", "debug", "trace")
WARNING = b"a module overwrote cause"


def levels_in(image: bytes) -> list[str]:
    """The levels of which the prober's line is in @p image."""
    return [level for level in LEVELS if f"a line of level {level}".encode() in image]


class Image(unittest.TestCase):
    """The prober at level debug with checks, and at level error without."""

    def setUp(self) -> None:
        self.loud = Path("payloads/modules/prober_image.bin").read_bytes()
        self.quiet = Path("payloads/modules/prober_alone.bin").read_bytes()

    def test_a_module_has_the_lines_of_its_level_and_below(self) -> None:
        self.assertEqual(levels_in(self.loud), ["error", "warn", "info", "debug"])
        self.assertEqual(levels_in(self.quiet), ["error"])

    def test_warnings_for_authors_are_there_with_checks_only(self) -> None:
        self.assertIn(WARNING, self.loud)
        self.assertNotIn(WARNING, self.quiet)


if __name__ == "__main__":
    unittest.main()
