-- The journals of the runs that a worker has just claimed, in one round trip. Behind row-level security for the batch's tenants.
CREATE OR REPLACE FUNCTION read_claimed(tenants uuid[], t uuid[], r uuid[])
RETURNS TABLE(run_id uuid, workflow_id uuid, workflow_version int, workflow_name text, seq int, type text, step text, payload text, at timestamptz)
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM set_config('app.tenants', tenants::text, true);
  RETURN QUERY
  SELECT w.id, w.workflow_id, w.workflow_version, w.workflow_name, e.seq, e.type, e.step, e.payload, e.at
  FROM unnest(t, r) x(ten, run)
  JOIN workflow_runs w ON w.tenant_id = x.ten AND w.id = x.run
  JOIN run_events e ON e.tenant_id = x.ten AND e.run_id = x.run
  ORDER BY e.run_id, e.seq;
END $$;
REVOKE EXECUTE ON FUNCTION read_claimed FROM PUBLIC;
GRANT EXECUTE ON FUNCTION read_claimed TO weftline_runtime;
