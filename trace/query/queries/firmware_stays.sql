-- Stays in the firmware by the exit that led there: how many exits one needs, and how long it takes.
SELECT
  ifnull(entry.name, 'boot') AS entered_by,
  count(*) AS stays,
  round(sum(exits) * 1.0 / count(*), 1) AS exits_each,
  round(avg(world.dur - asleep_dur) / 1e3, 1) AS us_each,
  round(max(world.dur - asleep_dur) / 1e3, 1) AS longest_us,
  round(sum(hv_dur) / 1e6, 3) AS hv_ms,
  round(sum(world.dur - hv_dur - asleep_dur) / 1e6, 3) AS firmware_ms,
  round(sum(asleep_dur) / 1e6, 3) AS asleep_ms
FROM hart_world AS world
LEFT JOIN slice AS entry ON entry.id = entered_by
WHERE world = 'firmware'
GROUP BY ifnull(entry.name, 'boot')
ORDER BY sum(world.dur - asleep_dur) DESC;
