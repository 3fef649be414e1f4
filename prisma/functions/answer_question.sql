-- Takes the one answer to a question. The run's row is held first, as the journal does it: so the answer comes before or after the end
-- of the run and of a worker's hold on it, never in between. Verdicts: taken, late (answered, expired or void before), none.
CREATE OR REPLACE FUNCTION answer_question(question uuid, given text, actor text)
RETURNS TABLE(verdict text, was_state text, was_answer text, was_answered_by text)
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  q record;
  active bool;
BEGIN
  SELECT x.tenant_id, x.run_id INTO q FROM run_questions x WHERE x.tenant_id = ANY((SELECT app_tenants())::uuid[]) AND x.id = question;
  IF NOT FOUND THEN RETURN QUERY SELECT 'none', NULL, NULL, NULL; RETURN; END IF;
  SELECT w.status IN ('queued','running','waiting') INTO active FROM workflow_runs w
    WHERE w.tenant_id = q.tenant_id AND w.id = q.run_id FOR NO KEY UPDATE;
  UPDATE run_questions x SET state = 'answered', answer = given, answered_by = actor, answered_at = clock_timestamp()
    WHERE x.tenant_id = q.tenant_id AND x.id = question AND x.state = 'pending' AND active
      AND (x.expires_at IS NULL OR x.expires_at > clock_timestamp());
  IF FOUND THEN
    UPDATE workflow_runs w SET answered = true, ready_at = CASE WHEN w.status = 'waiting' THEN clock_timestamp() ELSE w.ready_at END
      WHERE w.tenant_id = q.tenant_id AND w.id = q.run_id;
    RETURN QUERY SELECT 'taken', NULL, NULL, NULL;
  ELSE
    RETURN QUERY SELECT 'late', CASE WHEN x.state = 'pending' THEN CASE WHEN active THEN 'expired' ELSE 'void' END ELSE x.state END,
      x.answer, x.answered_by FROM run_questions x WHERE x.tenant_id = q.tenant_id AND x.id = question;
  END IF;
END $$;
REVOKE EXECUTE ON FUNCTION answer_question FROM PUBLIC;
GRANT EXECUTE ON FUNCTION answer_question TO weftline_runtime;
