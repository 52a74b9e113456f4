INCLUDE PERFETTO MODULE hartscope.asleep;
INCLUDE PERFETTO MODULE hartscope.exits;

-- What other modules join with longer spans of the same hart.

CREATE PERFETTO VIEW _exit_span AS
SELECT ts, dur, hart, id AS exit_id FROM hart_exit;

CREATE PERFETTO VIEW _asleep_span AS
SELECT ts, dur, hart FROM hart_asleep;

CREATE VIRTUAL TABLE _asleep_in_any_exit USING SPAN_JOIN(_asleep_span PARTITIONED hart, _exit_span PARTITIONED hart);

-- The parts of exits in which the hart slept. A hart that sleeps when the trace ends is in an exit that the trace does not have.
CREATE PERFETTO TABLE _asleep_in_exit AS
SELECT ts, dur, hart FROM _asleep_in_any_exit;
