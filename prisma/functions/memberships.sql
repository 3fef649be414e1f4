-- The tenants a person belongs to, oldest membership first.
CREATE OR REPLACE FUNCTION engine.memberships(person uuid) RETURNS TABLE(tenant_id uuid, name text, plan text, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT m.tenant_id, t.name, t.plan, m.role FROM members m JOIN tenants t ON t.id = m.tenant_id AND t.deleted_at IS NULL
  WHERE m.user_id = person ORDER BY m.created_at, m.tenant_id
$$;
-- Name and address of a person who has just shown who they are.
CREATE OR REPLACE FUNCTION engine.find_person(person uuid) RETURNS TABLE(id uuid, name text, email text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT u.id, u.name, u.email FROM users u WHERE u.id = person
$$;
