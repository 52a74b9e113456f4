"""Draws figures of a trace. They show exits over time with the phases of the boot, durations of exits by cause, how each hart's
time was spent, and how long interrupts from hart to hart took."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis import functions_figure, ipi_figure, phases, trace_drawing, trace_rows, trigger_figure
from cli import whole_file
from analysis.trace_summary import Summary
from cli.workspace import user_path
from cli import entry

PROGRAM = "bazel run //analysis:trace_figures --"
NUMBERS = "trace_figures.json"
FORMATS = ("png", "svg")
QUANTILES = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999}

EXAMPLES = """\
examples:
  bazel run //analysis:trace_figures -- out/boot_qemu/trace.hst
  bazel run //analysis:trace_figures -- trace.hst --result=result.json --out=pictures --format=svg
  bazel run //analysis:trace_figures -- out/boot_qemu/trace.hst --symbols=out/boot_qemu/kallsyms
  bazel run //analysis:trace_figures -- trace.hst --from=1.5 --to=1600ms"""


class Usage(Exception):
    """The command line is wrong. The text of the exception explains the reason."""


@dataclass(frozen=True)
class Choice:
    """What to draw, and how."""

    formats: tuple[str, ...] = ("png",)
    salvage: bool = False
    window: tuple[str, ...] = ()  # hstrace's options --from and --to
    same_run: bool = True  # if true, a result from another run is an error; if false, such a result is ignored


def read(dump: Path, salvage: bool, window: tuple[str, ...]) -> tuple[Summary, dict[str, Any]]:
    """Returns the summary of a dump's records, and the output of `hstrace info` for it. Raises TraceError."""
    said = trace_rows.info(dump, salvage)
    summary = Summary(len(said["harts"]))
    progress = trace_rows.Progress(sum(hart["records"] for hart in said["harts"]))
    for part in trace_rows.rows(dump, salvage, progress, window):
        summary.take(part)
    summary.finish()
    return summary, said


def subtitle(dump: Path, result: dict[str, Any] | None) -> str:
    """Returns a line that describes the run."""
    if result is None:
        return str(dump.name)
    several = result["harts"] > 1
    icount = "under icount: a cycle is an instruction" + (" of any hart" if several else "")
    how = icount if result["icount"] else "real concurrency"
    harts = f"{result['harts']} hart" + ("s" if several else "")
    return f"{result['benchmark']}, {result['config']}, {harts}, {how}"


def numbers(picture: trace_drawing.Picture, close: Sequence[Path] = ()) -> dict[str, Any]:
    """Returns the numbers that the figures show. @p close contains the figures of triggers. Their names are among the numbers, because
    the directory may also contain such figures from an earlier call."""
    summary = picture.summary
    harts = zip(picture.harts, summary.harts)
    return {
        "exits": summary.exits,
        "lost": summary.lost,
        "phases": [{"name": name, "begin_seconds": ns / phases.SECOND} for name, ns in picture.phases],
        "triggers": [{"seconds": ns / phases.SECOND} for ns in picture.triggers],
        "trigger_pictures": [path.name for path in close if path.suffix == ".png"],
        "harts": [{"hart": id_, "exits": dict(hart.exits), "cycles": hart.shares()} for id_, hart in harts],
        "causes": [
            {
                "cause": name.partition(": ")[0],
                "detail": name.partition(": ")[2] or None,
                "count": row.count,
                "cycles": row.total,
                "min": row.least,
                "max": row.most,
                **{quantile: row.quantile(fraction) for quantile, fraction in QUANTILES.items()},
            }
            for name, row in summary.durations.items()
        ],
        "ipis": ipi_figure.numbers(summary.ipis, picture.harts),
    }


def inside(triggers: list[dict[str, Any]], window: tuple[str, ...]) -> list[dict[str, Any]]:
    """Returns the triggers of a dump that fired inside the time window. @p triggers is a part of the output of `hstrace info`."""
    begin, end = trace_rows.limits(window)
    return [trigger for trigger in triggers if "ns" in trigger and begin <= trigger["ns"] < end]


def gather(dump: Path, result: dict[str, Any] | None, choice: Choice) -> trace_drawing.Picture:
    """Reads a dump and returns the data for its figures. Raises TraceError if the dump cannot be read, and Usage if @p
    result comes from another run."""
    summary, said = read(dump, choice.salvage, choice.window)
    whole = read(dump, choice.salvage, ())[0] if choice.window else summary
    why = phases.differs(result, said["machine"]["build_id"], whole) if result else None
    if why and choice.same_run:
        raise Usage(f"the result and the trace are not from the same run: {why}")
    begins = phases.of_dump(said)
    if result and not why:
        begins = phases.of_result(whole, begins, result)
    harts = [hart["id"] for hart in said["harts"]]
    triggers = [trigger["ns"] for trigger in inside(said["triggers"], choice.window)]
    return trace_drawing.Picture(summary, harts, begins, subtitle(dump, result), not choice.window, triggers)


