-- The one address of an app in a workspace: a service that tells an app of everything calls it, and calls are routed to connections.
CREATE TABLE app_ingresses (
  tenant_id uuid NOT NULL,
  app_key text NOT NULL,
  hook_key text NOT NULL,
  stored_cipher bytea,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT app_ingresses_pkey PRIMARY KEY (tenant_id, app_key)
);
CREATE UNIQUE INDEX app_ingresses_hook_key_key ON app_ingresses (hook_key);

ALTER TABLE app_ingresses ENABLE ROW LEVEL SECURITY;
ALTER TABLE app_ingresses FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON app_ingresses USING (tenant_id = ANY((SELECT app_tenants())::uuid[])) WITH CHECK (tenant_id = ANY((SELECT app_tenants())::uuid[]));
CREATE POLICY engine_doors ON app_ingresses TO weftline_engine USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON app_ingresses TO weftline_runtime;
GRANT SELECT (tenant_id, app_key, hook_key) ON app_ingresses TO weftline_engine;
