"""Makes dumps with known contents, and runs hstrace on them."""

import csv
import json
import struct
import subprocess
import tempfile
import unittest
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trace.format.events import EVENTS, pack, record_slots
from trace.testing.crc32c import crc32c

ROOT = Path(__file__).absolute().parents[2]
HSTRACE = ROOT / "trace/hstrace/hstrace"
SYNTHETIC = ROOT / "trace/testing/synthetic"
EXIT, MARK, SYNC = (EVENTS[name].id for name in ("exit", "mark", "sync"))
LATER = 200  # the id of an event that only another version of hv writes


def write_chunks(path: Path, chunks: Sequence[tuple[bytes, bytes]], slots: int) -> None:
    """Writes a dump that consists of these chunks and an end chunk. `slots` is the number of slots in all chunks together."""
    data = bytearray(b"\x89HST\r\n\x1a\n" + struct.pack("<II", 1, 0))
    for kind, contents in (*chunks, (b"DONE", struct.pack("<QQ", slots, len(chunks)))):
        head = struct.pack("<4sHHI", kind, 1, 0, len(contents))
        data.extend(head + struct.pack("<I", crc32c(head + contents)) + contents + bytes(-len(contents) % 16))
    path.write_bytes(data)


def write_machine(path: Path, hart_ids: Sequence[int], build_id: bytes = b"") -> None:
    """Writes a dump that describes a machine with these harts. The dump contains no slots."""
    head = struct.pack("<QII24sQII", 10_000_000, len(hart_ids), 1, build_id, 64, 0, 0)
    write_chunks(path, [(b"MACH", head + struct.pack(f"<{len(hart_ids)}Q", *hart_ids)), (b"SCHM", b"")], 0)


def write_dump(
    path: Path,
    rings: list[tuple[int, int, list[tuple[int, int]]]],
    account: tuple[int, int, int],
    exits: Sequence[int] = (0,) * 128,
    mode: int = 0,
    build_id: bytes = b"",
    config: bytes = b"",
    more_events: str = "",
    events: str = f"event {EXIT} exit 2\nevent {MARK} mark 1\n",
    more_chunks: Sequence[tuple[bytes, bytes]] = (),
    cycles: Sequence[int] = (0, 0, 0, 0),
) -> None:
    """Writes a dump of one hart.

    `rings` contains the chunks. Each chunk consists of its first sequence number, the number of lost slots, and its slots.
    `events` and `more_events` are the schema. `account` and `cycles` are written to the statistics. `account` contains the
    numbers of slots that were emitted, read and lost. `cycles` contains the cycles in hv, in the firmware, in the payload, and
    asleep. To write a dump like those of earlier versions, omit the cycles asleep."""
    machine = struct.pack("<QII24sQIIQ", 10_000_000, 1, 1, build_id, 64, len(config), mode, 0) + config
    chunks = [(b"MACH", machine), (b"SCHM", (events + more_events).encode())]
    for first, lost, slots in rings:
        ring = struct.pack("<IIQQQ", 0, len(slots), first, lost, 0)
        chunks.append((b"RING", ring + b"".join(struct.pack("<QQ", *slot) for slot in slots)))
    chunks.append((b"STAT", struct.pack(f"<IIQQQQ128Q{len(cycles)}Q", 0, 0, *account, 0, *exits, *cycles)))
    write_chunks(path, [*chunks, *more_chunks], sum(len(slots) for _, _, slots in rings))


def short_exit(cycles: int, **fields: int) -> list[tuple[int, int]]:
    """Returns the slots of an EXIT record that contains neither pc nor value."""
    return record_slots(cycles, EXIT, pack("exit", **fields)[:1])


class Case(unittest.TestCase):
    """A base class for tests. Each test has a folder for its dumps."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def make(self, name: str, *options: str) -> tuple[Path, dict[str, Any]]:
        """Makes a synthetic dump. Returns the path of the dump, and a description of its contents."""
        dump = self.folder / name
        made = subprocess.run([str(SYNTHETIC), *options, str(dump)], check=True, stdout=subprocess.PIPE)
        return dump, json.loads(made.stdout)

    def run_tool(self, *words: str | Path, code: int = 0) -> str:
        """Runs hstrace, expects it to exit with `code`, and returns its stdout."""
        done = subprocess.run([str(HSTRACE), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout

    def stat(self, dump: Path, *options: str) -> dict[str, Any]:
        """Runs hstrace stat on the dump. Returns the JSON that it prints."""
        said: dict[str, Any] = json.loads(self.run_tool("stat", "--json", *options, dump))
        return said

    def exits(self, dump: Path) -> list[dict[str, str]]:
        """Converts a dump to CSV. Returns the rows that are exits."""
        table = self.run_tool("convert", dump, "-f", "csv", "-o", "-")
        return [row for row in csv.DictReader(table.splitlines()) if row["event"] == "exit"]
