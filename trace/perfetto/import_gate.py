"""Finds the problems that the trace processor reports for a trace that it has imported."""

from trace.perfetto.trace_processor import TraceProcessor

# Rows of the table `stats` that contain how long the import took. Every other row with a value other than 0 is a fault of the trace,
# even with severity `info`. For example, a row counts skipped packets.
TIMINGS = ("guess_trace_type_duration_ns", "parse_trace_duration_ns")
# Row that counts how often the trace processor looked up a clock that was not in its cache. This is normal. Each snapshot of the clocks
# empties the cache, so the trace processor looks up each sequence's clock once after each snapshot. A trace with absolute timestamps has
# no such clocks.
LOOKED_UP = "clock_sync_cache_miss"
# With more clocks than FEW, it also forgets some of them now and then: 2,110 look-ups for 32 harts with 500,000 exits. It should not happen
# for more than one slice in a hundred.
FEW = 8
CLOCKS = "select count(distinct clock_id) from clock_snapshot where clock_name is null"
LOOK_UPS = "select count(distinct clock_id) * count(distinct snapshot_id) from clock_snapshot where clock_name is null"


def look_ups_allowed(processor: TraceProcessor) -> int:
    """Returns how often the trace processor may have looked up a clock."""
    forgotten = processor.number("select count(*) from slice") // 100 if processor.number(CLOCKS) > FEW else 0
    return processor.number(LOOK_UPS) + forgotten


def stats_problems(processor: TraceProcessor) -> list[str]:
    """Returns a line for each counter of the import that should be 0 but is not."""
    rows = processor.query("select name, idx, severity, value from stats where value != 0 order by name, idx")
    allowed = {name: float("inf") for name in TIMINGS} | {LOOKED_UP: look_ups_allowed(processor)}
    return [
        f"stats: {row['name']}{'' if row['idx'] is None else [row['idx']]} = {row['value']} ({row['severity']})"
        for row in rows
        if int(row["value"] or 0) > allowed.get(str(row["name"]), 0)
    ]


def slice_problems(processor: TraceProcessor) -> list[str]:
    """Returns lines with the numbers of slices without an end, and of slices and tracks without a name. A good trace has none of them."""
    checks = {
        "slices without an end": "slice where dur = -1",
        "slices with a negative duration": "slice where dur < -1",
        "slices without a name": "slice where name is null or name = ''",
        "tracks without a name": "track where name is null or name = ''",
    }
    found = {what: processor.number(f"select count(*) from {rows}") for what, rows in checks.items()}
    return [f"{count} {what}" for what, count in found.items() if count]


def problems(processor: TraceProcessor) -> list[str]:
    """Returns a line for each problem of the import. The list is empty for a good trace."""
    return stats_problems(processor) + slice_problems(processor)
