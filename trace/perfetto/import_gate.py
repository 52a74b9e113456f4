"""Finds what the trace processor reports as wrong with a trace that it has imported."""

from trace.perfetto.trace_processor import TraceProcessor

# How long the import took. Everything else that the table `stats` counts is a fault of the trace, even with severity `info`, for
# example skipped packets.
TIMINGS = ("guess_trace_type_duration_ns", "parse_trace_duration_ns")
# How often the trace processor looked up a clock that was not in its cache. This is normal: each snapshot of the clocks empties the
# cache, so each sequence's own clock is looked up once after each snapshot. A trace with absolute timestamps has no such clocks.
LOOKED_UP = "clock_sync_cache_miss"
LOOK_UPS = "select count(distinct clock_id) * count(distinct snapshot_id) from clock_snapshot where clock_name is null"


def stats_problems(processor: TraceProcessor) -> list[str]:
    """Returns the counters of the import that should be 0 but are not."""
    rows = processor.query("select name, idx, severity, value from stats where value != 0 order by name, idx")
    allowed = {name: float("inf") for name in TIMINGS} | {LOOKED_UP: processor.number(LOOK_UPS)}
    return [
        f"stats: {row['name']}{'' if row['idx'] is None else [row['idx']]} = {row['value']} ({row['severity']})"
        for row in rows
        if int(row["value"] or 0) > allowed.get(str(row["name"]), 0)
    ]


def slice_problems(processor: TraceProcessor) -> list[str]:
    """Returns how many slices have no end, and how many slices and tracks have no name. A good trace has no such slices or tracks."""
    checks = {
        "slices without an end": "slice where dur = -1",
        "slices with a negative duration": "slice where dur < -1",
        "slices without a name": "slice where name is null or name = ''",
        "tracks without a name": "track where name is null or name = ''",
    }
    found = {what: processor.number(f"select count(*) from {rows}") for what, rows in checks.items()}
    return [f"{count} {what}" for what, count in found.items() if count]


def problems(processor: TraceProcessor) -> list[str]:
    """Returns everything that the import finds wrong; empty for a good trace."""
    return stats_problems(processor) + slice_problems(processor)
