-- Writes down that a run which another run waits for has ended, in the transaction of its end. Only inserts: the run that waits is told by
-- engine.deliver_child_ends afterwards, so that nothing here waits for a row that somebody else holds.
CREATE OR REPLACE FUNCTION note_child_end() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO child_ends (tenant_id, child_run_id, run_id, step, status) VALUES (NEW.tenant_id, NEW.id, NEW.awaited_by, NEW.awaited_step, NEW.status);
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER child_end AFTER INSERT OR UPDATE ON workflow_runs FOR EACH ROW
  WHEN (NEW.awaited_by IS NOT NULL AND NEW.status IN ('succeeded', 'failed', 'cancelled')) EXECUTE FUNCTION note_child_end();
