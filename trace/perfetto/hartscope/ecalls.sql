INCLUDE PERFETTO MODULE hartscope.spans;

CREATE PERFETTO TABLE _call AS
SELECT slice.ts, slice.dur, hart, slice.id AS call_id, slice.name, arg_set_id
FROM slice
JOIN hart_track USING (track_id)
WHERE track_name = 'ecalls';

CREATE VIRTUAL TABLE _exit_in_call USING SPAN_JOIN(_call PARTITIONED hart, _exit_span PARTITIONED hart);
CREATE VIRTUAL TABLE _asleep_in_call USING SPAN_JOIN(_call PARTITIONED hart, _asleep_in_exit PARTITIONED hart);

CREATE PERFETTO TABLE _inside_call AS
SELECT call_id, count(*) AS exits, sum(dur) AS hv_dur, min(exit_id) AS first_exit FROM _exit_in_call GROUP BY call_id;

-- Each SBI call of the payload, whoever answered it.
CREATE PERFETTO TABLE hart_ecall(
  -- Id of the slice: of the call if the firmware answered it, or else of the exit.
  id LONG,
  -- When the payload called, in ns.
  ts LONG,
  -- How long the call took, in ns.
  dur LONG,
  -- Index of the hart.
  hart LONG,
  -- Such as `sbi set_timer`.
  name STRING,
  -- firmware, hv, or the name of a module.
  answered_by STRING,
  -- Number of exits, with the call itself.
  exits LONG,
  -- Time in hv, in ns.
  hv_dur LONG,
  -- Time in the firmware, in ns, without its exits and its sleep.
  firmware_dur LONG,
  -- Arguments of the slice.
  arg_set_id LONG
) AS
WITH
  asleep AS (SELECT call_id, sum(dur) AS asleep_dur FROM _asleep_in_call GROUP BY call_id)
SELECT
  call_id AS id,
  ts,
  dur,
  hart,
  name,
  'firmware' AS answered_by,
  ifnull(exits, 0) AS exits,
  ifnull(hv_dur, 0) - ifnull(asleep_dur, 0) AS hv_dur,
  dur - ifnull(hv_dur, 0) AS firmware_dur,
  arg_set_id
FROM _call
LEFT JOIN _inside_call USING (call_id)
LEFT JOIN asleep USING (call_id)
UNION ALL
SELECT id, ts, dur, hart, detail, ifnull(module, 'hv'), 1, dur, 0, arg_set_id
FROM hart_exit
WHERE
  name GLOB 'environment_call_from_*s_mode: *'
  AND (module IS NOT NULL OR name GLOB '*: sbi hartscope_*')
  AND id NOT IN (SELECT first_exit FROM _inside_call);
