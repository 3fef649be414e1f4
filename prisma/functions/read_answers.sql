-- The answers that runs have been given and have not taken in yet. Behind row-level security for the batch's tenants.
CREATE OR REPLACE FUNCTION read_answers(tenants uuid[], t uuid[], r uuid[])
RETURNS TABLE(run_id uuid, step text, kind text, answer text, answered_by text, answered_at timestamptz)
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM set_config('app.tenants', tenants::text, true);
  RETURN QUERY
  SELECT q.run_id, q.step, q.kind, q.answer, q.answered_by, q.answered_at
  FROM unnest(t, r) x(ten, run) JOIN run_questions q ON q.tenant_id = x.ten AND q.run_id = x.run
  WHERE q.state = 'answered' ORDER BY q.run_id, q.answered_at, q.step;
END $$;
REVOKE EXECUTE ON FUNCTION read_answers FROM PUBLIC;
GRANT EXECUTE ON FUNCTION read_answers TO weftline_runtime;
