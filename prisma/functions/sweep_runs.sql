-- Returns runs whose worker has not renewed its lease to the queue; each counts one crash. Names ids only.
-- The third crash counts only for a run that was the only such suspect in hand: of several nobody knows which it was.
CREATE OR REPLACE FUNCTION engine.sweep_runs() RETURNS TABLE(tenant_id uuid, run_id uuid, crashes int)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH picked AS MATERIALIZED (
    SELECT c.tenant_id, c.id FROM workflow_runs c WHERE c.status = 'running' AND c.lease_until < clock_timestamp()
    ORDER BY c.lease_until LIMIT 500 FOR UPDATE SKIP LOCKED)
  UPDATE workflow_runs w SET status = 'queued', ready_at = clock_timestamp(), worker_id = NULL, lease_until = NULL,
    crashes = CASE WHEN w.crashes >= 2 AND EXISTS (SELECT 1 FROM workflow_runs o
      WHERE o.status = 'running' AND o.worker_id = w.worker_id AND o.crashes >= 2 AND o.id <> w.id) THEN w.crashes ELSE w.crashes + 1 END
  FROM picked WHERE w.tenant_id = picked.tenant_id AND w.id = picked.id
  RETURNING w.tenant_id, w.id, w.crashes
$$;
