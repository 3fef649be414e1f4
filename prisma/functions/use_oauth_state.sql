-- Takes the state of a sign-in at a service, once: the second call with it gets no row.
CREATE OR REPLACE FUNCTION engine.use_oauth_state(hash bytea, clock timestamptz) RETURNS TABLE(tenant_id uuid, id uuid, connection_id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE oauth_states s SET used_at = clock WHERE s.state_hash = hash AND s.used_at IS NULL AND s.expires_at > clock
  RETURNING s.tenant_id, s.id, s.connection_id
$$;
