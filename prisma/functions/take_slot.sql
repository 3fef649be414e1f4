-- How many calls of an account are under way, shared by all processes: one row a workspace and account, one clock. A slot that nobody gives
-- back, because its process died, ends by itself when the time limit of its call is over.

-- Takes one of `most` slots for `lease_ms`. `slot` is the caller's own id: asking again with it is asking once, so a lost answer costs nothing.
CREATE OR REPLACE FUNCTION engine.take_slot(tenant uuid, account bytea, slot uuid, most int, lease_ms int) RETURNS TABLE(taken bool)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  held rate_slots%ROWTYPE;
  now_ bigint;
  others uuid[] := ARRAY[]::uuid[];
  their_ends bigint[] := ARRAY[]::bigint[];
BEGIN
  LOOP
    SELECT r.tenant_id, r.account, r.slots, r.ends, r.expires_at INTO held
      FROM rate_slots r WHERE r.tenant_id = tenant AND r.account = take_slot.account FOR NO KEY UPDATE;
    EXIT WHEN FOUND;
    INSERT INTO rate_slots (tenant_id, account, expires_at) VALUES (tenant, account, clock_timestamp() + interval '2 hours')
      ON CONFLICT DO NOTHING;
  END LOOP;
  -- The clock is read when the row is ours. What a crash of the database could forget would be one call too many, so this waits for the disk.
  now_ := (extract(epoch FROM clock_timestamp()) * 1000)::bigint;
  FOR place IN 1..cardinality(held.slots) LOOP
    IF held.ends[place] > now_ AND held.slots[place] <> slot THEN
      others := others || held.slots[place];
      their_ends := their_ends || held.ends[place];
    END IF;
  END LOOP;
  IF cardinality(others) >= most THEN
    RETURN QUERY SELECT false;
    RETURN;
  END IF;
  UPDATE rate_slots r SET slots = others || slot, ends = their_ends || (now_ + lease_ms),
      expires_at = greatest(held.expires_at, engine.rate_expiry(now_ + lease_ms))
    WHERE r.tenant_id = tenant AND r.account = take_slot.account;
  RETURN QUERY SELECT true;
END $$;

-- Gives a slot back; one that has ended or was never taken is no fault. Not waited for on disk: forgotten, it ends by itself.
CREATE OR REPLACE FUNCTION engine.free_slot(tenant uuid, account bytea, slot uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  held rate_slots%ROWTYPE;
  place int;
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  SELECT r.tenant_id, r.account, r.slots, r.ends, r.expires_at INTO held
    FROM rate_slots r WHERE r.tenant_id = tenant AND r.account = free_slot.account FOR NO KEY UPDATE;
  place := array_position(held.slots, slot);
  IF place IS NULL THEN
    RETURN;
  END IF;
  UPDATE rate_slots r SET slots = held.slots[:place - 1] || held.slots[place + 1:], ends = held.ends[:place - 1] || held.ends[place + 1:]
    WHERE r.tenant_id = tenant AND r.account = free_slot.account;
END $$;

-- Gives every slot back: for the start of the one process there is, whose former life took them.
CREATE OR REPLACE FUNCTION engine.free_all_slots() RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH freed AS (
    UPDATE rate_slots r SET slots = ARRAY[]::uuid[], ends = ARRAY[]::bigint[] WHERE cardinality(r.slots) > 0 RETURNING 1)
  SELECT count(*)::int FROM freed
$$;

-- Forgets accounts without calls for hours; a bounded number a call.
CREATE OR REPLACE FUNCTION engine.prune_slots() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE gone int;
BEGIN
  WITH picked AS MATERIALIZED (
    SELECT r.tenant_id, r.account FROM rate_slots r WHERE r.expires_at < clock_timestamp() ORDER BY r.expires_at LIMIT 5000 FOR UPDATE SKIP LOCKED)
  DELETE FROM rate_slots r USING picked p WHERE r.tenant_id = p.tenant_id AND r.account = p.account;
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END $$;
