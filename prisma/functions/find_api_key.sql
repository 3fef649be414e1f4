-- Whose API key this is, and the role its maker has now; no row once the maker has left. Notes the use at most once a minute, so a busy key costs no write each time.
CREATE OR REPLACE FUNCTION engine.find_api_key(hash bytea, clock timestamptz) RETURNS TABLE(tenant_id uuid, id uuid, role text, created_by uuid, creator_role text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  shown record;
BEGIN
  SELECT k.tenant_id, k.id, k.role, k.created_by, k.last_used_at, m.role AS creator_role INTO shown FROM api_keys k
    JOIN tenants t ON t.id = k.tenant_id AND t.deleted_at IS NULL
    JOIN members m ON m.tenant_id = k.tenant_id AND m.user_id = k.created_by
    WHERE k.key_hash = hash AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > clock);
  IF NOT FOUND THEN RETURN; END IF;
  IF shown.last_used_at IS NULL OR shown.last_used_at < clock - interval '1 minute' THEN
    UPDATE api_keys k SET last_used_at = clock WHERE k.tenant_id = shown.tenant_id AND k.id = shown.id;
  END IF;
  RETURN QUERY SELECT shown.tenant_id, shown.id, shown.role, shown.created_by, shown.creator_role;
END $$;
