-- Monthly partitions of runs and journal. A UUIDv7 begins with its millisecond, so a month is a range of ids.
-- Owned by weftline_owner (the application has no right to create tables), callable by the application.
CREATE OR REPLACE FUNCTION engine.first_id_of(instant timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT (lpad(to_hex((extract(epoch FROM instant) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid
$$;
CREATE OR REPLACE FUNCTION engine.ensure_partitions() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  month timestamptz;
  parent text;
  child text;
  made int := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(7731001);
  FOR month IN SELECT generate_series(date_trunc('month', now(), 'UTC') - interval '1 month', date_trunc('month', now(), 'UTC') + interval '2 months', interval '1 month') LOOP
    FOREACH parent IN ARRAY ARRAY['workflow_runs','run_events'] LOOP
      child := parent || to_char(month AT TIME ZONE 'UTC', '"_"YYYY"_"MM');
      IF to_regclass('public.' || child) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', child, parent,
          engine.first_id_of(month), engine.first_id_of(date_trunc('month', (month AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC'));
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', child);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', child);
        made := made + 1;
      END IF;
    END LOOP;
  END LOOP;
  RETURN made;
END $$;
-- True when the partitions of this month and the next exist: what /ready demands.
CREATE OR REPLACE FUNCTION engine.partitions_ready() RETURNS bool
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT bool_and(to_regclass('public.' || parent || to_char((now() + ahead) AT TIME ZONE 'UTC', '"_"YYYY"_"MM')) IS NOT NULL)
  FROM unnest(ARRAY['workflow_runs','run_events']) parent, unnest(ARRAY[interval '0', interval '1 month']) ahead
$$;
SELECT engine.ensure_partitions();
