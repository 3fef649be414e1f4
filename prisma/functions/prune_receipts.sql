-- Forgets receipts and stored answers after 30 days, and sign-ins a day after their end; a bounded number a call.
CREATE OR REPLACE FUNCTION engine.prune_receipts() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE gone int;
BEGIN
  DELETE FROM receipts r WHERE (r.tenant_id, r.trigger_id, r.key) IN
    (SELECT c.tenant_id, c.trigger_id, c.key FROM receipts c WHERE c.at < clock_timestamp() - interval '30 days' LIMIT 5000);
  GET DIAGNOSTICS gone = ROW_COUNT;
  DELETE FROM idempotency_records r WHERE (r.tenant_id, r.actor, r.route, r.key) IN
    (SELECT c.tenant_id, c.actor, c.route, c.key FROM idempotency_records c WHERE c.at < clock_timestamp() - interval '30 days' LIMIT 5000);
  -- A used token stays until its own end: shown again, it must still be known as used.
  DELETE FROM refresh_tokens r WHERE r.id IN
    (SELECT c.id FROM refresh_tokens c WHERE c.expires_at < clock_timestamp() - interval '1 day' LIMIT 5000);
  RETURN gone;
END $$;
