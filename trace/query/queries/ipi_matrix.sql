-- Software interrupts from hart to hart: how many arrived, and how long they took.
WITH ranked AS (
  SELECT
    from_hart,
    to_hart,
    latency,
    row_number() OVER (PARTITION BY from_hart, to_hart ORDER BY latency) AS place,
    count(*) OVER (PARTITION BY from_hart, to_hart) AS number
  FROM hart_ipi
)
SELECT
  from_hart,
  to_hart,
  number AS ipis,
  round(min(latency) / 1e3, 1) AS least_us,
  round(max(iif(place = (number + 1) / 2, latency, NULL)) / 1e3, 1) AS median_us,
  round(max(iif(place = (number * 99 + 99) / 100, latency, NULL)) / 1e3, 1) AS p99_us,
  round(max(latency) / 1e3, 1) AS longest_us
FROM ranked
GROUP BY from_hart, to_hart
ORDER BY from_hart, to_hart;
