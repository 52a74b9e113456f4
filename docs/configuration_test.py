"""Checks that docs/configuration.md contains the table that configs/explain/explain.py generates from the configuration
keys."""

from __future__ import annotations

import unittest

from docs.tables import read, table
from configs.explain.explain import with_reference

PAGE = "docs/configuration.md"


class Configuration(unittest.TestCase):
    """Checks docs/configuration.md."""

    def test_the_table_of_keys_is_up_to_date(self) -> None:
        page = read(PAGE)
        self.assertTrue(table(PAGE, "keys"))
        self.assertEqual(page, with_reference(page), "run the command above the table to update it")


if __name__ == "__main__":
    unittest.main()
