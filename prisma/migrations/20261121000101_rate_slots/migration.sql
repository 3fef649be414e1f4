-- Calls that are under way where a service takes only so many at once, for all processes together: a slot a call, each with the instant
-- at which it ends by itself. The application reaches it through the doors in prisma/functions/take_slot.sql alone.
CREATE TABLE rate_slots (
  tenant_id uuid NOT NULL,
  account bytea NOT NULL,
  slots uuid[] NOT NULL DEFAULT ARRAY[]::uuid[],
  ends bigint[] NOT NULL DEFAULT ARRAY[]::bigint[],
  expires_at timestamptz(3) NOT NULL,
  CONSTRAINT rate_slots_pkey PRIMARY KEY (tenant_id, account)
) WITH (fillfactor = 50);
CREATE INDEX rate_slots_expires_at_idx ON rate_slots (expires_at);

ALTER TABLE rate_slots ENABLE ROW LEVEL SECURITY;
ALTER TABLE rate_slots FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON rate_slots USING (tenant_id = ANY((SELECT app_tenants())::uuid[])) WITH CHECK (tenant_id = ANY((SELECT app_tenants())::uuid[]));
CREATE POLICY engine_doors ON rate_slots TO weftline_engine USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON rate_slots TO weftline_engine;
