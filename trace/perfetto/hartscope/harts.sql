-- The tracks of each hart, at any depth below the hart's group.
CREATE PERFETTO TABLE hart_track(
  -- Id of the track.
  track_id LONG,
  -- Index of the hart.
  hart LONG,
  -- Name of the track.
  track_name STRING
) AS
WITH RECURSIVE above(track_id, ancestor) AS (
  SELECT id, parent_id FROM track WHERE parent_id IS NOT NULL
  UNION ALL
  SELECT above.track_id, track.parent_id
  FROM above JOIN track ON track.id = ancestor
  WHERE parent_id IS NOT NULL
)
SELECT track_id, cast_int!(substr(hart.name, 6)) AS hart, track.name AS track_name
FROM above
JOIN track AS hart ON hart.id = ancestor
JOIN track ON track.id = track_id
WHERE hart.name GLOB 'hart [0-9]*';
