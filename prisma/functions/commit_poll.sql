-- What a poll found, in one commit: the keys it knows now, the place it goes on from, the events of new items and the runs of as many of
-- them as may start. Nothing of it happens when the caller's epoch is over (no row is answered).
-- hashes: the keys of all items, the oldest first, each once. outputs: what a run starts with; null for items that start none.
-- cursor_: null keeps the former. keep: how many keys are remembered; those of this poll always are, else they would come back as new.
-- filtered_: new items that the trigger's condition passed over. unread_: keys of items that stay new, the last failed_ of them because the
-- service did not give them; then why_ says so, failures_ in a row, and the trigger is failing_ or not yet.
CREATE OR REPLACE FUNCTION commit_poll(t uuid, g uuid, e int, hashes bytea[], receipts_ text[], outputs text[], cursor_ text, keep int,
  every_ int, runs uuid[], filtered_ int, unread_ bytea[], failed_ int, failures_ int, failing_ boolean, why_ text)
RETURNS TABLE(started int, held int, why text)
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  now_ timestamptz;
  row_ app_triggers%ROWTYPE;
  known bigint;
  n int := cardinality(hashes);
BEGIN
  PERFORM set_config('app.tenants', ARRAY[t]::text, true);
  SELECT * INTO row_ FROM app_triggers a WHERE a.tenant_id = t AND a.id = g AND a.epoch = e AND a.wanted FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  now_ := clock_timestamp();
  WITH fresh AS (
    INSERT INTO app_trigger_seen AS s (tenant_id, trigger_id, key_hash, place)
    SELECT t, g, h, row_.next_place + i FROM unnest(hashes) WITH ORDINALITY u(h, i)
    ON CONFLICT DO NOTHING RETURNING s.key_hash)
  INSERT INTO app_trigger_events (tenant_id, trigger_id, place, receipt_key, output, at)
    SELECT t, g, row_.next_place + u.i, u.r, u.o, now_ FROM unnest(hashes, receipts_, outputs) WITH ORDINALITY u(h, r, o, i)
    JOIN fresh f ON f.key_hash = u.h WHERE u.o IS NOT NULL;
  SELECT count(*) INTO known FROM app_trigger_seen s WHERE s.tenant_id = t AND s.trigger_id = g;
  IF known > greatest(keep, n) THEN
    -- Keys that are still in the list count as new for as long as they are.
    UPDATE app_trigger_seen s SET place = row_.next_place + u.i FROM unnest(hashes) WITH ORDINALITY u(h, i)
      WHERE s.tenant_id = t AND s.trigger_id = g AND s.key_hash = u.h;
    DELETE FROM app_trigger_seen s WHERE s.tenant_id = t AND s.trigger_id = g AND s.key_hash IN (
      SELECT o.key_hash FROM app_trigger_seen o WHERE o.tenant_id = t AND o.trigger_id = g ORDER BY o.place DESC OFFSET greatest(keep, n));
  END IF;
  UPDATE app_triggers a SET cursor = coalesce(cursor_, a.cursor), primed = true, last_polled_at = now_, poll_failures = failures_,
    filtered = a.filtered + filtered_, unread_keys = unread_, unread_failed = failed_,
    next_poll_at = now_ + make_interval(secs => every_), next_place = a.next_place + n, updated_at = now_,
    -- A poll that works says nothing about a subscription that fails.
    status = CASE WHEN a.type <> 'POLL' THEN a.status WHEN failing_ THEN 'failing' ELSE 'active' END,
    why = CASE WHEN a.type = 'POLL' THEN why_ ELSE a.why END,
    worker_id = NULL, lease_until = NULL
    WHERE a.tenant_id = t AND a.id = g;
  RETURN QUERY SELECT * FROM release_app_events(t, g, runs);
END $$;
REVOKE EXECUTE ON FUNCTION commit_poll FROM PUBLIC;
GRANT EXECUTE ON FUNCTION commit_poll TO weftline_runtime;
