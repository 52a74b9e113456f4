-- SBI calls by function: how many exits one needs, and how long hv and the firmware work on it.
SELECT
  name AS function,
  answered_by,
  count(*) AS calls,
  round(sum(exits) * 1.0 / count(*), 1) AS exits_each,
  round(avg(hv_dur) / 1e3, 1) AS hv_us_each,
  round(avg(firmware_dur) / 1e3, 1) AS firmware_us_each,
  round(max(dur) / 1e3, 1) AS longest_us,
  round(sum(hv_dur + firmware_dur) / 1e6, 3) AS total_ms
FROM hart_ecall
GROUP BY name, answered_by
ORDER BY sum(hv_dur + firmware_dur) DESC;
