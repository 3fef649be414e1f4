-- Gives the ends of runs to the runs that wait for them, as answers, and wakes those. Of one waiting run, or (nulls) of all: what the
-- process that saw the end did not live to deliver. An end that nobody has asked about yet stays until its question is there.
-- Rows are held in the order of runs, as the journal holds them. Answers the runs that were woken.
CREATE OR REPLACE FUNCTION engine.deliver_child_ends(only_tenant uuid, only_run uuid) RETURNS TABLE(tenant_id uuid, run_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  done record;
  waits text;
BEGIN
  FOR done IN
    SELECT c.tenant_id, c.child_run_id, c.run_id, c.step, c.status FROM child_ends c
    WHERE (only_tenant IS NULL OR (c.tenant_id = only_tenant AND c.run_id = only_run))
      AND (EXISTS (SELECT 1 FROM run_questions q WHERE q.tenant_id = c.tenant_id AND q.run_id = c.run_id AND q.step = c.step AND q.child_run_id = c.child_run_id)
        OR NOT EXISTS (SELECT 1 FROM workflow_runs p WHERE p.tenant_id = c.tenant_id AND p.id = c.run_id AND p.status IN ('queued','running','waiting')))
    ORDER BY c.tenant_id, c.run_id, c.child_run_id LIMIT 500 FOR UPDATE SKIP LOCKED
  LOOP
    SELECT w.status INTO waits FROM workflow_runs w WHERE w.tenant_id = done.tenant_id AND w.id = done.run_id FOR NO KEY UPDATE;
    IF waits IN ('queued','running','waiting') THEN
      UPDATE run_questions q SET state = 'answered', answer = format('{"status":"%s"}', done.status), answered_by = 'run:' || done.child_run_id,
          answered_at = clock_timestamp()
        WHERE q.tenant_id = done.tenant_id AND q.run_id = done.run_id AND q.step = done.step AND q.kind = 'child' AND q.child_run_id = done.child_run_id
          AND q.state = 'pending' AND (q.expires_at IS NULL OR q.expires_at > clock_timestamp());
      IF FOUND THEN
        UPDATE workflow_runs w SET answered = true, ready_at = CASE WHEN w.status = 'waiting' THEN clock_timestamp() ELSE w.ready_at END
          WHERE w.tenant_id = done.tenant_id AND w.id = done.run_id;
        RETURN QUERY SELECT done.tenant_id, done.run_id;
      END IF;
    END IF;
    DELETE FROM child_ends c WHERE c.tenant_id = done.tenant_id AND c.child_run_id = done.child_run_id;
  END LOOP;
END $$;
