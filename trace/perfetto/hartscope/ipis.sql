INCLUDE PERFETTO MODULE hartscope.harts;

-- Each software interrupt that one hart sent to another and that arrived.
CREATE PERFETTO TABLE hart_ipi(
  -- Id of the slice of the send.
  id LONG,
  -- When it was sent, in ns.
  ts LONG,
  -- Index of the hart that sent it.
  from_hart LONG,
  -- Index of the hart that received it.
  to_hart LONG,
  -- Time from the send to the receive, in ns.
  latency LONG
) AS
SELECT sent.id, sent.ts, sender.hart AS from_hart, receiver.hart AS to_hart, came.ts - sent.ts AS latency
FROM flow
JOIN slice AS sent ON sent.id = slice_out
JOIN slice AS came ON came.id = slice_in
JOIN hart_track AS sender ON sender.track_id = sent.track_id
JOIN hart_track AS receiver ON receiver.track_id = came.track_id
WHERE came.name = 'IPI received';
