-- Depth and oldest age in seconds of the queue, over all tenants: for metrics. Counts at most 100,000 rows.
CREATE OR REPLACE FUNCTION engine.queue_facts() RETURNS TABLE(depth int, oldest_seconds float, waiting int, running int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT
    (SELECT count(*)::int FROM (SELECT 1 FROM workflow_runs w WHERE w.status = 'queued' AND w.ready_at <= clock_timestamp() LIMIT 100000) q),
    (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(w.ready_at)), 0)::float FROM workflow_runs w WHERE w.status = 'queued' AND w.ready_at <= clock_timestamp()),
    (SELECT count(*)::int FROM (SELECT 1 FROM workflow_runs w WHERE w.status = 'waiting' LIMIT 100000) q),
    (SELECT count(*)::int FROM (SELECT 1 FROM workflow_runs w WHERE w.status = 'running' LIMIT 100000) q)
$$;
