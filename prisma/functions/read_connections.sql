-- The sealed connections that many calls need at the same moment, in one round trip, each with what is set once for its app. Behind row-level security for the batch's tenants.
CREATE OR REPLACE FUNCTION read_connections(tenants uuid[], t uuid[], c uuid[])
RETURNS TABLE(place_in_batch int, name text, auth_key text, config jsonb, secret_cipher bytea, credential_hosts text[],
              app_key text, app_cipher bytea, app_hosts text[], app_secrets text[])
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM set_config('app.tenants', tenants::text, true);
  RETURN QUERY
  SELECT x.pos::int, n.name, n.auth_key, n.config, n.secret_cipher, n.credential_hosts,
         n.app_key, s.secret_cipher, s.hosts, s.secret_names
  FROM unnest(t, c) WITH ORDINALITY x(ten, con, pos)
  JOIN connections n ON n.tenant_id = x.ten AND n.id = x.con AND n.deleted_at IS NULL
  LEFT JOIN app_credentials s ON s.tenant_id = n.tenant_id AND s.app_key = n.app_key AND s.auth_key = n.auth_key;
END $$;
REVOKE EXECUTE ON FUNCTION read_connections FROM PUBLIC;
GRANT EXECUTE ON FUNCTION read_connections TO weftline_runtime;
