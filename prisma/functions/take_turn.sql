-- Gives a run that begins its key, where whoever accepted it could not read it: events of polls become runs inside of the database.
-- True: the caller goes on. False: others of its key are before it, so it stands in line (engine.admit_runs), or it is not the caller's any more.
-- Holds the tenant's queue as accept_runs does, so that no two of them count at once.
CREATE OR REPLACE FUNCTION engine.take_turn(tenant uuid, run uuid, run_epoch int, wanted text, most int) RETURNS bool
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  mine record;
  held int;
BEGIN
  PERFORM 1 FROM tenant_queues q WHERE q.tenant_id = tenant FOR NO KEY UPDATE;
  SELECT w.workflow_id, w.concurrency_key, w.created_at, w.id INTO mine FROM workflow_runs w
    WHERE w.tenant_id = tenant AND w.id = run AND w.epoch = run_epoch AND w.status = 'running' FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN false; END IF;
  IF mine.concurrency_key IS NOT NULL THEN RETURN true; END IF;
  SELECT count(*) INTO held FROM workflow_runs w
    WHERE w.tenant_id = tenant AND w.workflow_id = mine.workflow_id AND w.concurrency_key = wanted AND w.concurrency_key IS NOT NULL
      AND (w.status IN ('running','waiting') OR (w.status = 'queued' AND w.ready_at IS NOT NULL));
  IF held < most AND NOT EXISTS (SELECT 1 FROM workflow_runs w
    WHERE w.tenant_id = tenant AND w.workflow_id = mine.workflow_id AND w.concurrency_key = wanted AND w.concurrency_key IS NOT NULL
      AND w.status = 'queued' AND w.ready_at IS NULL AND (w.created_at, w.id) < (mine.created_at, mine.id)) THEN
    UPDATE workflow_runs w SET concurrency_key = wanted, concurrency_limit = most WHERE w.tenant_id = tenant AND w.id = run;
    RETURN true;
  END IF;
  UPDATE workflow_runs w SET concurrency_key = wanted, concurrency_limit = most, status = 'queued', ready_at = NULL, worker_id = NULL, lease_until = NULL,
    started_at = NULL, why = format('Waits for its turn: runs with the key “%s” go %s at a time.', wanted, most)
    WHERE w.tenant_id = tenant AND w.id = run;
  RETURN false;
END $$;
