-- The person behind the start of a run: who pressed the button, who made the API key, or whoever started the run that started it.
-- Null for webhooks, schedules and events of apps: nobody in here started those.
CREATE OR REPLACE FUNCTION starter_of_run(tenant uuid, run uuid) RETURNS uuid
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  WITH RECURSIVE chain(name, depth) AS (
    SELECT w.triggered_by, 1 FROM workflow_runs w WHERE w.tenant_id = tenant AND w.id = run
    UNION ALL
    SELECT w.triggered_by, c.depth + 1 FROM chain c
    JOIN workflow_runs w ON c.name LIKE 'run:%' AND w.tenant_id = tenant AND w.id = substr(c.name, 5)::uuid
    WHERE c.depth < 32)
  SELECT CASE split_part(c.name, ':', 1)
    WHEN 'user' THEN split_part(c.name, ':', 2)::uuid
    WHEN 'key' THEN (SELECT k.created_by FROM api_keys k WHERE k.tenant_id = tenant AND k.id = split_part(c.name, ':', 2)::uuid)
  END
  FROM chain c WHERE c.name LIKE 'user:%' OR c.name LIKE 'key:%' LIMIT 1
$$;
REVOKE EXECUTE ON FUNCTION starter_of_run FROM PUBLIC;
GRANT EXECUTE ON FUNCTION starter_of_run TO weftline_runtime;
