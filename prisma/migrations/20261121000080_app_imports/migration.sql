-- The last import of an app as it came, so that the next one knows what was changed by hand.
CREATE TABLE app_imports (
  tenant_id uuid NOT NULL,
  app_key text NOT NULL,
  definition text NOT NULL,
  imported_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT app_imports_pkey PRIMARY KEY (tenant_id, app_key)
);

ALTER TABLE app_imports ENABLE ROW LEVEL SECURITY;
ALTER TABLE app_imports FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON app_imports USING (tenant_id = ANY((SELECT app_tenants())::uuid[])) WITH CHECK (tenant_id = ANY((SELECT app_tenants())::uuid[]));
GRANT SELECT, INSERT, UPDATE ON app_imports TO weftline_runtime;
