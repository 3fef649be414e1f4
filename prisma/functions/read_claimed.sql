-- The journals of the runs that a worker has just claimed, in one round trip. Behind row-level security for the batch's tenants.
-- `known`: the newest entry of each run that the worker has folded already (-1 or absent: none); only later ones are read. Of a long
-- journal the first 5,000 entries: the worker reads on by itself. A run without new entries is one row with nulls.
CREATE OR REPLACE FUNCTION read_claimed(tenants uuid[], t uuid[], r uuid[], known int[] DEFAULT NULL)
RETURNS TABLE(run_id uuid, workflow_id uuid, workflow_version int, workflow_name text, seq int, type text, step text, payload text, at timestamptz)
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM set_config('app.tenants', tenants::text, true);
  RETURN QUERY
  SELECT w.id, w.workflow_id, w.workflow_version, w.workflow_name, e.seq, e.type, e.step, e.payload, e.at
  FROM unnest(t, r, known) x(ten, run, newest)
  JOIN workflow_runs w ON w.tenant_id = x.ten AND w.id = x.run
  LEFT JOIN LATERAL (
    SELECT v.seq, v.type, v.step, v.payload, v.at FROM run_events v
    WHERE v.tenant_id = x.ten AND v.run_id = x.run AND v.seq > coalesce(x.newest, -1) ORDER BY v.seq LIMIT 5000) e ON true
  ORDER BY w.id, e.seq;
END $$;
REVOKE EXECUTE ON FUNCTION read_claimed FROM PUBLIC;
GRANT EXECUTE ON FUNCTION read_claimed TO weftline_runtime;
