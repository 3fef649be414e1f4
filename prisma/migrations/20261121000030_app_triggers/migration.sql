-- Triggers of apps: what a workflow wants to be told of by a service (`wanted`), and what there is of it (`registered`, the poll's place).
-- One row a workflow and identity (app, trigger, account, input); the wanted one at most once a workflow, former ones until they are
-- unsubscribed. A worker holds a row by lease and epoch, as it holds a run; every write of a poll checks the epoch.
CREATE TABLE app_triggers (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  workflow_id uuid NOT NULL,
  identity text NOT NULL,
  wanted boolean NOT NULL DEFAULT true,
  app_key text NOT NULL,
  app_version text NOT NULL,
  trigger_key text NOT NULL,
  type text NOT NULL,
  connection_id uuid,
  input text NOT NULL DEFAULT '{}',
  hook_key text NOT NULL,
  secret_cipher bytea,
  subscription_cipher bytea,
  stored_cipher bytea,
  status text NOT NULL DEFAULT 'off',
  why text,
  registered boolean NOT NULL DEFAULT false,
  attempt text,
  attempted_at timestamptz(3),
  subscribed_at timestamptz(3),
  expires_at timestamptz(3),
  checked_at timestamptz(3),
  upkeep_failures integer NOT NULL DEFAULT 0,
  next_upkeep_at timestamptz(3),
  every_seconds integer,
  next_poll_at timestamptz(3),
  last_polled_at timestamptz(3),
  primed boolean NOT NULL DEFAULT false,
  cursor text,
  poll_failures integer NOT NULL DEFAULT 0,
  max_items integer NOT NULL DEFAULT 100,
  window_at timestamptz(3),
  window_left integer NOT NULL DEFAULT 0,
  next_release_at timestamptz(3),
  next_place bigint NOT NULL DEFAULT 0,
  held_why text,
  epoch integer NOT NULL DEFAULT 0,
  worker_id text,
  lease_until timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT app_triggers_pkey PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX app_triggers_tenant_id_workflow_id_identity_key ON app_triggers (tenant_id, workflow_id, identity);
CREATE UNIQUE INDEX app_triggers_hook_key_key ON app_triggers (hook_key);
CREATE INDEX app_triggers_tenant_id_connection_id_idx ON app_triggers (tenant_id, connection_id);
CREATE UNIQUE INDEX app_triggers_wanted ON app_triggers (tenant_id, workflow_id) WHERE wanted;
CREATE INDEX app_triggers_due ON app_triggers (LEAST(next_poll_at, next_upkeep_at)) WHERE LEAST(next_poll_at, next_upkeep_at) IS NOT NULL;
CREATE INDEX app_triggers_release ON app_triggers (next_release_at) WHERE next_release_at IS NOT NULL;

-- Which items of a poll are known: SHA-256 of their keys, the newest `keepSeen` of them.
CREATE TABLE app_trigger_seen (
  tenant_id uuid NOT NULL,
  trigger_id uuid NOT NULL,
  key_hash bytea NOT NULL,
  place bigint NOT NULL,
  CONSTRAINT app_trigger_seen_pkey PRIMARY KEY (tenant_id, trigger_id, key_hash)
);

-- Events that wait for their run, in order: more came at once than may start.
CREATE TABLE app_trigger_events (
  tenant_id uuid NOT NULL,
  trigger_id uuid NOT NULL,
  place bigint NOT NULL,
  receipt_key text NOT NULL,
  output text NOT NULL,
  at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT app_trigger_events_pkey PRIMARY KEY (tenant_id, trigger_id, place)
);

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['app_triggers','app_trigger_seen','app_trigger_events'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant_isolation ON %I USING (tenant_id = ANY((SELECT app_tenants())::uuid[])) WITH CHECK (tenant_id = ANY((SELECT app_tenants())::uuid[]))', name);
  END LOOP;
END $$;
CREATE POLICY engine_doors ON app_triggers TO weftline_engine USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON app_triggers, app_trigger_seen, app_trigger_events TO weftline_runtime;
GRANT SELECT (tenant_id, id, workflow_id, wanted, type, app_key, hook_key, next_poll_at, next_upkeep_at, next_release_at, epoch, worker_id, lease_until),
  UPDATE (epoch, worker_id, lease_until) ON app_triggers TO weftline_engine;
