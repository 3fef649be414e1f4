-- Runs whose end nobody waits for any more: the run that waited has ended, or its step gave up. Of one run, or (nulls) of all.
CREATE OR REPLACE FUNCTION engine.abandoned_children(only_tenant uuid, only_run uuid) RETURNS TABLE(tenant_id uuid, run_id uuid, awaited_by uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH children AS (
    SELECT c.tenant_id, c.id, c.awaited_by, c.awaited_step FROM workflow_runs c
      WHERE only_tenant IS NOT NULL AND c.tenant_id = only_tenant AND c.awaited_by = only_run AND c.awaited_by IS NOT NULL AND c.status IN ('queued','running','waiting')
    UNION ALL
    SELECT c.tenant_id, c.id, c.awaited_by, c.awaited_step FROM workflow_runs c
      WHERE only_tenant IS NULL AND c.awaited_by IS NOT NULL AND c.status IN ('queued','running','waiting'))
  SELECT c.tenant_id, c.id, c.awaited_by FROM children c
  WHERE NOT EXISTS (SELECT 1 FROM workflow_runs p WHERE p.tenant_id = c.tenant_id AND p.id = c.awaited_by AND p.status IN ('queued','running','waiting'))
    OR EXISTS (SELECT 1 FROM run_questions q WHERE q.tenant_id = c.tenant_id AND q.run_id = c.awaited_by AND q.step = c.awaited_step
      AND q.child_run_id = c.id AND q.state IN ('expired','void'))
  LIMIT 500;
END $$;
