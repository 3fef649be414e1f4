-- Runs that a step of another run has started and waits for. On the run's own row, so that its end, whoever brings it about, tells the
-- run that waits in the same transaction (prisma/functions/note_child_end.sql).
ALTER TABLE workflow_runs ADD COLUMN awaited_by uuid, ADD COLUMN awaited_step text;
CREATE INDEX workflow_runs_awaited ON workflow_runs (tenant_id, awaited_by)
  WHERE awaited_by IS NOT NULL AND status IN ('queued','running','waiting');
GRANT SELECT (awaited_by, awaited_step) ON workflow_runs TO weftline_engine;

-- Which run a question of the kind `child` is about.
ALTER TABLE run_questions ADD COLUMN child_run_id uuid;
GRANT SELECT (run_id, step, kind, state, expires_at, child_run_id), UPDATE (state, answer, answered_by, answered_at) ON run_questions TO weftline_engine;

-- Ends that have not been given to the run that waits. Only ever inserted by the transaction that ends the child, and never waited for
-- there: the run that waits is held by a transaction of its own afterwards, so that two batches never hold each other's runs.
CREATE TABLE child_ends (
  tenant_id uuid NOT NULL,
  child_run_id uuid NOT NULL,
  run_id uuid NOT NULL,
  step text NOT NULL,
  status text NOT NULL,
  at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT child_ends_pkey PRIMARY KEY (tenant_id, child_run_id)
);
CREATE INDEX child_ends_tenant_id_run_id_idx ON child_ends (tenant_id, run_id);

ALTER TABLE child_ends ENABLE ROW LEVEL SECURITY;
ALTER TABLE child_ends FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON child_ends USING (tenant_id = ANY((SELECT app_tenants())::uuid[])) WITH CHECK (tenant_id = ANY((SELECT app_tenants())::uuid[]));
CREATE POLICY engine_doors ON child_ends TO weftline_engine USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON child_ends TO weftline_runtime;
GRANT SELECT, UPDATE, DELETE ON child_ends TO weftline_engine;
