-- Which approval a link is for, by the hash of its token. The token is an HMAC of 256 bits, so knowing it is the right to open the page.
CREATE OR REPLACE FUNCTION engine.question_by_link(hash bytea) RETURNS TABLE(tenant_id uuid, question_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT q.tenant_id, q.id FROM run_questions q WHERE q.link_hash = hash
$$;
