-- Whose hook a key is. The key has 160 random bits, so knowing it is the right to call it.
CREATE OR REPLACE FUNCTION engine.hook_by_key(key text) RETURNS TABLE(tenant_id uuid, trigger_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT g.tenant_id, g.id FROM triggers g WHERE g.hook_key = key
$$;
