INCLUDE PERFETTO MODULE hartscope.exits;

-- What other modules join with longer spans of the same hart.

CREATE PERFETTO VIEW _exit_span AS
SELECT ts, dur, hart, id AS exit_id FROM hart_exit;

CREATE PERFETTO TABLE _asleep_span AS
SELECT slice.ts, slice.dur, hart
FROM slice
JOIN hart_track AS track USING (track_id)
WHERE track.name GLOB 'world*' AND slice.name = 'asleep';
