"""Answers SQL queries about a trace: bazel run //trace:query -- FILE QUERY

FILE is a Perfetto trace, or a dump (.hst), which is converted first. QUERY is SQL, or the name of a query in queries/. Perfetto's own
trace processor answers it. It knows the tables of trace/perfetto/hartscope in addition to its own.
"""

from __future__ import annotations

import argparse
import bisect
import json
import re
import sys
import tempfile
from pathlib import Path

from cli import entry, table
from cli.failure import EXIT_GUEST_FAILED, Failure
from cli.workspace import existing_file, user_path
from trace.perfetto.trace_file import KALLSYMS, NoTraceError, trace_of
from trace.perfetto.trace_processor import PACKAGE, Row, TraceProcessor, TraceProcessorError, Value

QUERIES = Path(__file__).absolute().with_name("queries")

# A column with this name contains addresses of functions. The answer has the names of the functions instead, if they are known.
FUNCTION = "function"

TABLE = re.compile(r"((?:^-- .*\n)*)^CREATE PERFETTO (?:TABLE|VIEW) ([a-z]\w*)\(\n(.*?)^\) AS$", re.MULTILINE | re.DOTALL)
COLUMN = re.compile(r"((?:^ *-- .*\n)*)^ *(\w+) (LONG|STRING)", re.MULTILINE)

EXAMPLES = """\
examples:
  bazel run //trace:query -- out/boot_qemu/trace.pftrace slowest
  bazel run //trace:query -- trace.hst "select hart, cause, count(*) exits from hart_exit group by 1, 2"
  bazel run //trace:query -- trace.hst - <report.sql
  bazel run //trace:query -- --list"""


def comment(text: str) -> str:
    """Returns the text of lines that begin with `--`."""
    return " ".join(line.strip(" -") for line in text.splitlines() if line.strip().startswith("--"))


def modules() -> dict[str, str]:
    """Returns the table that each SQL module defines, and the module's name."""
    return {name: f"{PACKAGE.name}.{file.stem}" for file in sorted(PACKAGE.glob("*.sql")) for _, name, _ in TABLE.findall(file.read_text())}


def queries() -> dict[str, str]:
    """Returns the SQL of the queries that have a name."""
    return {file.stem: file.read_text() for file in sorted(QUERIES.glob("*.sql"))}


def includes(sql: str) -> str:
    """Returns statements that include the modules whose tables @p sql names."""
    words = set(re.findall(r"\w+", sql))
    return "".join(f"INCLUDE PERFETTO MODULE {module};" for name, module in modules().items() if name in words)


def listing() -> str:
    """Returns the lists of queries and tables for --list."""
    lines = ["queries:", *(f"  {name:16}{comment(sql)}" for name, sql in queries().items()), "", "tables:"]
    for file in sorted(PACKAGE.glob("*.sql")):
        for about, name, columns in TABLE.findall(file.read_text()):
            lines.append(f"  {name:16}{comment(about)}")
            lines += [f"    {column:14}{comment(said)}" for said, column, _ in COLUMN.findall(columns)]
    return "\n".join(lines)


class Symbols:
    """The functions of a kernel. @p text has lines ADDRESS TYPE NAME, as /proc/kallsyms and System.map have them."""

    def __init__(self, text: str) -> None:
        found = sorted((int(words[0], 16), words[2]) for words in map(str.split, text.splitlines()) if len(words) >= 3)
        self.addresses, self.names = [address for address, _ in found], [name for _, name in found]

    def name(self, address: Value) -> Value:
        """Returns the function at an address, which may be negative, as SQL has no unsigned numbers. Returns the address itself, as
        hexadecimal text, if no function begins at or before it, and all other values as they are."""
        if not isinstance(address, int):
            return address
        unsigned = address % (1 << 64)
        place = bisect.bisect(self.addresses, unsigned) - 1
        if place < 0:
            return f"{unsigned:#x}"
        offset = unsigned - self.addresses[place]
        return f"{self.names[place]}+{offset:#x}" if offset else self.names[place]


def load_symbols(given: str | None, beside: Path) -> Symbols:
    """Loads the list of functions that the user has named, or the one beside the trace. Without both, no function is known."""
    path = existing_file(given, "--symbols") if given else beside.with_name(KALLSYMS)
    if not path.is_file():
        return Symbols("")
    try:
        return Symbols(path.read_text())
    except (UnicodeDecodeError, ValueError) as error:
        raise Failure(f"{path}: this is no list of functions with lines ADDRESS TYPE NAME ({error})") from error


def answer(trace: Path, sql: str) -> list[Row]:
    """Imports a trace, and returns the rows of a query. Raises Failure with the message of the trace processor."""
    try:
        with TraceProcessor(trace) as processor:
            processor.query(includes(sql) + "SELECT 1")  # on its own, so that messages about the query have its own lines
            return processor.query(sql)
    except TraceProcessorError as error:
        raise Failure(str(error).replace("Traceback (most recent call last):\n", ""), EXIT_GUEST_FAILED) from error


def rendered(rows: list[Row]) -> str:
    """Returns the rows as a table."""
    columns = list(rows[0])
    left = [place for place, name in enumerate(columns) if all(row[name] is None or isinstance(row[name], str) for row in rows)]
    return table.render("", columns, [list(row.values()) for row in rows], left).lstrip("\n")


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(
        prog="bazel run //trace:query --", description="Answers SQL queries about a trace with Perfetto's trace processor.",
        epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE", nargs="?", help="a Perfetto trace, or a dump (.hst); gzip or zstd may have packed it")
    parser.add_argument("query", metavar="QUERY", nargs="?", help=f"SQL, or - for SQL from stdin, or a name: {', '.join(queries())}")
    parser.add_argument("--json", action="store_true", help="print the rows as a JSON list of objects instead of a table")
    parser.add_argument("--list", action="store_true", help="print the queries with a name, and the tables of hartscope with their columns")
    parser.add_argument(
        "--symbols", metavar="FILE",
        help=f"names of the functions in columns `{FUNCTION}`: a copy of /proc/kallsyms (default: the file {KALLSYMS} beside FILE)",
    )
    parsed = parser.parse_args(arguments)
    if not parsed.list and parsed.query is None:
        parser.error("give a FILE and a QUERY, or --list")
    return parsed


def ask(parsed: argparse.Namespace) -> list[Row]:
    """Returns the rows of the query that the user has typed."""
    file = user_path(parsed.file)
    text = sys.stdin.read() if parsed.query == "-" else parsed.query
    sql = queries().get(text, text)
    if re.fullmatch(r"\s*\w*\s*", sql):
        raise Failure(f"{text!r} is neither SQL nor the name of a query: the names are {', '.join(queries())}")
    symbols = load_symbols(parsed.symbols, file)
    with tempfile.TemporaryDirectory(prefix="hartscope-query-") as folder:
        try:
            trace = trace_of(file, Path(folder), None)
        except NoTraceError as error:
            raise Failure(f"{parsed.file}: {error}") from error
        rows = answer(trace, sql)
    for row in rows:
        if FUNCTION in row:
            row[FUNCTION] = symbols.name(row[FUNCTION])
    if not rows and sql is not text:
        print(f"query: {text}: no rows. {comment(sql)}", file=sys.stderr)
    return rows


def main(arguments: list[str]) -> int:
    """Answers the query. Returns the exit code."""
    parsed = parse(arguments)
    if parsed.list:
        print(listing())
        return 0
    rows = ask(parsed)
    if parsed.json:
        print(json.dumps(rows, indent=1))
    elif rows:
        print(rendered(rows))
    return 0


if __name__ == "__main__":
    sys.exit(entry.run(main))
