-- The 20 exits in which hv ran longest. In a wfi of the firmware the hart sleeps, so these are left out.
SELECT
  round(ts / 1e6, 3) AS at_ms,
  hart,
  name,
  module,
  round(dur / 1e3, 1) AS us,
  (SELECT name FROM hart_phase AS phase WHERE phase.ts <= longest.ts AND longest.ts < phase.ts + phase.dur) AS phase
FROM (SELECT * FROM hart_exit WHERE detail IS NOT 'wfi' ORDER BY dur DESC LIMIT 20) AS longest;
