"""Checks the trace records of PMP entries. A module's entry has two permissions, so its record has two pmpcfg bytes: `config`
applies to the firmware, and `payload` to the payload. The guest is records.c. The test reads the dump of its run with hstrace,
and its trace with Perfetto's trace processor."""

from __future__ import annotations

import json
import tempfile
import unittest
from pathlib import Path
from typing import Any, NamedTuple

from machines import images
from payloads.runner.outcome import guest_of, record, settings_of
from payloads.runner.tool import hstrace
from trace.perfetto import check, statement
from trace.perfetto.trace_processor import TraceProcessor
from trace.testing import reader_agreement

FOLDER = Path("payloads/modules")
FIRST, SECOND, SIZE = 0x88000000, 0x88010000, 0x1000
NAPOT = 0x18
R, RW, RWX = 1, 3, 7


class Entry(NamedTuple):
    """The record of a PMP entry. In Perfetto, `payload` is None for an entry of the firmware."""

    entry: int
    config: int
    payload: int | None
    address: int


# The changes of records.c, in the same order.
OF_PROBER = [
    Entry(0, NAPOT | RWX, NAPOT | R, FIRST),
    Entry(0, NAPOT | RWX, NAPOT, FIRST),
    Entry(2, NAPOT, NAPOT | RWX, SECOND),
    Entry(1, NAPOT | RW, NAPOT | RW, SECOND + SIZE),
    Entry(0, 0, 0, 0),
]
OF_FIRMWARE = [Entry(3, config, 0, FIRST + SIZE // 2 - 4) for config in (0, NAPOT | R)]

DRAWN = """select entry.int_value entry, config.int_value config, payload.int_value payload, address.string_value address
    from slice
    join args entry on entry.arg_set_id = slice.arg_set_id and entry.key = 'debug.entry'
    join args config on config.arg_set_id = slice.arg_set_id and config.key = 'debug.config'
    left join args payload on payload.arg_set_id = slice.arg_set_id and payload.key = 'debug.payload'
    join args address on address.arg_set_id = slice.arg_set_id and address.key = 'debug.address'
    where slice.name = 'pmp' order by slice.ts, slice.id"""


class Records(unittest.TestCase):
    """Records the trace of one run."""

    folder: Path
    dump: Path

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder, cls.dump = Path(folder.name), Path(folder.name) / "trace.hst"
        record(guest_of(FOLDER / "records.elf", images.load(FOLDER / "prober_traced")), settings_of(), cls.dump)

    def records(self, module: str) -> list[Entry]:
        """Returns the PMP records of the dump that are about entries of @p module."""
        records = json.loads(hstrace("convert", "--format=json", "-o", "-", self.dump))["records"]
        fields: list[dict[str, Any]] = [record["fields"] for record in records if record["event"] == "pmp"]
        return [
            Entry(one["entry"], int(one["config"], 0), int(one["payload"], 0), int(one["address"], 0))
            for one in fields
            if one["module"] == module
        ]

    def test_a_record_of_a_modules_entry_has_the_permissions_of_both_worlds(self) -> None:
        self.assertEqual(self.records("prober"), OF_PROBER)
        self.assertEqual(reader_agreement.differences(self.dump), [])

    def test_a_record_of_a_firmwares_entry_has_nothing_for_the_payload(self) -> None:
        self.assertEqual(self.records("none"), OF_FIRMWARE)

    def test_perfetto_shows_the_payloads_permission_only_for_entries_of_modules(self) -> None:
        trace = self.folder / "trace.pftrace"
        said = hstrace("convert", "--json", "-o", trace, self.dump)
        stated = trace.with_suffix(".json")
        stated.write_text(said)
        self.assertEqual(check.problems(trace, statement.load(stated)), [])
        with TraceProcessor(trace) as processor:
            rows: list[dict[str, Any]] = [*processor.query(DRAWN)]
        drawn = [Entry(row["entry"], row["config"], row["payload"], int(row["address"], 0)) for row in rows]
        self.assertEqual([entry for entry in drawn if entry.payload is not None], OF_PROBER)
        self.assertEqual([entry for entry in drawn if entry.payload is None], [one._replace(payload=None) for one in OF_FIRMWARE])


if __name__ == "__main__":
    unittest.main()
