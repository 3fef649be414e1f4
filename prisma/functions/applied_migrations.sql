-- Names of the migrations this database has, for /ready.
CREATE OR REPLACE FUNCTION engine.applied_migrations() RETURNS TABLE(name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT m.migration_name::text FROM _prisma_migrations m WHERE m.finished_at IS NOT NULL AND m.rolled_back_at IS NULL
$$;
