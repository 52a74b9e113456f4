INCLUDE PERFETTO MODULE hartscope.harts;

-- Each exit: why a hart entered hv, and for how long. The parts of the name are cause and detail; the detail is NULL if there is none.
CREATE PERFETTO VIEW hart_exit(
  -- Id of the slice.
  id LONG,
  -- When hv was entered, in ns.
  ts LONG,
  -- How long hv ran, in ns.
  dur LONG,
  -- Index of the hart.
  hart LONG,
  -- Cause and detail, as on the timeline.
  name STRING,
  -- Such as illegal_instruction.
  cause STRING,
  -- Such as `csr mscratch` or `sbi set_timer`.
  detail STRING,
  -- The module that took over the exit, or NULL.
  module STRING,
  -- Arguments: debug.mepc and others.
  arg_set_id LONG
) AS
SELECT
  slice.id,
  slice.ts,
  slice.dur,
  hart,
  slice.name,
  iif(instr(slice.name, ': '), substr(slice.name, 1, instr(slice.name, ': ') - 1), slice.name) AS cause,
  iif(instr(slice.name, ': '), substr(slice.name, instr(slice.name, ': ') + 2), NULL) AS detail,
  iif(track_name GLOB 'exits, hart *', NULL, track_name) AS module,
  arg_set_id
FROM slice
JOIN hart_track USING (track_id)
WHERE category = 'exit';
