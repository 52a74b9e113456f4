"""What the trace processor says against a trace that it has imported."""

from trace.perfetto.trace_processor import TraceProcessor

# How long the import took. Everything else that `stats` counts is a fault of the trace, also with severity `info`: skipped
# packets are such.
TIMINGS = ("guess_trace_type_duration_ns", "parse_trace_duration_ns")
# How often a clock was looked up, and not found among those looked up before: each sequence's own clock, after each snapshot,
# which makes the engine forget. A trace with absolute timestamps has neither.
LOOKED_UP = "clock_sync_cache_miss"
LOOK_UPS = "select count(distinct clock_id) * count(distinct snapshot_id) from clock_snapshot where clock_name is null"


def stats_problems(processor: TraceProcessor) -> list[str]:
    """Counters of the import that are not 0."""
    rows = processor.query("select name, idx, severity, value from stats where value != 0 order by name, idx")
    allowed = {name: float("inf") for name in TIMINGS} | {LOOKED_UP: processor.number(LOOK_UPS)}
    return [
        f"stats: {row['name']}{'' if row['idx'] is None else [row['idx']]} = {row['value']} ({row['severity']})"
        for row in rows
        if int(row["value"] or 0) > allowed.get(str(row["name"]), 0)
    ]


def slice_problems(processor: TraceProcessor) -> list[str]:
    """Slices that nothing ended, and slices and tracks without a name. The converter closes all and names all."""
    checks = {
        "slices without an end": "slice where dur = -1",
        "slices with a negative duration": "slice where dur < -1",
        "slices without a name": "slice where name is null or name = ''",
        "tracks without a name": "track where name is null or name = ''",
    }
    found = {what: processor.number(f"select count(*) from {rows}") for what, rows in checks.items()}
    return [f"{count} {what}" for what, count in found.items() if count]


def problems(processor: TraceProcessor) -> list[str]:
    """All that the import shows to be wrong; empty for a good trace."""
    return stats_problems(processor) + slice_problems(processor)
