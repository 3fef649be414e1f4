-- Takes a batch of triggers in one commit: receipt, quota count, run and first journal entries, or none of them.
-- Runs as the caller, behind row-level security for the batch's set of tenants.
-- The lock on tenant_queues serialises a tenant's admissions, so that counts are exact and receipts cannot race.
-- A run with `ends` or first entries beyond its start (the e… arrays, by position in the batch) was decided by the caller already:
-- they are written only if the run is handed to the caller; else it is queued with its start alone and decided by whoever claims it.
-- A run with a key (ckeys) that has no room is queued without `ready_at`, behind the others of its key, until engine.admit_runs lets it begin.
-- Verdicts: fresh, duplicate (run_id is the former run), over (the hourly quota), gone (trigger disabled or republished meanwhile).
CREATE OR REPLACE FUNCTION accept_runs(
  tenants uuid[], t uuid[], r uuid[], w uuid[], v int[], names text[], kinds text[], actors text[], replays uuid[], guarded bool[],
  k text[], payloads text[], ends text[], delays float8[], whys text[], codes text[], messages text[],
  parents uuid[], parent_steps text[], ckeys text[], climits int[],
  epos int[], eseq int[], etypes text[], esteps text[], epayloads text[], worker text, lease_seconds int)
RETURNS TABLE(place_in_batch int, run_id uuid, verdict text, handed bool, used int, allowed int)
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  now_ timestamptz;
  hour_ timestamptz;
