-- The 20 longest initcalls of Linux, with the exits of all harts meanwhile. Needs boot_qemu --ftrace=initcall:*
SELECT
  function,
  round(ts / 1e6, 3) AS at_ms,
  cpu,
  round(dur / 1e6, 3) AS ms,
  result,
  exits,
  round(hv_dur / 1e6, 3) AS hv_ms
FROM hart_initcall
ORDER BY dur DESC
LIMIT 20;
