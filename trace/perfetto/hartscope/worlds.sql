INCLUDE PERFETTO MODULE hartscope.spans;

-- Without gaps of no length, because SPAN_JOIN would count an exit that begins there.
CREATE PERFETTO TABLE _world AS
SELECT slice.ts, slice.dur, hart, slice.id AS world_id, slice.name AS world
FROM slice
JOIN hart_track USING (track_id)
WHERE track_name GLOB 'world*' AND slice.name IN ('firmware', 'payload', 'LOST') AND depth = 0 AND slice.dur > 0;

CREATE VIRTUAL TABLE _exit_in_world USING SPAN_JOIN(_world PARTITIONED hart, _exit_span PARTITIONED hart);

CREATE VIRTUAL TABLE _asleep_in_world USING SPAN_JOIN(_world PARTITIONED hart, _asleep_span PARTITIONED hart);
CREATE VIRTUAL TABLE _asleep_exit_in_world USING SPAN_JOIN(_world PARTITIONED hart, _asleep_in_exit PARTITIONED hart);

-- Each stay of a hart in a world, from the entry to the switch away from it. The exit that ends a stay belongs to it.
CREATE PERFETTO TABLE hart_world(
  -- Id of the slice.
  id LONG,
  -- When the stay began, in ns.
  ts LONG,
  -- How long it lasted, in ns, with the time in hv and asleep.
  dur LONG,
  -- Index of the hart.
  hart LONG,
  -- firmware, payload, or LOST where records are missing.
  world STRING,
  -- Number of exits from it.
  exits LONG,
  -- How long hv ran for these exits, in ns, without the time asleep.
  hv_dur LONG,
  -- How long the hart was asleep, in ns.
  asleep_dur LONG,
  -- The exit (hart_exit.id) that led here, or NULL if the trace does not have it.
  entered_by LONG
) AS
WITH
  inside AS (
    SELECT world_id, count(*) AS exits, sum(dur) AS hv_dur, max(exit_id) AS last_exit, max(ts + dur) AS last_end
    FROM _exit_in_world
    GROUP BY world_id
  ),
  asleep AS (SELECT world_id, sum(dur) AS asleep_dur FROM _asleep_in_world GROUP BY world_id),
  asleep_exit AS (SELECT world_id, sum(dur) AS asleep_exit_dur FROM _asleep_exit_in_world GROUP BY world_id)
SELECT
  world_id AS id,
  ts,
  dur,
  hart,
  world,
  ifnull(exits, 0) AS exits,
  ifnull(hv_dur, 0) - ifnull(asleep_exit_dur, 0) AS hv_dur,
  ifnull(asleep_dur, 0) AS asleep_dur,
  iif(lag(last_end) OVER stays = ts, lag(last_exit) OVER stays, NULL) AS entered_by
FROM _world
LEFT JOIN inside USING (world_id)
LEFT JOIN asleep USING (world_id)
LEFT JOIN asleep_exit USING (world_id)
WINDOW stays AS (PARTITION BY hart ORDER BY ts)
ORDER BY ts;
