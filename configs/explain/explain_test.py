"""Tests that the reference describes exactly the keys and values that the generator accepts."""

from __future__ import annotations

import json
import tomllib
import unittest

from configs.explain.explain import DECLARATIONS, keys, plain
from hv.config import schema
from hv.config.check import load_config
from hv.config.modules import load_modules


def some_value(kind: schema.Kind) -> str:
    """Returns a value in TOML for a key that must not be left out."""
    if isinstance(kind, schema.Bytes):
        return f'"{"00" * kind.length}"'
    return str(kind.least) if isinstance(kind, schema.Number) else "0"


def with_needed(text: str) -> str:
    """Adds a value to @p text for each key that must not be left out. @p text has the tables of these keys."""
    for key in (key for key in keys() if key.needed):
        text = text.replace(f"[{key.table}]\n", f"[{key.table}]\n{key.name} = {some_value(key.kind)}\n")
    return text


class Reference(unittest.TestCase):
    """Tests of the printed reference."""

    def test_the_printed_defaults_are_a_configuration_that_changes_nothing(self) -> None:
        lines = [line.removeprefix("# ") for line in plain().splitlines() if " = " in line or line.startswith("[")]
        in_words = [key.default_text for key in keys() if key.default is None]
        text = "\n".join(line for line in lines if line.split(" = ")[-1] not in in_words)
        self.assertEqual(sum(len(table) for table in tomllib.loads(text).values()), len(keys()) - len(in_words))
        known = load_modules(DECLARATIONS)
        listed = json.dumps([module.name for module in known if module.keys])
        text = text.replace("modules = []", f"modules = {listed}")
        defaults = f"[modules]\nmodules = {listed}\n" + "".join(f"[{module.name}]\n" for module in known if module.keys)
        printed, plainly = (load_config("some", with_needed(some), known).values for some in (text, defaults))
        self.assertEqual(printed, plainly)


if __name__ == "__main__":
    unittest.main()
