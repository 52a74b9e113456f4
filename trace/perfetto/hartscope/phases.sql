-- The phases of the run.
CREATE PERFETTO VIEW hart_phase(
  -- Id of the slice.
  id LONG,
  -- When the phase began, in ns.
  ts LONG,
  -- How long it lasted, in ns.
  dur LONG,
  -- Such as firmware, kernel or init.
  name STRING
) AS
SELECT id, ts, dur, name FROM slice WHERE category = 'phase';
