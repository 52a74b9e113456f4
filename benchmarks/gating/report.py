"""Makes the gate's report in three forms. These are a table for the terminal, Markdown for a comment on a change, and
JUnit XML for CI systems."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from benchmarks.cost.table import number
from benchmarks.gating.baseline import text_of
from benchmarks.gating.compare import Colour, Row, Verdict, was_compared
from benchmarks.gating.why import key_figures
from cli.table import Cell, render

HEADER = ["figure", "unit", "was", "is", "Δ", "verdict"]
MARKS = {Colour.GREEN: "✅", Colour.YELLOW: "⚠️", Colour.RED: "❌"}

# At most this many rows are shown for each verdict. A comment is limited to 65,536 characters, and nobody reads a thousand rows.
ROWS_SHOWN = 60

# Key figures are shown even if they are unchanged. For the tree, this applies to these configurations. The run of a
# user has only one configuration, and there it applies to that one.
KEY_CONFIGS = ("qemu_virt", "qemu_virt_counters", "qemu_virt_trace")


def is_key(row: Row, rows: list[Row]) -> bool:
    """Returns whether a row contains a key figure, which is shown even if it is unchanged."""
    configs = {each.key[0] for each in rows}
    return key_figures(row.key[1]) and (row.key[0] in KEY_CONFIGS or len(configs) == 1)


def shown(rows: list[Row]) -> list[Row]:
    """Returns the rows to show: first the changed figures, starting with the red ones, and then the key figures."""
    picked: list[Row] = []
    for verdict in reversed(Verdict):
        of_verdict = [row for row in rows if row.verdict is verdict]
        if verdict is Verdict.SAME:
            picked += [row for row in of_verdict if is_key(row, rows)]
        else:
            picked += of_verdict[:ROWS_SHOWN]
    return picked


def left_out(rows: list[Row]) -> list[str]:
    """Returns a line for each verdict with too many changed figures. The line contains the number of figures that are
    not shown."""
    return [
        f"… and {count - ROWS_SHOWN:,} more: {verdict.value} (gate.xml has all)"
        for verdict in reversed(Verdict)
        if verdict is not Verdict.SAME and (count := sum(1 for row in rows if row.verdict is verdict)) > ROWS_SHOWN
    ]


def _delta(row: Row) -> str | None:
    if row.delta is None or row.was is None:
        return None
    part = f" ({row.delta / row.was:+.1%})" if row.was and row.delta else ""
    return f"{row.delta:+,.10g}{part}" if row.delta else "0"


def _cells(row: Row) -> list[Cell]:
    verdict = f"{row.verdict.value}: {row.note}" if row.note else row.verdict.value
    return [text_of(row.key), row.unit, number(row.was), number(row.now), _delta(row), verdict]


def summary(rows: list[Row], verdict: Colour) -> str:
    """Returns one line with the colour and the number of figures with each verdict."""
    counts = {each: sum(1 for row in rows if row.verdict is each) for each in Verdict}
    parts = [f"{count:,} {each.value}" for each, count in counts.items() if count]
    known = sum(1 for row in rows if "known: " in row.note)
    return f"{verdict.value}: {', '.join(parts)}" + (f"; {known:,} over their limit, with a reason" if known else "")


NOTHING_COMPARED = "no operation and no size could be compared with the baseline"


def advice(rows: list[Row], verdict: Colour) -> list[str]:
    """Returns warnings, and sentences about what the user can do next."""
    lines = []
    if verdict is Colour.RED and not any(row.verdict.is_red for row in rows):
        lines.append(f"{NOTHING_COMPARED}: record a new baseline with --update all --because=…")
    if any(row.verdict is Verdict.BETTER for row in rows):
        lines.append("some figures are better: to keep the gain, record them with --update FIGURE… --because=…")
    if any(row.verdict is Verdict.NEW for row in rows):
        lines.append("some figures are new: record them with --update FIGURE… --because=…")
    if verdict is Colour.YELLOW and not was_compared(rows):
        lines.append(f"warning: {NOTHING_COMPARED}, because versions differ")
    elif any(row.verdict is Verdict.NOT_COMPARABLE for row in rows):
        lines.append("warning: some figures could not be compared, because versions differ")
    return lines


def terminal(rows: list[Row], verdict: Colour, why: list[str]) -> str:
    """Returns the report as plain text."""
    parts = ["\n".join([render("the gate", HEADER, [_cells(row) for row in shown(rows)], left=(0, len(HEADER) - 1)), *left_out(rows)])]
    if why:
        parts.append("\n".join(["what grew:", *(f"  {line}" for line in why)]))
    return "\n\n".join([*parts, "\n".join([*advice(rows, verdict), summary(rows, verdict)])])


def _markdown_table(rows: list[Row]) -> list[str]:
    lines = ["| figure | was | is | Δ | verdict |", "|---|---:|---:|---:|---|"]
    for row in rows:
        name, _, was, now, delta, text = (("–" if cell is None else f"{cell:,}" if isinstance(cell, (int, float)) else cell)
                                          for cell in _cells(row))
        lines.append(f"| `{name}` | {was} | {now} | {delta} | {text} |")
    return lines


def markdown(rows: list[Row], verdict: Colour, why: list[str]) -> str:
    """Returns the report as Markdown for a comment. Changed figures are visible, and all other figures are in a folded
    part."""
    picked = shown(rows)
    changed = [row for row in picked if row.verdict not in (Verdict.SAME, Verdict.TIMED)]
    rest = [row for row in picked if row not in changed]
    lines = [f"## {MARKS[verdict]} hartscope gate: {summary(rows, verdict)}", ""]
    if changed:
        lines += [*_markdown_table(changed), "", *left_out(rows)]
    if why:
        lines += ["", "**What grew**", "", *(f"- {line}" for line in why)]
    lines += ["", *advice(rows, verdict)]
    if rest:
        lines += ["", "<details><summary>Unchanged key figures</summary>", "", *_markdown_table(rest),
                  "", "</details>"]
    return "\n".join(lines) + "\n"


def _case(row: Row, why: list[str]) -> str:
    config, name = row.key
    text = f"was {row.was}, is {row.now}: {row.verdict.value} {row.note}".strip()
    reasons = [line for line in why if name in line]
    inner = ""
    if row.verdict.is_red:
        inner = f"<failure message={quoteattr(text)}>{escape(chr(10).join(reasons))}</failure>"
    elif row.verdict is Verdict.NOT_COMPARABLE:
        inner = f"<skipped message={quoteattr(text)}/>"
    return f"  <testcase classname={quoteattr('gate.' + config)} name={quoteattr(name)}>{inner}</testcase>"


def junit(rows: list[Row], verdict: Colour, why: list[str]) -> str:
    """Returns the report as JUnit XML. It has a test case for each figure, and one test case for the whole run. The
    latter fails if nothing could be compared."""
    cases = [_case(row, why) for row in rows]
    failed = sum(1 for row in rows if row.verdict.is_red)
    whole = ""
    if verdict is Colour.RED and not failed:
        failed, whole = 1, f'<failure message="{NOTHING_COMPARED}"/>'
    cases.append(f'  <testcase classname="gate" name="whole">{whole}</testcase>')
    head = f'<testsuite name="gate" tests="{len(cases)}" failures="{failed}">'
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", head, *cases, "</testsuite>", "</testsuites>", ""])
