"""Checks that the query for addresses in docs/tutorial.md works with every value that a trace can have."""

import re
import unittest
from pathlib import Path

from trace.perfetto.trace_processor import TraceProcessor
from trace.perfetto.values_case import VALUES, ValuesCase

TUTORIAL = Path("docs/tutorial.md")
LOADS = "name glob 'load_access_fault*'"


class Tutorial(ValuesCase):
    def test_the_query_of_the_tutorial_finds_every_value(self) -> None:
        (query,) = re.findall(r"^    (select extract_arg.*?)\n\n", TUTORIAL.read_text(), re.MULTILINE | re.DOTALL)
        self.assertIn(LOADS, query)
        with TraceProcessor(self.trace) as processor:
            for name, condition in (
                ("mtval", "name = 'load_address_misaligned'"),
                ("mepc", "category = 'exit'"),
                ("a0", "name = 'sbi set_timer'"),
            ):
                rows = processor.query(query.replace("debug.mtval", f"debug.{name}").replace(LOADS, condition))
                found = {int(str(row["address"]).split(" ")[0], 0): row["loads"] for row in rows}
                self.assertEqual(set(found), set(VALUES), name)
                self.assertEqual(len(found), len(rows), f"{name}: an address has one row")
                whole = processor.number(f"select count(*) from slice where {condition}")
                self.assertEqual(sum(int(str(row["loads"])) for row in rows), whole)


if __name__ == "__main__":
    unittest.main()
