"""Answers SQL queries about a trace with Perfetto's own trace processor (through trace_processor.js)."""

import json
import subprocess
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

RUNFILES = Path(__file__).absolute().parents[3]
UI = RUNFILES / "perfetto_ui"
PACKAGE = Path(__file__).absolute().with_name("hartscope")  # SQL modules
PROGRAM = Path(__file__).absolute().with_name("trace_processor.js")
SECONDS = 3000  # an answer may take at most this long; on a busy machine, importing a boot of 4 harts took over 600 s
# Do not optimise the wasm. A small trace then takes a fifth of the time, and a trace of a million packets does not take longer.
NODE = ("node", "--liftoff-only")

Value = int | float | str | None
Row = dict[str, Value]


class TraceProcessorError(Exception):
    """The engine has refused the trace or the query, has ended, or has not answered in time."""


def ui_version() -> Path:
    """Returns the folder of the UI. The folder's name is the UI's version. Only one version is installed."""
    (folder,) = UI.glob("v*")
    return folder


class TraceProcessor:
    """An imported trace. It is a context manager that ends the engine. Queries can include the SQL modules of hartscope, such as
    hartscope.exits.

    Raises TraceProcessorError if the trace cannot be imported. The engine needs about 14 bytes of memory for each byte of the
    trace. The engine is killed if an answer takes longer than `seconds`.
    """

    def __init__(self, trace: Path, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        command = [*NODE, str(PROGRAM), str(ui_version()), str(trace)]
        self._node = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            self._answer()
            self._ask({"name": PACKAGE.name, "modules": {f"{PACKAGE.name}.{file.stem}": file.read_text() for file in PACKAGE.glob("*.sql")}})
        except TraceProcessorError as error:
            self.close()
            raise TraceProcessorError(f"{trace}: {error}") from None

    def __enter__(self) -> "TraceProcessor":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the engine."""
        self._node.kill()
        self._node.communicate()

    def _answer(self) -> dict[str, Any]:
        assert self._node.stdout
        watch = threading.Timer(self._seconds, self._node.kill)
        watch.start()
        line = self._node.stdout.readline()
        watch.cancel()
        if not line:
            raise TraceProcessorError(f"the engine has ended, or has not answered within {self._seconds} s")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise TraceProcessorError(answer["error"])
        return answer

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._node.stdin
        try:
            self._node.stdin.write(json.dumps(request) + "\n")
            self._node.stdin.flush()
        except BrokenPipeError:
            raise TraceProcessorError("the engine has ended") from None
        return self._answer()

    def query(self, sql: str) -> list[Row]:
        """Returns the rows of a query. A row maps column names to values. Raises TraceProcessorError if two columns have the same name."""
        answer = self._ask({"sql": sql})
        columns = answer["columns"]
        if len(set(columns)) != len(columns):
            raise TraceProcessorError(f"two columns have the same name: {', '.join(columns)}")
        return [dict(zip(columns, row)) for row in answer["rows"]]

    def number(self, sql: str) -> int:
        """Returns the result of a query that yields one row with one number."""
        (row,) = self.query(sql)
        (value,) = row.values()
        assert isinstance(value, int), f"{sql}: {value!r} is not a number"
        return value
