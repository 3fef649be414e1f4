-- Keeps the questions of runs in step with the journal: an entry that asks makes the question, an entry that takes the answer in uses it
-- up, both in the transaction of the entry. An answer that was never given, or was used before, cannot be journaled.
-- Texts of people are told by type alone or by members that the engine has cleaned; other payloads are not parsed.
CREATE OR REPLACE FUNCTION note_question() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  run record;
  body json;
  wanted text;
  starter uuid;
BEGIN
  IF NEW.type IN ('WorkflowFailed', 'ExecutionAborted') THEN
    UPDATE run_questions q SET state = 'void'
      WHERE q.tenant_id = NEW.tenant_id AND q.run_id = NEW.run_id AND q.state IN ('pending', 'answered');
    RETURN NULL;
  END IF;
  -- What an iteration asked when it, or its loop, failed, nobody waits for any more.
  IF NEW.type IN ('IterationFailed', 'LoopFailed') THEN
    UPDATE run_questions q SET state = 'void'
      WHERE q.tenant_id = NEW.tenant_id AND q.run_id = NEW.run_id AND q.state IN ('pending', 'answered')
        AND (starts_with(q.step, NEW.step || '.') OR starts_with(q.step, NEW.step || '['));
    RETURN NULL;
  END IF;
  IF NEW.type IN ('StepSettled', 'ApprovalApplied', 'ApprovalExpired', 'HookReceived', 'HookExpired', 'ChildEnded', 'ChildExpired') THEN
    wanted := CASE WHEN NEW.type IN ('ApprovalExpired', 'HookExpired', 'ChildExpired') THEN 'pending' ELSE 'answered' END;
    UPDATE run_questions q SET state = CASE WHEN wanted = 'pending' THEN 'expired' ELSE 'consumed' END
      WHERE q.tenant_id = NEW.tenant_id AND q.run_id = NEW.run_id AND q.step = NEW.step AND q.state = wanted;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'step % of run % has no question that is %', NEW.step, NEW.run_id, wanted USING ERRCODE = '23000';
    END IF;
    RETURN NULL;
  END IF;
  SELECT w.workflow_id, w.workflow_name INTO run FROM workflow_runs w WHERE w.tenant_id = NEW.tenant_id AND w.id = NEW.run_id;
  IF NOT FOUND THEN RETURN NULL; END IF;
  IF NEW.type = 'StepUnknown' THEN
    INSERT INTO run_questions (tenant_id, run_id, workflow_id, workflow_name, step, kind, asked_at)
      VALUES (NEW.tenant_id, NEW.run_id, run.workflow_id, run.workflow_name, NEW.step, 'settle', NEW.at);
    INSERT INTO notifications (tenant_id, id, kind, title, body, link, dedupe_key)
      VALUES (NEW.tenant_id, gen_random_uuid(), 'step.unknown',
        format('“%s” does not know whether step %s happened', run.workflow_name, NEW.step),
        'A request left and no answer is known. The run waits until somebody looks at the service and says whether it happened.',
        '/runs/' || NEW.run_id, format('unknown:%s:%s:%s', NEW.run_id, NEW.step, NEW.seq))
      ON CONFLICT (tenant_id, dedupe_key) DO NOTHING;
    RETURN NULL;
  END IF;
  body := NEW.payload::json;
  IF NEW.type = 'ApprovalRequested' AND body->>'fourEyes' = 'true' THEN
    starter := starter_of_run(NEW.tenant_id, NEW.run_id);
  END IF;
  INSERT INTO run_questions (tenant_id, run_id, workflow_id, workflow_name, step, kind, title, message, approvers, four_eyes, requested_by, link_hash, hook_key, child_run_id, expires_at, asked_at)
    VALUES (NEW.tenant_id, NEW.run_id, run.workflow_id, run.workflow_name, NEW.step,
      CASE NEW.type WHEN 'ApprovalRequested' THEN 'approval' WHEN 'ChildAwaited' THEN 'child' ELSE 'hook' END, body->>'title', body->>'message',
      ARRAY(SELECT json_array_elements_text(coalesce(body->'approvers', '[]'::json))),
      coalesce((body->>'fourEyes')::boolean, false), starter, decode(body->>'linkHash', 'hex'), body->>'key',
      CASE WHEN NEW.type = 'ChildAwaited' THEN (body->>'runId')::uuid END,
      to_timestamp((body->>'expiresAtMs')::float8 / 1000), NEW.at);
  IF NEW.type = 'ApprovalRequested' THEN
    INSERT INTO notifications (tenant_id, id, kind, title, body, link, dedupe_key)
      VALUES (NEW.tenant_id, gen_random_uuid(), 'approval.requested', format('“%s” asks for an approval', run.workflow_name),
        body->>'title', '/runs/' || NEW.run_id, format('approval:%s:%s:%s', NEW.run_id, NEW.step, NEW.seq))
      ON CONFLICT (tenant_id, dedupe_key) DO NOTHING;
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER questions AFTER INSERT ON run_events FOR EACH ROW
  WHEN (NEW.type IN ('StepUnknown', 'StepSettled', 'ApprovalRequested', 'ApprovalApplied', 'ApprovalExpired',
    'HookAwaited', 'HookReceived', 'HookExpired', 'ChildAwaited', 'ChildEnded', 'ChildExpired', 'WorkflowFailed', 'ExecutionAborted', 'IterationFailed', 'LoopFailed'))
  EXECUTE FUNCTION note_question();
