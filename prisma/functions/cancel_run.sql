-- Cancels a run that has not ended: atomic against its completion, because both need the run row. The raised epoch fences its worker.
CREATE OR REPLACE FUNCTION cancel_run(run uuid, entry text) RETURNS bool
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE held record;
BEGIN
  SELECT w.tenant_id, w.id INTO held FROM workflow_runs w
    WHERE w.tenant_id = ANY((SELECT app_tenants())::uuid[]) AND w.id = run AND w.status IN ('queued','running','waiting') FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN false; END IF;
  INSERT INTO run_events (tenant_id, run_id, seq, type, payload)
    SELECT held.tenant_id, run, coalesce(max(e.seq), -1) + 1, 'ExecutionAborted', entry FROM run_events e WHERE e.tenant_id = held.tenant_id AND e.run_id = run;
  UPDATE workflow_runs w SET status = 'cancelled', epoch = w.epoch + 1, worker_id = NULL, lease_until = NULL, ready_at = NULL,
    why = CASE WHEN entry::json->>'by' LIKE 'run:%' THEN 'Cancelled because the run that waited for it goes on without it.' ELSE 'Cancelled by a person.' END,
    finished_at = clock_timestamp() WHERE w.tenant_id = held.tenant_id AND w.id = run;
  RETURN true;
END $$;
REVOKE EXECUTE ON FUNCTION cancel_run FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cancel_run TO weftline_runtime;
