-- Ends the leases of a worker that is known to be gone: its own former process in the one-process layout.
CREATE OR REPLACE FUNCTION engine.free_leases(worker text) RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH freed AS (
    UPDATE workflow_runs w SET status = 'queued', ready_at = clock_timestamp(), worker_id = NULL, lease_until = NULL, crashes = w.crashes + 1
    WHERE w.status = 'running' AND w.worker_id = worker RETURNING 1)
  SELECT count(*)::int FROM freed
$$;
