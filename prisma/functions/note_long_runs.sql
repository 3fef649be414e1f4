-- Tells, once a run, of runs that work for more than ten times the usual length of their workflow, and at least a minute: the middle of its
-- last 20 runs that succeeded (of its last 200), if there are 5. Time before the newest answer or the end of the newest timer does not
-- count. Looks at 200 running runs a call at most, those whose lease ends last first. Answers how many were told.
CREATE OR REPLACE FUNCTION engine.note_long_runs() RETURNS TABLE(told bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH candidates AS MATERIALIZED (
    SELECT w.tenant_id, w.id, w.workflow_id, w.workflow_name, w.started_at FROM workflow_runs w
    WHERE w.status = 'running' AND w.started_at < clock_timestamp() - interval '1 minute'
      AND NOT EXISTS (SELECT 1 FROM notifications n WHERE n.tenant_id = w.tenant_id AND n.dedupe_key = 'long:' || w.id)
    ORDER BY w.lease_until DESC LIMIT 200),
  usual AS MATERIALIZED (
    SELECT c.*, u.seconds FROM candidates c CROSS JOIN LATERAL (
      SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM s.finished_at - s.started_at)) AS seconds, count(*) AS known FROM (
        SELECT r.started_at, r.finished_at FROM (
          SELECT p.id, p.status, p.started_at, p.finished_at FROM workflow_runs p
          WHERE p.tenant_id = c.tenant_id AND p.workflow_id = c.workflow_id ORDER BY p.id DESC LIMIT 200) r
        WHERE r.status = 'succeeded' AND r.finished_at IS NOT NULL ORDER BY r.id DESC LIMIT 20) s) u
    WHERE u.known >= 5 AND extract(epoch FROM clock_timestamp() - c.started_at) > u.seconds * 10),
  working AS MATERIALIZED (
    SELECT u.*, greatest(u.started_at,
      (SELECT max(coalesce(q.answered_at, q.expires_at)) FROM run_questions q
        WHERE q.tenant_id = u.tenant_id AND q.run_id = u.id AND q.state <> 'pending'),
      (SELECT coalesce((SELECT min(e.at) FROM run_events e WHERE e.tenant_id = u.tenant_id AND e.run_id = u.id AND e.seq > max(s.seq)), clock_timestamp())
        FROM run_events s WHERE s.tenant_id = u.tenant_id AND s.run_id = u.id AND s.type = 'StepWaiting' HAVING count(*) > 0)) AS since
    FROM usual u),
  made AS (
    INSERT INTO notifications (tenant_id, id, kind, title, body, link, dedupe_key)
    SELECT l.tenant_id, gen_random_uuid(), 'run.long', format('A run of “%s” takes unusually long', l.workflow_name),
      format('It has worked for %s seconds; usually this workflow takes %s.', round(extract(epoch FROM clock_timestamp() - l.since)), round(l.seconds::numeric, 1)),
      '/runs/' || l.id, 'long:' || l.id
    FROM working l WHERE extract(epoch FROM clock_timestamp() - l.since) > greatest(60, l.seconds * 10)
    ORDER BY l.tenant_id, l.id
    ON CONFLICT (tenant_id, dedupe_key) DO NOTHING RETURNING 1)
  SELECT count(*) FROM made
$$;
