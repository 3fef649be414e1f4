-- Hosts that a workspace's steps do not call for a while, because they gave no answer several times in a row. A row while it lasts.
CREATE TABLE paused_hosts (
  tenant_id uuid NOT NULL,
  host text NOT NULL,
  since timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  until timestamptz(3) NOT NULL,
  -- One call may try whether it answers again; until then the others wait for what becomes of it.
  probe_until timestamptz(3),
  probes integer NOT NULL DEFAULT 0,
  why text NOT NULL,
  CONSTRAINT paused_hosts_pkey PRIMARY KEY (tenant_id, host)
);

ALTER TABLE paused_hosts ENABLE ROW LEVEL SECURITY;
ALTER TABLE paused_hosts FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON paused_hosts USING (tenant_id = ANY((SELECT app_tenants())::uuid[])) WITH CHECK (tenant_id = ANY((SELECT app_tenants())::uuid[]));
GRANT SELECT, INSERT, UPDATE, DELETE ON paused_hosts TO weftline_runtime;
