-- The journals of the runs that a worker has just claimed, in one round trip. Behind row-level security for the batch's tenants.
-- `known`: the newest entry of each run that the worker has folded already (-1 or absent: none); only later ones are read. Of a long
-- journal the first part, by entries and by size: the worker reads on by itself up to `newest`. A run without new entries is one row with nulls.
CREATE OR REPLACE FUNCTION read_claimed(tenants uuid[], t uuid[], r uuid[], known int[] DEFAULT NULL)
RETURNS TABLE(run_id uuid, workflow_id uuid, workflow_version int, workflow_name text, seq int, type text, step text, payload text, at timestamptz, newest int)
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM set_config('app.tenants', tenants::text, true);
  RETURN QUERY
  SELECT w.id, w.workflow_id, w.workflow_version, w.workflow_name, e.seq, e.type, e.step, e.payload, e.at,
    (SELECT max(n.seq) FROM run_events n WHERE n.tenant_id = x.ten AND n.run_id = x.run)
  FROM unnest(t, r, known) x(ten, run, folded)
  JOIN workflow_runs w ON w.tenant_id = x.ten AND w.id = x.run
  LEFT JOIN LATERAL (
    SELECT * FROM (
      SELECT v.seq, v.type, v.step, v.payload, v.at, sum(octet_length(v.payload)) OVER (ORDER BY v.seq) - octet_length(v.payload) AS size
      FROM run_events v WHERE v.tenant_id = x.ten AND v.run_id = x.run AND v.seq > coalesce(x.folded, -1) ORDER BY v.seq LIMIT 5000) part
    WHERE part.size < 2097152) e ON true
  ORDER BY w.id, e.seq;
END $$;
REVOKE EXECUTE ON FUNCTION read_claimed FROM PUBLIC;
GRANT EXECUTE ON FUNCTION read_claimed TO weftline_runtime;
