-- Lets the next runs of a key begin, as many as its limit has room for: of one key, or (null) of all keys of a tenant. Holds the tenant's
-- queue as accept_runs does, so that no two of them count at once. A run holds its key from here to its end, through every wait and
-- takeover: an end only ever frees, and is seen by whoever counts next. Reads one index row a key that somebody waits for.
CREATE OR REPLACE FUNCTION engine.admit_runs(tenant uuid, only_workflow uuid, only_key text) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  line record;
  next record;
  held int;
  admitted int := 0;
BEGIN
  PERFORM 1 FROM tenant_queues q WHERE q.tenant_id = tenant FOR NO KEY UPDATE;
  FOR line IN
    WITH RECURSIVE lines AS (
      (SELECT w.workflow_id, w.concurrency_key FROM workflow_runs w
        WHERE w.tenant_id = tenant AND w.concurrency_key IS NOT NULL AND w.status = 'queued' AND w.ready_at IS NULL
          AND (only_key IS NULL OR (w.workflow_id = only_workflow AND w.concurrency_key = only_key))
        ORDER BY w.workflow_id, w.concurrency_key LIMIT 1)
      UNION ALL
      SELECT later.workflow_id, later.concurrency_key FROM lines l CROSS JOIN LATERAL (
        SELECT w.workflow_id, w.concurrency_key FROM workflow_runs w
        WHERE only_key IS NULL AND w.tenant_id = tenant AND w.concurrency_key IS NOT NULL AND w.status = 'queued' AND w.ready_at IS NULL
          AND (w.workflow_id, w.concurrency_key) > (l.workflow_id, l.concurrency_key)
        ORDER BY w.workflow_id, w.concurrency_key LIMIT 1) later)
    SELECT l.workflow_id, l.concurrency_key FROM lines l
  LOOP
    SELECT count(*) INTO held FROM workflow_runs w
      WHERE w.tenant_id = tenant AND w.workflow_id = line.workflow_id AND w.concurrency_key = line.concurrency_key AND w.concurrency_key IS NOT NULL
        AND (w.status IN ('running','waiting') OR (w.status = 'queued' AND w.ready_at IS NOT NULL));
    LOOP
      SELECT w.id, w.concurrency_limit INTO next FROM workflow_runs w
        WHERE w.tenant_id = tenant AND w.workflow_id = line.workflow_id AND w.concurrency_key = line.concurrency_key AND w.concurrency_key IS NOT NULL
          AND w.status = 'queued' AND w.ready_at IS NULL
        ORDER BY w.created_at, w.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
      EXIT WHEN NOT FOUND OR held >= next.concurrency_limit;
      UPDATE workflow_runs w SET ready_at = clock_timestamp(), why = NULL WHERE w.tenant_id = tenant AND w.id = next.id;
      held := held + 1;
      admitted := admitted + 1;
    END LOOP;
  END LOOP;
  RETURN admitted;
END $$;
-- The tenants in which runs wait for a key: for the sweep. One index row a tenant.
CREATE OR REPLACE FUNCTION engine.tenants_in_line() RETURNS TABLE(tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH RECURSIVE found AS (
    (SELECT w.tenant_id FROM workflow_runs w WHERE w.concurrency_key IS NOT NULL AND w.status = 'queued' AND w.ready_at IS NULL ORDER BY w.tenant_id LIMIT 1)
    UNION ALL
    SELECT (SELECT w.tenant_id FROM workflow_runs w WHERE w.concurrency_key IS NOT NULL AND w.status = 'queued' AND w.ready_at IS NULL
      AND w.tenant_id > found.tenant_id ORDER BY w.tenant_id LIMIT 1) FROM found WHERE found.tenant_id IS NOT NULL)
  SELECT f.tenant_id FROM found f WHERE f.tenant_id IS NOT NULL
$$;
