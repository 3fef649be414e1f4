-- Ends the leases of a worker that is known to be gone: its own former process in the one-process layout.
-- Crashes count as in sweep_runs.
CREATE OR REPLACE FUNCTION engine.free_leases(worker text) RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH freed AS (
    UPDATE workflow_runs w SET status = 'queued', ready_at = clock_timestamp(), worker_id = NULL, lease_until = NULL,
      crashes = CASE WHEN w.crashes >= 2 AND EXISTS (SELECT 1 FROM workflow_runs o
        WHERE o.status = 'running' AND o.worker_id = w.worker_id AND o.crashes >= 2 AND o.id <> w.id) THEN w.crashes ELSE w.crashes + 1 END
    WHERE w.status = 'running' AND w.worker_id = worker RETURNING 1)
  SELECT count(*)::int FROM freed
$$;
