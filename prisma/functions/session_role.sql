-- The role of a user in a tenant, for a sign-in that is still good. No row: not a member any more, signed out, or the tenant is gone.
CREATE OR REPLACE FUNCTION engine.session_role(tenant uuid, person uuid, family uuid) RETURNS TABLE(role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT m.role FROM members m JOIN tenants t ON t.id = m.tenant_id AND t.deleted_at IS NULL
  WHERE m.tenant_id = tenant AND m.user_id = person
    AND EXISTS (SELECT 1 FROM refresh_tokens r WHERE r.family_id = family AND r.user_id = person AND r.tenant_id = tenant AND r.revoked_at IS NULL)
$$;
