-- Whose one-time hook a key is. The key is an HMAC of 256 bits, so knowing it is the right to call it.
CREATE OR REPLACE FUNCTION engine.question_by_hook(key text) RETURNS TABLE(tenant_id uuid, question_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT q.tenant_id, q.id FROM run_questions q WHERE q.hook_key = key
$$;
