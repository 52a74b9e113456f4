INCLUDE PERFETTO MODULE hartscope.harts;

-- Each time that a hart slept, because the firmware executed wfi.
CREATE PERFETTO TABLE hart_asleep(
  -- Id of the slice.
  id LONG,
  -- When the hart fell asleep, in ns.
  ts LONG,
  -- How long it slept, in ns.
  dur LONG,
  -- Index of the hart.
  hart LONG
) AS
SELECT slice.id, slice.ts, slice.dur, hart
FROM slice
JOIN hart_track USING (track_id)
WHERE track_name GLOB 'world*' AND slice.name = 'asleep'
ORDER BY slice.ts;