BEGIN
  PERFORM set_config('app.tenants', tenants::text, true);
  PERFORM 1 FROM tenant_queues q WHERE q.tenant_id = ANY(tenants) ORDER BY q.tenant_id FOR NO KEY UPDATE;
  now_ := clock_timestamp();
  hour_ := date_trunc('hour', now_, 'UTC');
  RETURN QUERY
  WITH x AS (
    SELECT * FROM unnest(t, r, w, v, names, kinds, actors, replays, guarded, k, payloads, ends, delays, whys, codes, messages, parents, parent_steps, ckeys, climits)
      WITH ORDINALITY x(ten, run, wf, ver, name, kind, actor, replay, guard, key, payload, ending, delay, why, code, message, parent, parent_step, ckey, climit, pos)),
  known AS (
    SELECT x.pos, c.run_id AS former FROM x JOIN receipts c ON c.tenant_id = x.ten AND c.trigger_id = x.wf AND c.key = x.key WHERE x.key IS NOT NULL),
  firsts AS (
    SELECT DISTINCT ON (x.ten, x.wf, coalesce(x.key, x.pos::text), x.key IS NULL) x.*
    FROM x LEFT JOIN triggers g ON x.guard AND g.tenant_id = x.ten AND g.id = x.wf
    WHERE NOT EXISTS (SELECT 1 FROM known WHERE known.pos = x.pos) AND (NOT x.guard OR (g.enabled AND g.version = x.ver))
    ORDER BY x.ten, x.wf, coalesce(x.key, x.pos::text), x.key IS NULL, x.pos),
  ranked AS (SELECT f.*, row_number() OVER (PARTITION BY f.ten ORDER BY f.pos) AS place FROM firsts f),
  budget AS (
    SELECT n.id AS ten, p.runs_per_hour AS lim, p.concurrency AS cap, coalesce(u.runs, 0) AS used,
      (SELECT count(*) FROM workflow_runs a WHERE a.tenant_id = n.id AND a.status = 'running') AS active,
      EXISTS (SELECT 1 FROM workflow_runs a WHERE a.tenant_id = n.id AND a.status IN ('queued','waiting') AND a.ready_at <= now_) AS backlog
    FROM tenants n JOIN plans p ON p.name = n.plan LEFT JOIN usage_hours u ON u.tenant_id = n.id AND u.hour = hour_
    WHERE n.id = ANY(tenants) AND n.deleted_at IS NULL),
  counted_in AS (
    SELECT q.*, (worker IS NOT NULL AND NOT b.backlog AND b.active + q.place <= b.cap) AS room
    FROM ranked q JOIN budget b ON b.ten = q.ten WHERE b.used + q.place <= b.lim),
  -- Runs without a key do not come in here.
  keyed AS (
    SELECT q.pos, NOT EXISTS (SELECT 1 FROM workflow_runs a WHERE a.tenant_id = q.ten AND a.workflow_id = q.wf AND a.concurrency_key = q.ckey
        AND a.concurrency_key IS NOT NULL AND a.status = 'queued' AND a.ready_at IS NULL)
      AND row_number() OVER (PARTITION BY q.ten, q.wf, q.ckey ORDER BY q.pos)
        + (SELECT count(*) FROM workflow_runs a WHERE a.tenant_id = q.ten AND a.workflow_id = q.wf AND a.concurrency_key = q.ckey AND a.concurrency_key IS NOT NULL
          AND (a.status IN ('running','waiting') OR (a.status = 'queued' AND a.ready_at IS NOT NULL))) <= q.climit AS free
    FROM counted_in q WHERE q.ckey IS NOT NULL),
  admitted AS (
    SELECT q.*, coalesce(y.free, true) AS free, q.room AND coalesce(y.free, true) AS hand FROM counted_in q LEFT JOIN keyed y ON y.pos = q.pos),
  receipt AS (INSERT INTO receipts (tenant_id, trigger_id, key, run_id, at) SELECT a.ten, a.wf, a.key, a.run, now_ FROM admitted a WHERE a.key IS NOT NULL),
  counted AS (
    INSERT INTO usage_hours AS u (tenant_id, hour, runs) SELECT a.ten, hour_, count(*) FROM admitted a GROUP BY 1
    ON CONFLICT (tenant_id, hour) DO UPDATE SET runs = u.runs + excluded.runs),
  run AS (
    INSERT INTO workflow_runs (tenant_id, id, workflow_id, workflow_version, workflow_name, trigger_kind, triggered_by, replay_of,
      status, epoch, worker_id, lease_until, ready_at, created_at, started_at, finished_at, why, error_code, error_message,
      awaited_by, awaited_step, concurrency_key, concurrency_limit)
    SELECT a.ten, a.run, a.wf, a.ver, a.name, a.kind, a.actor, a.replay,
      CASE WHEN NOT a.hand THEN 'queued' ELSE coalesce(a.ending, 'running') END,
      CASE WHEN a.hand THEN 1 ELSE 0 END,
      CASE WHEN a.hand AND a.ending IS NULL THEN worker END,
      CASE WHEN a.hand AND a.ending IS NULL THEN now_ + make_interval(secs => lease_seconds) END,
      CASE WHEN NOT a.free THEN NULL WHEN NOT a.hand THEN now_ WHEN a.delay IS NOT NULL THEN now_ + make_interval(secs => a.delay / 1000.0) END,
      now_, CASE WHEN a.hand THEN now_ END,
      CASE WHEN a.hand AND a.ending IN ('succeeded','failed') THEN now_ END,
      CASE WHEN a.hand THEN a.why WHEN NOT a.free THEN format('Waits for its turn: runs with the key “%s” go %s at a time.', a.ckey, a.climit) END,
      CASE WHEN a.hand THEN a.code END, CASE WHEN a.hand THEN a.message END,
      a.parent, a.parent_step, a.ckey, a.climit
    FROM admitted a),
  event AS (
    INSERT INTO run_events (tenant_id, run_id, seq, type, step, payload, at)
    SELECT a.ten, a.run, 0, 'WorkflowStarted', NULL, a.payload, now_ FROM admitted a
    UNION ALL
    SELECT a.ten, a.run, e.seq, e.type, e.step, e.payload, now_
    FROM unnest(epos, eseq, etypes, esteps, epayloads) e(pos, seq, type, step, payload) JOIN admitted a ON a.pos = e.pos WHERE a.hand)
  SELECT x.pos::int,
    coalesce(known.former, a.run, twin.run),
    CASE WHEN known.former IS NOT NULL THEN 'duplicate' WHEN a.run IS NOT NULL THEN 'fresh' WHEN twin.run IS NOT NULL THEN 'duplicate'
      WHEN q.run IS NOT NULL OR first.run IS NOT NULL THEN 'over' ELSE 'gone' END,
    coalesce(a.hand, false), b.used::int, b.lim::int
  FROM x
  LEFT JOIN budget b ON b.ten = x.ten
  LEFT JOIN known ON known.pos = x.pos
  LEFT JOIN admitted a ON a.pos = x.pos
  LEFT JOIN ranked q ON q.pos = x.pos
  LEFT JOIN ranked first ON x.key IS NOT NULL AND first.ten = x.ten AND first.wf = x.wf AND first.key = x.key
  LEFT JOIN admitted twin ON x.key IS NOT NULL AND twin.ten = x.ten AND twin.wf = x.wf AND twin.key = x.key AND twin.pos <> x.pos
  ORDER BY x.pos;
END $$;
REVOKE EXECUTE ON FUNCTION accept_runs FROM PUBLIC;
GRANT EXECUTE ON FUNCTION accept_runs TO weftline_runtime;
