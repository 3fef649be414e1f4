-- Every failed run reaches the members of its workspace: noted in the transaction that ends it, told in one notification a workflow and
-- day (UTC), which counts. Each failure is counted once; several processes may gather at the same time. Answers how many were told.
CREATE OR REPLACE FUNCTION note_failure() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO failed_runs (tenant_id, run_id) VALUES (NEW.tenant_id, NEW.run_id);
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER failures AFTER INSERT ON run_events FOR EACH ROW
  WHEN (NEW.type = 'WorkflowFailed') EXECUTE FUNCTION note_failure();

CREATE OR REPLACE FUNCTION engine.note_failures() RETURNS TABLE(told bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH picked AS MATERIALIZED (
    SELECT f.tenant_id, f.run_id, f.at FROM failed_runs f ORDER BY f.tenant_id, f.run_id LIMIT 500 FOR UPDATE SKIP LOCKED),
  gone AS (
    DELETE FROM failed_runs f USING picked p WHERE f.tenant_id = p.tenant_id AND f.run_id = p.run_id RETURNING f.tenant_id),
  grouped AS (
    SELECT w.tenant_id, w.workflow_id, to_char(p.at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, count(*)::int AS runs, max(p.at) AS at,
      (array_agg(w.workflow_name ORDER BY p.at DESC))[1] AS name,
      (array_agg(w.id ORDER BY p.at DESC))[1] AS run,
      (array_agg(coalesce(w.error_message, 'The run does not say why.') ORDER BY p.at DESC))[1] AS message
    FROM picked p JOIN workflow_runs w ON w.tenant_id = p.tenant_id AND w.id = p.run_id
    GROUP BY 1, 2, 3),
  told AS (
    INSERT INTO notifications AS n (tenant_id, id, kind, title, body, link, dedupe_key, at, count)
    SELECT g.tenant_id, gen_random_uuid(), 'run.failed',
      CASE WHEN g.runs = 1 THEN format('“%s” failed', g.name) ELSE format('“%s” failed %s times', g.name, g.runs) END,
      left(g.message, 2000), '/runs/' || g.run, format('failed:%s:%s', g.workflow_id, g.day), g.at, g.runs
    FROM grouped g ORDER BY g.tenant_id, g.workflow_id, g.day
    ON CONFLICT (tenant_id, dedupe_key) DO UPDATE SET count = n.count + excluded.count, at = greatest(n.at, excluded.at),
      title = format('“%s” failed %s times', (SELECT g.name FROM grouped g WHERE g.tenant_id = n.tenant_id AND excluded.dedupe_key = format('failed:%s:%s', g.workflow_id, g.day)), n.count + excluded.count),
      body = excluded.body, link = excluded.link
    RETURNING n.tenant_id, n.id, n.count),
  unread AS (
    DELETE FROM notification_reads r USING told t WHERE r.tenant_id = t.tenant_id AND r.notification_id = t.id AND t.count > 1)
  SELECT (SELECT count(*) FROM gone) FROM (SELECT count(*) FROM told) t
$$;
