INCLUDE PERFETTO MODULE hartscope.exits;

CREATE PERFETTO TABLE _exit_by_time AS
SELECT ts, dur FROM hart_exit ORDER BY ts;

-- Each initcall of Linux, if the trace has the kernel's events initcall_start and initcall_finish.
CREATE PERFETTO TABLE hart_initcall(
  -- When the initcall began, in ns.
  ts LONG,
  -- How long it ran, in ns.
  dur LONG,
  -- The CPU that ran it.
  cpu LONG,
  -- Address of the function.
  function LONG,
  -- What it returned: 0, or a negative error number.
  result LONG,
  -- Number of exits of all harts meanwhile.
  exits LONG,
  -- Time that all harts spent in hv for these exits, in ns.
  hv_dur LONG
) AS
WITH
  event AS (
    SELECT ts, cpu, utid, name, extract_arg(arg_set_id, 'func') AS function, extract_arg(arg_set_id, 'ret') AS result
    FROM ftrace_event
    WHERE name IN ('initcall_start', 'initcall_finish')
  ),
  pair AS (
    SELECT
      *,
      lead(ts) OVER later AS finish,
      lead(name) OVER later AS finished_by,
      lead(result) OVER later AS returned
    FROM event
    WINDOW later AS (PARTITION BY utid, function ORDER BY ts)
  ),
  initcall AS (SELECT * FROM pair WHERE name = 'initcall_start' AND finished_by = 'initcall_finish')
SELECT
  ts,
  finish - ts AS dur,
  cpu,
  function,
  returned AS result,
  (SELECT count(*) FROM _exit_by_time AS inside WHERE inside.ts >= initcall.ts AND inside.ts < finish) AS exits,
  (SELECT ifnull(sum(inside.dur), 0) FROM _exit_by_time AS inside WHERE inside.ts >= initcall.ts AND inside.ts < finish) AS hv_dur
FROM initcall
ORDER BY ts;
