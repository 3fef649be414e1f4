-- Gives a refresh token its successor. Verdicts: rotated, repeated (shown again within 10 s: the sealed successor is given
-- back, for a second tab), reused (later: somebody copied it, so the whole family ends), unknown.
CREATE OR REPLACE FUNCTION engine.rotate_refresh(hash bytea, clock timestamptz, next_id uuid, next_hash bytea, next_sealed bytea, next_expires timestamptz)
RETURNS TABLE(verdict text, user_id uuid, tenant_id uuid, family_id uuid, successor bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  shown refresh_tokens%ROWTYPE;
BEGIN
  -- FOR UPDATE: two tabs come one after the other.
  SELECT * INTO shown FROM refresh_tokens r WHERE r.token_hash = hash FOR UPDATE;
  IF NOT FOUND OR shown.revoked_at IS NOT NULL OR shown.expires_at <= clock THEN
    RETURN QUERY SELECT 'unknown', NULL::uuid, NULL::uuid, NULL::uuid, NULL::bytea;
  ELSIF shown.used_at IS NULL THEN
    UPDATE refresh_tokens r SET used_at = clock, successor = next_sealed WHERE r.id = shown.id;
    INSERT INTO refresh_tokens (id, family_id, user_id, tenant_id, token_hash, expires_at)
      VALUES (next_id, shown.family_id, shown.user_id, shown.tenant_id, next_hash, next_expires);
    RETURN QUERY SELECT 'rotated', shown.user_id, shown.tenant_id, shown.family_id, NULL::bytea;
  ELSIF shown.used_at > clock - interval '10 seconds' AND shown.successor IS NOT NULL THEN
    RETURN QUERY SELECT 'repeated', shown.user_id, shown.tenant_id, shown.family_id, shown.successor;
  ELSE
    UPDATE refresh_tokens r SET revoked_at = clock WHERE r.family_id = shown.family_id AND r.revoked_at IS NULL;
    RETURN QUERY SELECT 'reused', shown.user_id, shown.tenant_id, shown.family_id, NULL::bytea;
  END IF;
END $$;
