-- Runs of one workflow that share a key go `concurrency_limit` at a time. A run that must wait for its key is queued without `ready_at`:
-- it is in no index that claims read, so they cost what they cost without it. Every other run of the key that has not ended holds a place.
ALTER TABLE workflow_runs ADD COLUMN concurrency_key text, ADD COLUMN concurrency_limit integer;
CREATE INDEX workflow_runs_key_held ON workflow_runs (tenant_id, workflow_id, concurrency_key)
  WHERE concurrency_key IS NOT NULL AND (status IN ('running','waiting') OR (status = 'queued' AND ready_at IS NOT NULL));
CREATE INDEX workflow_runs_key_line ON workflow_runs (tenant_id, workflow_id, concurrency_key, created_at, id)
  WHERE concurrency_key IS NOT NULL AND status = 'queued' AND ready_at IS NULL;
GRANT SELECT (workflow_id, concurrency_key, concurrency_limit, created_at) ON workflow_runs TO weftline_engine;
