-- Extends leases that are still the worker's. A run that is missing in the answer is no longer its own.
CREATE OR REPLACE FUNCTION engine.renew_leases(worker text, t uuid[], r uuid[], e int[], lease_seconds int)
RETURNS TABLE(run_id uuid, clock timestamptz)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE workflow_runs w SET lease_until = clock_timestamp() + make_interval(secs => lease_seconds)
  FROM unnest(t, r, e) x(ten, run, epoch)
  WHERE w.tenant_id = x.ten AND w.id = x.run AND w.epoch = x.epoch AND w.worker_id = worker AND w.status = 'running'
  RETURNING w.id, clock_timestamp()
$$;
