"""Checks that unit tests of modules on the host can link every function of hv/core that a module may call.

In such a test, //hv/testing:module stands in for hv/core. It consists of its own files and of those files of hv/core
that also work on the host (`module_calls` in hv/core/BUILD).
"""

from __future__ import annotations

import unittest
from pathlib import Path

from docs.declarations_test import declared, defined

API = Path("hv/module/api.h")
DOUBLE = Path("hv/testing/module.c")

# Functions of other rooms that the double defines, too: hv/log calls the first one, and hv/device the others.
REPLACED = {"uart_write", "vclint_notify", "vclint_owner", "vclint_trace_send"}


def core_files() -> list[Path]:
    """Returns the files of hv/core that tests of modules link. The test has no other C files of hv/core as its data."""
    return sorted(Path("hv/core").glob("*.c"))


class TestingModule(unittest.TestCase):
    """Compares //hv/testing:module with hv/module/api.h."""

    def calls(self) -> set[str]:
        """Returns the functions of hv/core that modules call."""
        return declared(API.read_text(encoding="utf-8"))

    def test_every_call_of_the_api_is_defined_for_tests_of_modules(self) -> None:
        linked = defined(DOUBLE).union(*(defined(path) for path in core_files()))
        missing = sorted(self.calls() - linked)
        self.assertEqual(missing, [], f"define these in {DOUBLE}, or in a file of module_calls in hv/core/BUILD")

    def test_every_function_of_the_double_is_a_call_or_a_helper_of_tests(self) -> None:
        helpers = declared(Path("hv/testing/module.h").read_text(encoding="utf-8")) | REPLACED
        text = DOUBLE.read_text(encoding="utf-8")
        own = {name for name in defined(DOUBLE) if f"static void {name}(" not in text}
        self.assertEqual(own - helpers - self.calls(), set())

    def test_the_lists_are_not_empty(self) -> None:
        self.assertGreaterEqual(self.calls(), {"module_pmp_set", "guest_copy_in", "hart_id", "module_fatal_end"})
        self.assertGreaterEqual({path.name for path in core_files()}, {"api.c", "hart.c"})


if __name__ == "__main__":
    unittest.main()
