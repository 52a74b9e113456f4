"""docs/configuration.md has the table of the keys that the generator accepts."""

from __future__ import annotations

import unittest
from pathlib import Path

from hv.config.explain import with_reference


class Configuration(unittest.TestCase):
    """docs/configuration.md."""

    def test_the_page_has_the_present_table_of_keys(self) -> None:
        page = Path("docs/configuration.md").read_text(encoding="utf-8")
        self.assertEqual(page, with_reference(page), "`bazel run //hv/config:explain` says how to renew it")


if __name__ == "__main__":
    unittest.main()
