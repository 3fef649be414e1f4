-- Hands triggers of apps that are due (a poll, or their subscription) to a worker: lease and epoch. At most `share` of one tenant, so
-- that a workspace with many slow services does not keep others waiting. Ids only.
CREATE OR REPLACE FUNCTION engine.claim_app_triggers(worker text, want int, share int, lease_seconds int)
RETURNS TABLE(tenant_id uuid, trigger_id uuid, epoch int, clock timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  now_ timestamptz := clock_timestamp();
BEGIN
  RETURN QUERY
  WITH RECURSIVE tenant AS (
    (SELECT a.tenant_id FROM app_triggers a WHERE LEAST(a.next_poll_at, a.next_upkeep_at) IS NOT NULL ORDER BY a.tenant_id LIMIT 1)
    UNION ALL
    SELECT (SELECT a.tenant_id FROM app_triggers a WHERE LEAST(a.next_poll_at, a.next_upkeep_at) IS NOT NULL AND a.tenant_id > t.tenant_id
      ORDER BY a.tenant_id LIMIT 1) FROM tenant t WHERE t.tenant_id IS NOT NULL),
  ranked AS MATERIALIZED (
    SELECT d.tenant_id, d.id FROM tenant t CROSS JOIN LATERAL (
      SELECT a.tenant_id, a.id, LEAST(a.next_poll_at, a.next_upkeep_at) AS due_at FROM app_triggers a
      WHERE a.tenant_id = t.tenant_id AND LEAST(a.next_poll_at, a.next_upkeep_at) <= now_ AND (a.lease_until IS NULL OR a.lease_until <= now_)
      ORDER BY LEAST(a.next_poll_at, a.next_upkeep_at)
      LIMIT greatest(share - (SELECT count(*) FROM app_triggers b WHERE b.tenant_id = t.tenant_id AND b.lease_until > now_), 0)) d
    ORDER BY d.due_at LIMIT want),
  picked AS MATERIALIZED (
    SELECT a.tenant_id, a.id FROM app_triggers a JOIN ranked r ON r.tenant_id = a.tenant_id AND r.id = a.id
    WHERE (a.lease_until IS NULL OR a.lease_until <= now_) AND LEAST(a.next_poll_at, a.next_upkeep_at) <= now_ FOR NO KEY UPDATE OF a SKIP LOCKED)
  UPDATE app_triggers a SET epoch = a.epoch + 1, worker_id = worker, lease_until = clock_timestamp() + make_interval(secs => lease_seconds)
  FROM picked WHERE a.tenant_id = picked.tenant_id AND a.id = picked.id
  RETURNING a.tenant_id, a.id, a.epoch, clock_timestamp();
END $$;
-- Triggers whose waiting events may be looked at again. Ids only.
CREATE OR REPLACE FUNCTION engine.due_app_releases(most int) RETURNS TABLE(tenant_id uuid, trigger_id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT a.tenant_id, a.id FROM app_triggers a WHERE a.next_release_at <= clock_timestamp() ORDER BY a.next_release_at LIMIT most
$$;
-- One-process layout: what the former process of this name held is free at once.
CREATE OR REPLACE FUNCTION engine.free_app_triggers(worker text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE app_triggers a SET worker_id = NULL, lease_until = NULL WHERE a.worker_id = worker
$$;
