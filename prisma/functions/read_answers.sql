-- The answers that a run has been given and has not taken in yet; of a child run, with the last entry of its journal. Behind row-level security for its tenant.
CREATE OR REPLACE FUNCTION read_answers(tenant uuid, run uuid)
RETURNS TABLE(step text, kind text, answer text, answered_by text, answered_at timestamptz, child_run_id uuid, ending text)
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM set_config('app.tenants', ARRAY[tenant]::text, true);
  RETURN QUERY
  SELECT q.step, q.kind, q.answer, q.answered_by, q.answered_at, q.child_run_id,
    CASE WHEN q.child_run_id IS NOT NULL THEN
      (SELECT e.payload FROM run_events e WHERE e.tenant_id = tenant AND e.run_id = q.child_run_id ORDER BY e.seq DESC LIMIT 1) END
  FROM run_questions q
  WHERE q.tenant_id = tenant AND q.run_id = run AND q.state = 'answered' ORDER BY q.answered_at, q.step;
END $$;
REVOKE EXECUTE ON FUNCTION read_answers FROM PUBLIC;
GRANT EXECUTE ON FUNCTION read_answers TO weftline_runtime;
