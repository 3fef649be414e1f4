-- Schedules whose planned instant has come, across tenants. Ids and the instant only.
CREATE OR REPLACE FUNCTION engine.due_schedules(most int) RETURNS TABLE(tenant_id uuid, trigger_id uuid, nominal_at timestamptz, clock timestamptz)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT g.tenant_id, g.id, g.next_fire_at, clock_timestamp() FROM triggers g
  WHERE g.enabled AND g.next_fire_at IS NOT NULL AND g.next_fire_at <= clock_timestamp() ORDER BY g.next_fire_at LIMIT most
$$;
