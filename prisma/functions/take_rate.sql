-- The account of what was sent under a service's limit, shared by all processes: one row a workspace and account, one clock.
-- The same as runner/src/executor/take-turn.ts. What was taken is never given back; it leaves the account with its window.

-- When a row may go: a full hour, so that the index is touched once an hour and not with every turn.
CREATE OR REPLACE FUNCTION engine.rate_expiry(instant_ms bigint) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT to_timestamp(ceil(instant_ms / 3600000.0) * 3600)
$$;

-- When the next request may leave. `taken` false: that is further away than `most_ms`, and nothing was taken.
CREATE OR REPLACE FUNCTION engine.take_rate(tenant uuid, account bytea, allowed int, window_ms int, cost int, most_ms int)
RETURNS TABLE(wait_ms int, taken bool, turn_ms bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  held rate_accounts%ROWTYPE;
  now_ bigint;
  turn bigint;
  sum_ bigint := least(cost, allowed);
  grain int := greatest(1, window_ms / 32);
  size int;
BEGIN
  -- Not waited for on disk: what a crash of the database may forget is less than a second, and a fifth of each limit is left free.
  PERFORM set_config('synchronous_commit', 'off', true);
  LOOP
    SELECT r.tenant_id, r.account, r.ends, r.counts, r.held_until_ms, r.expires_at INTO held
      FROM rate_accounts r WHERE r.tenant_id = tenant AND r.account = take_rate.account FOR NO KEY UPDATE;
    EXIT WHEN FOUND;
    INSERT INTO rate_accounts (tenant_id, account, expires_at) VALUES (tenant, account, clock_timestamp() + interval '2 hours')
      ON CONFLICT DO NOTHING;
  END LOOP;
  -- The clock is read when the row is ours, so turns are given in the order of asking.
  now_ := (extract(epoch FROM clock_timestamp()) * 1000)::bigint;
  size := cardinality(held.ends);
  turn := greatest(now_, held.held_until_ms, held.ends[size]);
  FOR place IN REVERSE size..1 LOOP
    sum_ := sum_ + held.counts[place];
    IF sum_ > allowed THEN
      turn := greatest(turn, held.ends[place] + window_ms);
      EXIT;
    END IF;
  END LOOP;
  IF turn - now_ > most_ms THEN
    RETURN QUERY SELECT (turn - now_)::int, false, turn;
    RETURN;
  END IF;
  IF size > 0 AND held.ends[size] / grain = turn / grain THEN
    held.ends[size] := turn;
    held.counts[size] := held.counts[size] + least(cost, allowed);
  ELSE
    held.ends := held.ends || turn;
    held.counts := held.counts || least(cost, allowed);
    size := size + 1;
  END IF;
  -- Later turns are not before this one, so what lies a window behind it is never counted again.
  FOR place IN 1..size LOOP
    IF held.ends[place] > turn - window_ms THEN
      held.ends := held.ends[place:];
      held.counts := held.counts[place:];
      EXIT;
    END IF;
  END LOOP;
  UPDATE rate_accounts r SET ends = held.ends, counts = held.counts, expires_at = greatest(held.expires_at, engine.rate_expiry(turn + window_ms))
    WHERE r.tenant_id = tenant AND r.account = take_rate.account;
  RETURN QUERY SELECT (turn - now_)::int, true, turn;
END $$;

-- Gives no turn for so long: an answer of the service asked for it. A day at most.
CREATE OR REPLACE FUNCTION engine.hold_rate(tenant uuid, account bytea, window_ms int, wait_ms int) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO rate_accounts AS r (tenant_id, account, held_until_ms, expires_at)
    SELECT tenant, account, until, engine.rate_expiry(until + window_ms)
    FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint + least(wait_ms, 86400000) AS until) u
  ON CONFLICT (tenant_id, account) DO UPDATE SET held_until_ms = greatest(r.held_until_ms, EXCLUDED.held_until_ms),
    expires_at = greatest(r.expires_at, EXCLUDED.expires_at)
$$;

-- Forgets accounts that count nothing any more; a bounded number a call.
CREATE OR REPLACE FUNCTION engine.prune_rates() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE gone int;
BEGIN
  WITH picked AS MATERIALIZED (
    SELECT r.tenant_id, r.account FROM rate_accounts r WHERE r.expires_at < clock_timestamp() ORDER BY r.expires_at LIMIT 5000 FOR UPDATE SKIP LOCKED)
  DELETE FROM rate_accounts r USING picked p WHERE r.tenant_id = p.tenant_id AND r.account = p.account;
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END $$;
