-- The account of an e-mail address, for checking its password.
CREATE OR REPLACE FUNCTION engine.find_account(address text) RETURNS TABLE(id uuid, name text, email text, password_hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT u.id, u.name, u.email, u.password_hash FROM users u WHERE u.email = address
$$;
-- A sign-in that was just made: the first refresh token of a family. No row when the person is no member of the tenant.
CREATE OR REPLACE FUNCTION engine.start_session(token uuid, family uuid, person uuid, tenant uuid, hash bytea, expires timestamptz) RETURNS TABLE(id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO refresh_tokens (id, family_id, user_id, tenant_id, token_hash, expires_at)
  SELECT token, family, person, tenant, hash, expires
  WHERE EXISTS (SELECT 1 FROM members m JOIN tenants t ON t.id = m.tenant_id AND t.deleted_at IS NULL WHERE m.tenant_id = tenant AND m.user_id = person)
  RETURNING id
$$;
-- Ends a sign-in: none of its tokens is good any more.
CREATE OR REPLACE FUNCTION engine.end_session(family uuid) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  ended int;
BEGIN
  UPDATE refresh_tokens r SET revoked_at = clock_timestamp() WHERE r.family_id = family AND r.revoked_at IS NULL;
  GET DIAGNOSTICS ended = ROW_COUNT;
  RETURN ended;
END $$;
-- The family of a refresh token, for signing out with the cookie alone.
CREATE OR REPLACE FUNCTION engine.family_of(hash bytea) RETURNS TABLE(family_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT r.family_id FROM refresh_tokens r WHERE r.token_hash = hash
$$;
