"""Tests that the reference describes exactly the keys and values that the generator accepts."""

from __future__ import annotations

import tomllib
import unittest

from hv.config.explain import plain
from hv.config.schema import KEYS
from hv.config.testing import config


class Reference(unittest.TestCase):
    """Tests of the printed reference."""

    def test_the_printed_defaults_are_a_configuration_that_changes_nothing(self) -> None:
        lines = [line.removeprefix("# ") for line in plain().splitlines() if " = " in line or line.startswith("[")]
        in_words = [key.default_text for key in KEYS if key.default is None]
        text = "\n".join(line for line in lines if line.split(" = ")[-1] not in in_words)
        self.assertEqual(sum(len(table) for table in tomllib.loads(text).values()), len(KEYS) - len(in_words))
        self.assertEqual(config(text).values, config("").values)


if __name__ == "__main__":
    unittest.main()
