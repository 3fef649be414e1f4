-- Removes files whose time is over, with their content; a bounded number a call. Gives how many, so that it is called until none is left.
CREATE OR REPLACE FUNCTION engine.prune_files() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE gone int;
BEGIN
  WITH picked AS MATERIALIZED (
    SELECT f.tenant_id, f.id FROM stored_files f WHERE f.expires_at < clock_timestamp() ORDER BY f.expires_at LIMIT 20 FOR UPDATE SKIP LOCKED
  ), emptied AS (
    DELETE FROM file_chunks c USING picked p WHERE c.tenant_id = p.tenant_id AND c.file_id = p.id
  ), removed AS (
    DELETE FROM stored_files f USING picked p WHERE f.tenant_id = p.tenant_id AND f.id = p.id RETURNING 1
  )
  SELECT count(*) INTO gone FROM removed;
  RETURN gone;
END $$;
