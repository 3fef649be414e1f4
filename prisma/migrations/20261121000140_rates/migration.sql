-- What was sent under the limits of services, for all processes together: a small sliding window a row. `account` is a hash of what counts
-- together. The application reaches it through the doors in prisma/functions/take_rate.sql alone.
CREATE TABLE rate_accounts (
  tenant_id uuid NOT NULL,
  account bytea NOT NULL,
  ends bigint[] NOT NULL DEFAULT ARRAY[]::bigint[],
  counts integer[] NOT NULL DEFAULT ARRAY[]::integer[],
  held_until_ms bigint NOT NULL DEFAULT 0,
  expires_at timestamptz(3) NOT NULL,
  CONSTRAINT rate_accounts_pkey PRIMARY KEY (tenant_id, account)
) WITH (fillfactor = 50);
CREATE INDEX rate_accounts_expires_at_idx ON rate_accounts (expires_at);

ALTER TABLE rate_accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE rate_accounts FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON rate_accounts USING (tenant_id = ANY((SELECT app_tenants())::uuid[])) WITH CHECK (tenant_id = ANY((SELECT app_tenants())::uuid[]));
CREATE POLICY engine_doors ON rate_accounts TO weftline_engine USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON rate_accounts TO weftline_engine;
