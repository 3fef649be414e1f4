-- Files that steps hand on by reference: what is known of one, and its content in sealed pieces, so that no process holds it whole.
-- A file that is still being written has no `completed_at` and cannot be read.
CREATE TABLE stored_files (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL,
  content_type text NOT NULL,
  size bigint NOT NULL DEFAULT 0,
  run_id uuid,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  completed_at timestamptz(3),
  expires_at timestamptz(3) NOT NULL,
  CONSTRAINT stored_files_pkey PRIMARY KEY (tenant_id, id)
);
CREATE INDEX stored_files_expires_at_idx ON stored_files (expires_at);

CREATE TABLE file_chunks (
  tenant_id uuid NOT NULL,
  file_id uuid NOT NULL,
  place integer NOT NULL,
  sealed bytea NOT NULL,
  CONSTRAINT file_chunks_pkey PRIMARY KEY (tenant_id, file_id, place)
);
-- Sealed bytes do not get smaller by packing.
ALTER TABLE file_chunks ALTER COLUMN sealed SET STORAGE EXTERNAL;

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['stored_files','file_chunks'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant_isolation ON %I USING (tenant_id = ANY((SELECT app_tenants())::uuid[])) WITH CHECK (tenant_id = ANY((SELECT app_tenants())::uuid[]))', name);
    EXECUTE format('CREATE POLICY engine_doors ON %I TO weftline_engine USING (true) WITH CHECK (true)', name);
  END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON stored_files TO weftline_runtime;
GRANT SELECT, INSERT, DELETE ON file_chunks TO weftline_runtime;
GRANT SELECT (tenant_id, id, expires_at), UPDATE (expires_at), DELETE ON stored_files TO weftline_engine;
GRANT SELECT (tenant_id, file_id), DELETE ON file_chunks TO weftline_engine;
