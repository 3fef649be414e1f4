-- What a workspace sets once for an app and one of its ways to sign in, for all connections that bring none of their own.
CREATE TABLE app_credentials (
  tenant_id uuid NOT NULL,
  app_key text NOT NULL,
  auth_key text NOT NULL,
  secret_cipher bytea NOT NULL,
  credential_facts jsonb NOT NULL DEFAULT '{}',
  -- Which were secret when they were set, whatever a later version of the app says of them.
  secret_names text[] NOT NULL DEFAULT '{}',
  hosts text[] NOT NULL DEFAULT '{}',
  set_by text NOT NULL,
  updated_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT app_credentials_pkey PRIMARY KEY (tenant_id, app_key, auth_key)
);

ALTER TABLE app_credentials ENABLE ROW LEVEL SECURITY;
ALTER TABLE app_credentials FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON app_credentials USING (tenant_id = ANY((SELECT app_tenants())::uuid[])) WITH CHECK (tenant_id = ANY((SELECT app_tenants())::uuid[]));
GRANT SELECT, INSERT, UPDATE, DELETE ON app_credentials TO weftline_runtime;
