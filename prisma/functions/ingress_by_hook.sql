-- Whose app an address is of. The key has 160 random bits, so knowing it is the right to call it.
CREATE OR REPLACE FUNCTION engine.ingress_by_hook(key text) RETURNS TABLE(tenant_id uuid, app_key text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT g.tenant_id, g.app_key FROM app_ingresses g WHERE g.hook_key = key
$$;