def draw(picture: trace_drawing.Picture, directory: Path, choice: Choice, close: Sequence[Path] = ()) -> list[Path]:
    """Draws the figures into @p directory. Returns the files of the figures. Returns an empty list if the trace has no
    exits. @p close contains the figures of triggers, which draw_triggers has drawn."""
    if not picture.summary.exits:
        return []
    directory.mkdir(parents=True, exist_ok=True)
    drawn = trace_drawing.draw(picture, directory, list(choice.formats))
    title = picture.title("how long interrupts from hart to hart took")
    drawn += ipi_figure.draw(picture.summary.ipis, picture.harts, title, directory, list(choice.formats))
    whole_file.write_text(directory / NUMBERS, json.dumps(numbers(picture, close), indent=1) + "\n")
    return [*drawn, directory / NUMBERS]


def draw_functions(
    dump: Path, symbols: list[str], result: dict[str, Any] | None, directory: Path, choice: Choice
) -> list[Path]:
    """Draws the figure of the functions that exits interrupt. @p symbols are the files for hstrace's option --symbols.
    Returns the files of the figure. Raises TraceError."""
    rows = functions_figure.read(dump, symbols, choice.window, choice.salvage)
    return functions_figure.draw(rows, subtitle(dump, result), directory, choice.formats)


def draw_triggers(dump: Path, picture: trace_drawing.Picture, directory: Path, choice: Choice) -> list[Path]:
    """Draws the moments at which triggers of the recorder fired. Returns the files of the figures. Raises TraceError."""
    if not picture.triggers or not picture.summary.exits:
        return []
    directory.mkdir(parents=True, exist_ok=True)
    triggers, limits = inside(trace_rows.info(dump, choice.salvage)["triggers"], choice.window), trace_rows.limits(choice.window)
    left_out = len(triggers) - trigger_figure.MOST
    if left_out > 0:
        print(f"note: {left_out} more triggers fired; only the first {trigger_figure.MOST} have a figure of their own", file=sys.stderr)
    return trigger_figure.draw(
        dump, choice.salvage, triggers, limits, picture.harts, picture.subtitle, directory, list(choice.formats)
    )


def load_result(path: Path) -> dict[str, Any]:
    """Returns the contents of a result.json. Raises Usage if the file is not a result."""
    try:
        result = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise Usage(f"{path}: {getattr(error, 'strerror', None) or 'not JSON'}") from error
    if not isinstance(result, dict) or not {"build_id", "phases", "exits", "icount"} <= set(result):
        raise Usage(f"{path}: not the result.json of a run")
    return result


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parses the command line."""
    parser = trace_rows.parser(PROGRAM, __doc__, EXAMPLES)
    add = parser.add_argument
    add("--result", metavar="FILE", help="result.json of the same run, for the title and the phases (default: the phases in the trace)")
    add("--out", metavar="DIR", help="where the figures go (default: beside the trace)")
    add("--symbols", metavar="FILE[@ADDRESS],...", help="also draw which functions exits interrupt, with the names in these files")
    add("--format", default="png", metavar="LIST", help="png, svg, or png,svg (default png)")
    options = parser.parse_args(arguments)
    options.format = options.format.split(",")
    if not set(options.format) <= set(FORMATS):
        parser.error("--format must be png, svg, or png,svg")
    return options


def run(arguments: list[str]) -> int:
    """Draws the figures. Returns the exit code."""
    options = parse(arguments)
    dump = user_path(options.trace)
    window = trace_rows.window(options)
    try:
        result = load_result(user_path(options.result)) if options.result else None
        directory = user_path(options.out) if options.out else dump.parent
        choice = Choice(tuple(options.format), options.salvage, window)
        picture = gather(dump, result, choice)
        if not picture.summary.exits and window:
            raise trace_rows.TraceError(f"{dump}: the trace has no exits between --from and --to, so there is nothing to draw")
        close = draw_triggers(dump, picture, directory, choice)
        drawn = [*draw(picture, directory, choice, close), *close]
        if options.symbols and drawn:
            drawn += draw_functions(dump, trace_rows.symbol_files(options.symbols), result, directory, choice)
    except Usage as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    except (trace_rows.TraceError, OSError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    print("\n".join(map(str, drawn)) or "the trace has no exits, so there is nothing to draw")
    return 0


if __name__ == "__main__":
    sys.exit(entry.run(run))
