"""Writes the records of a trace as a Parquet table. The table has a row for each record and for each gap, and the
columns of hstrace's CSV."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from analysis import trace_rows
from cli import whole_file
from cli.workspace import refuse_overwriting, user_path
from cli import entry

PROGRAM = "bazel run //analysis:trace_table --"

EXAMPLES = """\
examples:
  bazel run //analysis:trace_table -- out/boot_qemu/trace.hst -o trace.parquet
  bazel run //analysis:trace_table -- trace.hst -o trace.parquet --symbols=hv.elf,vmlinux"""

# The Arrow types of the columns that contain numbers. The columns with text contain only a few different values, so the
# file stores each different text only once.
TYPES = {
    "hart": "uint32",
    "sequence": "uint64",
    "cycles": "uint64",
    "ns": "int64",
    "start_ns": "int64",
    "duration_cycles": "uint64",
    "payload": "uint64",
    "word1": "uint64",
    "word2": "uint64",
    "word3": "uint64",
    "uncertainty_ns": "int64",
    "asleep_cycles": "uint64",
    "observing_cycles": "uint64",
    "guest_cycles": "uint64",
}
TEXTS = (
    "event", "cause", "detail", "name", "before", "after", "outcome", "module", "function", "guest", "register", "fields",
)


def _schema_notes(said: dict[str, Any]) -> dict[bytes, bytes]:
    """Returns the facts about the machine and the trace that are stored in the schema of the Parquet file."""
    harts = json.dumps([hart["id"] for hart in said["harts"]])
    return {b"hartscope.machine": json.dumps(said["machine"]).encode(), b"hartscope.hart_ids": harts.encode()}


def _copy(table: Any, out: Path, said: dict[str, Any]) -> int:
    """Reads CSV from the open file @p table, and writes it as Parquet to @p out. Converts a limited number of rows at a
    time. Returns the total number of rows."""
    import pyarrow
    from pyarrow import csv, parquet

    types = {**{name: getattr(pyarrow, kind)() for name, kind in TYPES.items()}, **dict.fromkeys(TEXTS, pyarrow.string())}
    convert = csv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=True)
    progress = trace_rows.Progress(sum(hart["records"] for hart in said["harts"]))
    rows = 0
    with csv.open_csv(table, read_options=csv.ReadOptions(block_size=4 << 20), convert_options=convert) as parts:
        schema = parts.schema.with_metadata(_schema_notes(said))
        with parquet.ParquetWriter(out, schema, compression="zstd", use_dictionary=list(TEXTS)) as writer:
            for part in parts:
                writer.write_batch(part)
                progress.add(len(part))
                rows += len(part)
    progress.finish()
    return rows


def write(dump: Path, out: Path, options: list[str], salvage: bool) -> int:
    """Writes the table of a dump. Returns the number of rows. @p options contains further options for `hstrace
    convert`. Raises TraceError."""
    said = trace_rows.info(dump, salvage)
    more = [*options, *(["--salvage"] if salvage else [])]
    command = [str(trace_rows.HSTRACE), "convert", "--format=csv", "-o", "-", *more, str(dump)]
    with tempfile.TemporaryFile("w+") as complaint, whole_file.replacing(out) as unfinished:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaint) as process:
            rows = _copy(process.stdout, unfinished, said)
        complaint.seek(0)
        if process.returncode != 0 and not salvage:
            raise trace_rows.TraceError(complaint.read().strip())
    return rows


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parses the command line."""
    parser = trace_rows.parser(PROGRAM, __doc__, EXAMPLES)
    add = parser.add_argument
    add("-o", "--output", required=True, metavar="OUT.parquet", help="the file to write")
    add("--symbols", metavar="FILE[@ADDRESS],...", help="name the functions that these files define, as hstrace convert does")
    return parser.parse_args(arguments)


def run(arguments: list[str]) -> int:
    """Writes the table. Returns the exit code."""
    options = parse(arguments)
    words = [*trace_rows.window(options)]
    words += [f"--symbols={','.join(trace_rows.symbol_files(options.symbols))}"] if options.symbols else []
    dump, out = user_path(options.trace), user_path(options.output)
    refuse_overwriting(out, dump)
    try:
        rows = write(dump, out, words, options.salvage)
    except (trace_rows.TraceError, OSError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    print(f"{out}: {rows:,} rows")
    return 0


if __name__ == "__main__":
    sys.exit(entry.run(run))
