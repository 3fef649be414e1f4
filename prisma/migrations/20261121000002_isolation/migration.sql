-- Row-level security on every tenant table, what each role may touch, and the partitions of runs and journal.
-- Roles exist already: prisma/migrate/prepare-roles.ts makes them, because they belong to the cluster.

CREATE SCHEMA IF NOT EXISTS engine;
GRANT USAGE ON SCHEMA public TO weftline_runtime, weftline_engine;
GRANT USAGE ON SCHEMA engine TO weftline_runtime;
GRANT USAGE, CREATE ON SCHEMA engine TO weftline_engine;

-- The tenants of the current transaction. nullif: after a transaction the setting is '' and not null.
CREATE FUNCTION app_tenants() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('app.tenants', true), '')::uuid[] $$;

-- The tenant that owns the built-in apps; its apps are readable by everybody.
CREATE FUNCTION platform_tenant() RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT '00000000-0000-0000-0000-000000000000'::uuid $$;

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['members','invitations','refresh_tokens','api_keys','tenant_keys','apps','app_versions','connections',
    'oauth_states','workflows','workflow_versions','triggers','hook_samples','schedule_firings','receipts','usage_hours','tenant_queues',
    'workflow_runs','run_events','variables','audit_entries','notifications','idempotency_records'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant_isolation ON %I USING (tenant_id = ANY((SELECT app_tenants())::uuid[])) WITH CHECK (tenant_id = ANY((SELECT app_tenants())::uuid[]))', name);
  END LOOP;
END $$;

ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants USING (id = ANY((SELECT app_tenants())::uuid[])) WITH CHECK (id = ANY((SELECT app_tenants())::uuid[]));

-- A person is visible where they are a member (members is itself behind its policy).
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
CREATE POLICY fellow_members ON users FOR SELECT USING (EXISTS (SELECT 1 FROM members m WHERE m.user_id = users.id));
CREATE POLICY sign_up ON users FOR INSERT WITH CHECK (true);
CREATE POLICY change_fellow ON users FOR UPDATE USING (EXISTS (SELECT 1 FROM members m WHERE m.user_id = users.id));

CREATE POLICY built_in ON apps FOR SELECT USING (tenant_id = platform_tenant());
CREATE POLICY built_in ON app_versions FOR SELECT USING (tenant_id = platform_tenant());

-- The application.
GRANT SELECT ON plans TO weftline_runtime;
GRANT SELECT, INSERT, UPDATE ON tenants, users, members, invitations, api_keys, tenant_keys, apps, connections, oauth_states, workflows,
  triggers, hook_samples, schedule_firings, usage_hours, tenant_queues, workflow_runs, variables, notifications, idempotency_records TO weftline_runtime;
GRANT SELECT, INSERT ON app_versions, workflow_versions, run_events, audit_entries, receipts TO weftline_runtime;
GRANT DELETE ON members, connections, oauth_states, hook_samples, receipts, variables, idempotency_records TO weftline_runtime;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app_tenants(), platform_tenant() TO weftline_runtime, weftline_engine;

-- The few doors that must work before a tenant is known: weftline_engine sees rows of all tenants, but only these columns.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['tenants','users','members','invitations','refresh_tokens','api_keys','oauth_states','triggers','tenant_queues','workflow_runs','receipts','idempotency_records'] LOOP
    EXECUTE format('CREATE POLICY engine_doors ON %I TO weftline_engine USING (true) WITH CHECK (true)', name);
  END LOOP;
END $$;
GRANT SELECT ON plans TO weftline_engine;
GRANT SELECT (id, name, plan, deleted_at) ON tenants TO weftline_engine;
GRANT SELECT (id, email, name, password_hash) ON users TO weftline_engine;
GRANT SELECT (tenant_id, user_id, role, created_at) ON members TO weftline_engine;
GRANT SELECT (tenant_id, id, email, role, token_hash, expires_at, accepted_at, revoked_at) ON invitations TO weftline_engine;
GRANT SELECT, INSERT, UPDATE, DELETE ON refresh_tokens TO weftline_engine;
GRANT SELECT (tenant_id, id, role, key_hash, created_by, expires_at, revoked_at, last_used_at), UPDATE (last_used_at) ON api_keys TO weftline_engine;
GRANT SELECT (tenant_id, id, state_hash, connection_id, expires_at, used_at), UPDATE (used_at) ON oauth_states TO weftline_engine;
GRANT SELECT (tenant_id, id, kind, enabled, hook_key, next_fire_at, listening_until) ON triggers TO weftline_engine;
GRANT SELECT, UPDATE (virtual_time) ON tenant_queues TO weftline_engine;
GRANT SELECT (tenant_id, id, status, epoch, worker_id, lease_until, ready_at, crashes, started_at),
  UPDATE (status, epoch, worker_id, lease_until, ready_at, crashes, started_at, why) ON workflow_runs TO weftline_engine;
GRANT SELECT (tenant_id, at), DELETE ON receipts, idempotency_records TO weftline_engine;

-- What was published, journaled or decided never changes, whoever asks.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '42501'; END $$;
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE ON workflow_versions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE ON run_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE ON audit_entries FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- A run that has ended stays as it ended.
CREATE FUNCTION refuse_after_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'run % has ended as %', OLD.id, OLD.status USING ERRCODE = '42501'; END $$;
CREATE TRIGGER terminal BEFORE UPDATE ON workflow_runs FOR EACH ROW
  WHEN (OLD.status IN ('succeeded','failed','cancelled')) EXECUTE FUNCTION refuse_after_end();

-- Claims look at ready runs by tenant, the sweeper at leases, the cap at running ones. Partial: finished runs cost nothing.
CREATE INDEX workflow_runs_ready ON workflow_runs (tenant_id, ready_at, id) WHERE status IN ('queued','waiting') AND ready_at IS NOT NULL;
CREATE INDEX workflow_runs_running ON workflow_runs (tenant_id) WHERE status = 'running';
CREATE INDEX workflow_runs_lease ON workflow_runs (lease_until) WHERE status = 'running';
CREATE INDEX triggers_due ON triggers (next_fire_at) WHERE enabled AND next_fire_at IS NOT NULL;

INSERT INTO plans (name, workflows, runs_per_hour, concurrency) VALUES
  ('free', 50, 100, 20), ('scale', 200, 500, 50), ('unlimited', 2147483647, 2147483647, 1000);
INSERT INTO tenants (id, name, plan) SELECT platform_tenant(), 'Weftline', 'free' WHERE set_config('app.tenants', '{00000000-0000-0000-0000-000000000000}', true) IS NOT NULL;
