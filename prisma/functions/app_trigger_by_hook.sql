-- Whose app trigger an address is. The key has 160 random bits, so knowing it is the right to call it.
CREATE OR REPLACE FUNCTION engine.app_trigger_by_hook(key text) RETURNS TABLE(tenant_id uuid, trigger_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT g.tenant_id, g.id FROM app_triggers g WHERE g.hook_key = key
$$;
