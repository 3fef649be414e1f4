-- Appends journal entries of many runs in one commit. The run rows are held in key order (no deadlocks) and only where the epoch is
-- still the caller's: a run that is not in the answer was taken over, cancelled or ended, and nothing of it was written.
-- The second group of arrays is the projection: runs that wait, go back to the queue or end with this batch.
CREATE OR REPLACE FUNCTION append_events(
  tenants uuid[], t uuid[], r uuid[], e int[], s int[], types text[], steps text[], payloads text[],
  pt uuid[], pr uuid[], statuses text[], delays float8[], whys text[], codes text[], messages text[])
RETURNS TABLE(run_id uuid)
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM set_config('app.tenants', tenants::text, true);
  RETURN QUERY
  WITH x AS (SELECT * FROM unnest(t, r, e, s, types, steps, payloads) x(ten, run, epoch, seq, type, step, payload)),
  held AS MATERIALIZED (
    SELECT w.tenant_id, w.id, w.epoch, w.crashes FROM workflow_runs w
    WHERE (w.tenant_id, w.id, w.epoch) IN (SELECT DISTINCT x.ten, x.run, x.epoch FROM x) AND w.status = 'running'
    ORDER BY 1, 2 FOR NO KEY UPDATE),
  entry AS (
    INSERT INTO run_events (tenant_id, run_id, seq, type, step, payload)
    SELECT x.ten, x.run, x.seq, x.type, x.step, x.payload FROM x JOIN held h ON h.tenant_id = x.ten AND h.id = x.run AND h.epoch = x.epoch
    WHERE x.type IS NOT NULL),
  -- Only crashes in a row tell of a run that harms its worker: one that gets on has nothing against it.
  proven AS (
    UPDATE workflow_runs w SET crashes = 0 FROM held h
    WHERE h.crashes > 0 AND w.tenant_id = h.tenant_id AND w.id = h.id AND h.id <> ALL(pr)
      AND EXISTS (SELECT 1 FROM x WHERE x.ten = h.tenant_id AND x.run = h.id AND x.type = 'StepCompleted')),
  projected AS (
    UPDATE workflow_runs w SET crashes = CASE WHEN y.status = 'waiting' THEN 0 ELSE w.crashes END, status = y.status, worker_id = NULL, lease_until = NULL, why = y.why, error_code = y.code, error_message = y.message,
      -- An answer that came while the run was worked on: it waits for nothing.
      ready_at = CASE WHEN w.answered AND y.status = 'waiting' THEN clock_timestamp() WHEN y.delay IS NULL THEN NULL ELSE clock_timestamp() + make_interval(secs => y.delay / 1000.0) END,
      finished_at = CASE WHEN y.status IN ('succeeded','failed','cancelled') THEN clock_timestamp() END
    FROM unnest(pt, pr, statuses, delays, whys, codes, messages) y(ten, run, status, delay, why, code, message)
    JOIN held h ON h.tenant_id = y.ten AND h.id = y.run
    WHERE w.tenant_id = y.ten AND w.id = y.run)
  SELECT h.id FROM held h;
END $$;
REVOKE EXECUTE ON FUNCTION append_events FROM PUBLIC;
GRANT EXECUTE ON FUNCTION append_events TO weftline_runtime;
