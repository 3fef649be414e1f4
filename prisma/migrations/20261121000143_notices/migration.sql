-- What a person has read is theirs alone. A notification of several failures counts them; with a new one nobody has read it.
ALTER TABLE notifications ADD COLUMN count integer NOT NULL DEFAULT 1, DROP COLUMN read_at;
CREATE INDEX notifications_tenant_id_at_id_idx ON notifications (tenant_id, at, id);
CREATE TABLE notification_reads (
  tenant_id uuid NOT NULL,
  notification_id uuid NOT NULL,
  user_id uuid NOT NULL,
  read_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT notification_reads_pkey PRIMARY KEY (tenant_id, notification_id, user_id)
);
ALTER TABLE notification_reads ENABLE ROW LEVEL SECURITY;
ALTER TABLE notification_reads FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON notification_reads USING (tenant_id = ANY((SELECT app_tenants())::uuid[])) WITH CHECK (tenant_id = ANY((SELECT app_tenants())::uuid[]));
CREATE POLICY engine_doors ON notification_reads TO weftline_engine USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON notification_reads TO weftline_runtime;
GRANT SELECT, DELETE ON notification_reads TO weftline_engine;
CREATE POLICY engine_doors ON notifications TO weftline_engine USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON notifications TO weftline_engine;

-- Runs that have failed and of which nobody has been told yet. Only ever inserted by the transaction that ends the run, so that many
-- failures at once never wait for one another; gathered into notifications by prisma/functions/note_failures.sql.
CREATE TABLE failed_runs (
  tenant_id uuid NOT NULL,
  run_id uuid NOT NULL,
  at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT failed_runs_pkey PRIMARY KEY (tenant_id, run_id)
);
ALTER TABLE failed_runs ENABLE ROW LEVEL SECURITY;
ALTER TABLE failed_runs FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON failed_runs USING (tenant_id = ANY((SELECT app_tenants())::uuid[])) WITH CHECK (tenant_id = ANY((SELECT app_tenants())::uuid[]));
CREATE POLICY engine_doors ON failed_runs TO weftline_engine USING (true) WITH CHECK (true);
GRANT INSERT ON failed_runs TO weftline_runtime;
GRANT SELECT, INSERT, UPDATE, DELETE ON failed_runs TO weftline_engine;

GRANT SELECT (workflow_id, workflow_name, error_message, status, created_at, started_at, finished_at) ON workflow_runs TO weftline_engine;
GRANT SELECT (run_id, state, answered_at, expires_at) ON run_questions TO weftline_engine;
CREATE POLICY engine_doors ON run_events FOR SELECT TO weftline_engine USING (true);
GRANT SELECT (tenant_id, run_id, seq, type, at) ON run_events TO weftline_engine;
