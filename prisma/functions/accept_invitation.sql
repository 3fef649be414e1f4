-- Whose invitation a one-time link is, while it can still be used. Knowing its 256 random bits is the right to see it.
CREATE OR REPLACE FUNCTION engine.find_invitation(hash bytea, clock timestamptz) RETURNS TABLE(tenant_id uuid, id uuid, email text, role text, tenant_name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT i.tenant_id, i.id, i.email, i.role, t.name FROM invitations i JOIN tenants t ON t.id = i.tenant_id AND t.deleted_at IS NULL
  WHERE i.token_hash = hash AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > clock
$$;
