-- Starts the runs of events that wait, oldest first, as many as the interval's share and the hourly quota let in, in the caller's
-- transaction: an event leaves its table in the commit that makes its run. `runs` are fresh run ids, one for each run at most.
-- What stays gets a reason and an instant to look again. Runs as the caller, behind row-level security.
CREATE OR REPLACE FUNCTION release_app_events(t uuid, g uuid, runs uuid[])
RETURNS TABLE(started int, held int, why text)
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  now_ timestamptz;
  row_ app_triggers%ROWTYPE;
  live record;
  places bigint[];
  keys text[];
  outputs text[];
  most int;
  n int;
  started_ int := 0;
  held_ int;
  over_ int := 0;
  allowed_ int;
  done bigint[];
  again timestamptz;
  why_ text;
BEGIN
  PERFORM set_config('app.tenants', ARRAY[t]::text, true);
  SELECT * INTO row_ FROM app_triggers a WHERE a.tenant_id = t AND a.id = g FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND THEN RETURN; END IF;
  now_ := clock_timestamp();
  SELECT w.name, r.version INTO live FROM triggers r JOIN workflows w ON w.tenant_id = r.tenant_id AND w.id = r.id
    WHERE r.tenant_id = t AND r.id = row_.workflow_id AND r.enabled AND r.kind = 'app' AND r.version IS NOT NULL AND w.deleted_at IS NULL;
  IF NOT FOUND OR NOT row_.wanted THEN
    UPDATE app_triggers a SET next_release_at = NULL WHERE a.tenant_id = t AND a.id = g;
    RETURN;
  END IF;
  IF row_.window_at IS NULL OR now_ >= row_.window_at + make_interval(secs => coalesce(row_.every_seconds, 300)) THEN
    row_.window_at := now_;
    row_.window_left := row_.max_items;
  END IF;
  most := least(row_.window_left, cardinality(runs));
  SELECT array_agg(p.place ORDER BY p.place), array_agg(p.receipt_key ORDER BY p.place), array_agg(p.output ORDER BY p.place)
    INTO places, keys, outputs
    FROM (SELECT e.* FROM app_trigger_events e WHERE e.tenant_id = t AND e.trigger_id = g ORDER BY e.place LIMIT greatest(most, 0)) p;
  n := coalesce(cardinality(places), 0);
  IF n > 0 THEN
    WITH taken AS (
      SELECT * FROM accept_runs(ARRAY[t], array_fill(t, ARRAY[n]), runs[1:n], array_fill(row_.workflow_id, ARRAY[n]),
        array_fill(live.version, ARRAY[n]), array_fill(live.name, ARRAY[n]), array_fill('app'::text, ARRAY[n]), array_fill(NULL::text, ARRAY[n]),
        array_fill(NULL::uuid, ARRAY[n]), array_fill(true, ARRAY[n]), keys,
        (SELECT array_agg('{"output":' || o || '}' ORDER BY i) FROM unnest(outputs) WITH ORDINALITY u(o, i)),
        array_fill(NULL::text, ARRAY[n]), array_fill(NULL::float8, ARRAY[n]), array_fill(NULL::text, ARRAY[n]), array_fill(NULL::text, ARRAY[n]),
        array_fill(NULL::text, ARRAY[n]), array_fill(NULL::uuid, ARRAY[n]), array_fill(NULL::text, ARRAY[n]),
        array_fill(NULL::text, ARRAY[n]), array_fill(NULL::int, ARRAY[n]), ARRAY[]::int[], ARRAY[]::int[], ARRAY[]::text[], ARRAY[]::text[], ARRAY[]::text[], NULL, 30))
    SELECT count(*) FILTER (WHERE x.verdict = 'fresh'), count(*) FILTER (WHERE x.verdict = 'over'), max(x.allowed),
        array_agg(places[x.place_in_batch]) FILTER (WHERE x.verdict IN ('fresh', 'duplicate'))
      INTO started_, over_, allowed_, done FROM taken x;
    DELETE FROM app_trigger_events e WHERE e.tenant_id = t AND e.trigger_id = g AND e.place = ANY(done);
    row_.window_left := row_.window_left - started_;
  END IF;
  SELECT count(*) INTO held_ FROM app_trigger_events e WHERE e.tenant_id = t AND e.trigger_id = g;
  IF held_ > 0 AND over_ > 0 THEN
    -- The quota opens at the hour's edge, and at once when the plan changes.
    again := least(now_ + interval '1 minute', date_trunc('hour', now_, 'UTC') + interval '1 hour');
    why_ := format('The workspace has used its %s runs of this hour. %s new %s; the oldest go first when the next hour begins.', allowed_,
      held_, CASE WHEN held_ = 1 THEN 'item waits' ELSE 'items wait' END);
  ELSIF held_ > 0 AND row_.window_left <= 0 THEN
    again := row_.window_at + make_interval(secs => coalesce(row_.every_seconds, 300));
    why_ := format('More than %s new items came at once, and that many start in one interval. %s %s; the oldest go first.', row_.max_items,
      held_, CASE WHEN held_ = 1 THEN 'waits' ELSE 'wait' END);
  ELSIF held_ > 0 THEN
    again := now_;
  END IF;
  UPDATE app_triggers a SET window_at = row_.window_at, window_left = row_.window_left, next_release_at = again, held_why = why_
    WHERE a.tenant_id = t AND a.id = g;
  RETURN QUERY SELECT started_, held_, why_;
END $$;
REVOKE EXECUTE ON FUNCTION release_app_events FROM PUBLIC;
GRANT EXECUTE ON FUNCTION release_app_events TO weftline_runtime;
