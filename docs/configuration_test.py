"""Checks that docs/configuration.md contains the table that hv/config/explain.py generates from the configuration
keys."""

from __future__ import annotations

import unittest
from pathlib import Path

from hv.config.explain import with_reference


class Configuration(unittest.TestCase):
    """Checks docs/configuration.md."""

    def test_the_table_of_keys_is_up_to_date(self) -> None:
        page = Path("docs/configuration.md").read_text(encoding="utf-8")
        self.assertEqual(page, with_reference(page), "run the command above the table to update it")


if __name__ == "__main__":
    unittest.main()
