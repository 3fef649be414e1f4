-- When a workspace works: its time zone, the hours of each weekday and the days off, as one JSON document. No row: the preset.
CREATE TABLE calendars (
  tenant_id uuid NOT NULL,
  calendar text NOT NULL,
  updated_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT calendars_pkey PRIMARY KEY (tenant_id)
);
ALTER TABLE calendars ENABLE ROW LEVEL SECURITY;
ALTER TABLE calendars FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON calendars USING (tenant_id = ANY((SELECT app_tenants())::uuid[])) WITH CHECK (tenant_id = ANY((SELECT app_tenants())::uuid[]));
GRANT SELECT, INSERT, UPDATE ON calendars TO weftline_runtime;
