-- What runs ask of the outside and wait for: a person settling an unknown outcome, an approval, a call of a one-time hook.
-- A row is made, and closed, in the transaction of the journal entry that asks or that takes the answer in (prisma/functions/note_questions.sql).
CREATE TABLE run_questions (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  run_id uuid NOT NULL,
  workflow_id uuid NOT NULL,
  workflow_name text NOT NULL,
  step text NOT NULL,
  kind text NOT NULL,
  state text NOT NULL DEFAULT 'pending',
  title text,
  message text,
  approvers text[],
  hook_key text,
  expires_at timestamptz(3),
  answer text,
  answered_by text,
  answered_at timestamptz(3),
  asked_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT run_questions_pkey PRIMARY KEY (tenant_id, id)
);
CREATE INDEX run_questions_tenant_id_kind_asked_at_idx ON run_questions (tenant_id, kind, asked_at);
CREATE INDEX run_questions_tenant_id_run_id_idx ON run_questions (tenant_id, run_id);
CREATE UNIQUE INDEX run_questions_hook_key_key ON run_questions (hook_key);
-- A step asks one thing at a time.
CREATE UNIQUE INDEX run_questions_open ON run_questions (tenant_id, run_id, step) WHERE state IN ('pending', 'answered');

ALTER TABLE run_questions ENABLE ROW LEVEL SECURITY;
ALTER TABLE run_questions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON run_questions USING (tenant_id = ANY((SELECT app_tenants())::uuid[])) WITH CHECK (tenant_id = ANY((SELECT app_tenants())::uuid[]));
CREATE POLICY engine_doors ON run_questions TO weftline_engine USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON run_questions TO weftline_runtime;
GRANT SELECT (tenant_id, id, hook_key) ON run_questions TO weftline_engine;

-- An answer has come that no worker has looked at. On the run's row, because a worker that leaves a run to wait holds that row:
-- an answer of the same moment is then seen and the run goes on at once.
ALTER TABLE workflow_runs ADD COLUMN answered boolean NOT NULL DEFAULT false;
GRANT SELECT (answered), UPDATE (answered) ON workflow_runs TO weftline_engine;
