-- Hands ready runs of all tenants to a worker: lease and epoch. Tenants come in the order of their virtual time, each up to its
-- concurrency cap, so that one tenant's backlog does not delay another's run. Reads one index row a waiting tenant, not the backlog.
CREATE OR REPLACE FUNCTION engine.claim_runs(worker text, want int, lease_seconds int)
RETURNS TABLE(tenant_id uuid, run_id uuid, epoch int, crashes int, clock timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  now_ timestamptz := clock_timestamp();
  candidates uuid[];
  candidate uuid;
  remaining int := want;
  share int;
  slots int;
  taken int;
  floor_ float;
BEGIN
  WITH RECURSIVE ready AS (
    (SELECT w.tenant_id FROM workflow_runs w WHERE w.status IN ('queued','waiting') AND w.ready_at IS NOT NULL ORDER BY w.tenant_id LIMIT 1)
    UNION ALL
    SELECT (SELECT w.tenant_id FROM workflow_runs w WHERE w.status IN ('queued','waiting') AND w.ready_at IS NOT NULL
      AND w.tenant_id > ready.tenant_id ORDER BY w.tenant_id LIMIT 1) FROM ready WHERE ready.tenant_id IS NOT NULL)
  SELECT array_agg(q.tenant_id ORDER BY q.virtual_time, q.tenant_id), min(q.virtual_time) INTO candidates, floor_
  FROM ready JOIN tenant_queues q ON q.tenant_id = ready.tenant_id
  WHERE EXISTS (SELECT 1 FROM workflow_runs w WHERE w.tenant_id = ready.tenant_id AND w.status IN ('queued','waiting') AND w.ready_at <= now_);
  IF candidates IS NULL THEN RETURN; END IF;
  share := greatest(1, ceil(want::float / cardinality(candidates))::int);
  FOREACH candidate IN ARRAY candidates LOOP
    EXIT WHEN remaining <= 0;
    PERFORM 1 FROM tenant_queues q WHERE q.tenant_id = candidate FOR NO KEY UPDATE;
    SELECT p.concurrency - (SELECT count(*) FROM workflow_runs a WHERE a.tenant_id = candidate AND a.status = 'running')
      INTO slots FROM tenants n JOIN plans p ON p.name = n.plan WHERE n.id = candidate;
    IF slots IS NULL OR slots <= 0 THEN CONTINUE; END IF;
    -- Picked once and for all: as a plain subquery the planner may run it again for each row, and its LIMIT with it.
    RETURN QUERY
      WITH picked AS MATERIALIZED (
        SELECT c.tenant_id, c.id FROM workflow_runs c WHERE c.tenant_id = candidate AND c.status IN ('queued','waiting') AND c.ready_at <= now_
        ORDER BY c.ready_at, c.id LIMIT least(slots, share, remaining) FOR UPDATE SKIP LOCKED)
      UPDATE workflow_runs w SET status = 'running', epoch = w.epoch + 1, worker_id = worker, ready_at = NULL, why = NULL, answered = false,
        lease_until = clock_timestamp() + make_interval(secs => lease_seconds), started_at = coalesce(w.started_at, now_)
      FROM picked WHERE w.tenant_id = picked.tenant_id AND w.id = picked.id
      RETURNING w.tenant_id, w.id, w.epoch, w.crashes, clock_timestamp();
    GET DIAGNOSTICS taken = ROW_COUNT;
    remaining := remaining - taken;
    UPDATE tenant_queues q SET virtual_time = greatest(q.virtual_time, floor_) + taken WHERE q.tenant_id = candidate AND taken > 0;
  END LOOP;
END $$;
