-- Whose sign-in at a service has come back. A state is good for one callback: taking it uses it up.
CREATE OR REPLACE FUNCTION engine.take_oauth_state(hash bytea) RETURNS TABLE(tenant_id uuid, state_id uuid, connection_id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE oauth_states o SET used_at = clock_timestamp()
  WHERE o.state_hash = hash AND o.used_at IS NULL AND o.expires_at > clock_timestamp()
  RETURNING o.tenant_id, o.id, o.connection_id
$$;
