// Faults that are put into a copy of the product on purpose, each with the test that must notice. A test that stays green
// over its fault proves nothing. The texts are looked for in the code as it stands; see seed-faults.ts.

export type Edit = { file: string; from: string; to: string };
export type Fault = {
  id: string;
  /** What it does away with. */
  what: string;
  /** Of docs/invariants.md, or what it belongs to. */
  breaks: string;
  edits: Edit[];
  /** `name`: of the test, without the names of the groups around it. */
  test: { file: string; name: string };
};

const sql = (name: string) => `prisma/functions/${name}.sql`;
const of = (path: string) => `runner/src/${path}.ts`;
const isolation = 'prisma/migrations/20261121000002_isolation/migration.sql';

const fences = {
  epoch: {
    file: of('journal/fences.test'),
    name: 'R8: an epoch that is over writes nothing and renews nothing, also where its place in the journal is free',
  },
  status: {
    file: of('journal/fences.test'),
    name: 'R8 R18: who held a run that waits, was cancelled or has ended writes nothing any more',
  },
};
const simulation = {
  file: 'scripts/chaos/simulate.test.ts',
  name: 'R4 R5 R6 R8 R9 R11 R13 R18: 2,000 interleavings of triggers, claims, crashes, takeovers, answers and replays',
};
const quota = {
  file: of('runs/run-engine.test'),
  name: 'admits exactly the hourly quota and leaves no row for the rest (Q1)',
};
const takeOver = (name: string) => ({ file: of('workers/take-over.test'), name });

export const faults: Fault[] = [
  {
    id: 'fence-removed',
    what: 'the journal takes entries of any epoch',
    breaks: 'R8',
    edits: [
      {
        file: sql('append_events'),
        from: '(w.tenant_id, w.id, w.epoch) IN (SELECT DISTINCT x.ten, x.run, x.epoch FROM x)',
        to: '(w.tenant_id, w.id) IN (SELECT DISTINCT x.ten, x.run FROM x)',
      },
      {
        file: sql('append_events'),
        from: ' AND h.id = x.run AND h.epoch = x.epoch',
        to: ' AND h.id = x.run',
      },
    ],
    test: fences.epoch,
  },
  {
    id: 'status-not-checked',
    what: 'the journal takes entries of runs that wait or are cancelled',
    breaks: 'R8, R18',
    edits: [{ file: sql('append_events'), from: " FROM x) AND w.status = 'running'", to: ' FROM x)' }],
    test: fences.status,
  },
  {
    id: 'epoch-not-raised',
    what: 'a claim keeps the epoch',
    breaks: 'R8',
    edits: [
      { file: sql('claim_runs'), from: "'running', epoch = w.epoch + 1,", to: "'running', epoch = w.epoch," },
    ],
    test: fences.epoch,
  },
  {
    id: 'stale-renewal',
    what: 'a lease is renewed whatever its epoch',
    breaks: 'R8',
    edits: [{ file: sql('renew_leases'), from: ' AND w.epoch = x.epoch', to: '' }],
    test: fences.epoch,
  },
  {
    id: 'local-clock',
    what: 'the process believes its own wall clock',
    breaks: 'R12',
    edits: [
      {
        file: of('workers/hold-leases'),
        from: 'offsetMs = databaseMs - (askedAt + performance.now()) / 2;',
        to: 'offsetMs = Date.now() - performance.now() + (databaseMs - askedAt) * 0;',
      },
    ],
    test: {
      file: of('workers/hold-leases.test'),
      name: 'is told by its answers and runs on with ours, whatever the wall clock does (R12)',
    },
  },
  {
    id: 'lease-never-over',
    what: 'a worker goes on acting when its lease is over',
    breaks: 'R8',
    edits: [
      {
        file: of('workers/hold-leases'),
        from: 'ageMs(run) < (leaseSeconds * 1000 * 2) / 3',
        to: 'ageMs(run) < Infinity',
      },
    ],
    test: { file: of('workers/hold-leases.test'), name: 'is held for two thirds of its time, measured here' },
  },
  {
    id: 'send-without-lease',
    what: 'a call is made without a look at the lease',
    breaks: 'R8',
    edits: [
      {
        file: of('runs/execute-run'),
        from: "if (!services.holds(runId)) return 'fenced';",
        to: '',
      },
    ],
    test: simulation,
  },
  {
    id: 'refused-write-ignored',
    what: 'a worker goes on although its entry was refused',
    breaks: 'R7, R8',
    edits: [
      {
        file: of('runs/execute-run'),
        from: 'if (!(await appendSurely(services.journal, request, mayGoOn)))',
        to: 'if (!(await appendSurely(services.journal, request, mayGoOn)) && services.random() > 1)',
      },
    ],
    test: simulation,
  },
  {
    id: 'sweeper-off',
    what: 'nobody returns the runs of a lost worker',
    breaks: 'R1, R10',
    edits: [{ file: sql('sweep_runs'), from: 'c.lease_until < clock_timestamp()', to: 'false' }],
    test: takeOver(
      'a lost worker’s run goes on elsewhere: finished steps are not repeated, the one in flight keeps its key (R5 R6)',
    ),
  },
  {
    id: 'poll-off',
    what: 'runs are looked for only when a bell rings',
    breaks: 'R10, R12',
    edits: [
      {
        file: of('start-engine'),
        from: "name: 'poll', everyMs: 1_000, work: async () => worker.wake() }",
        to: "name: 'poll', everyMs: 1_000, work: async () => {} }",
      },
    ],
    test: {
      file: of('workers/liveness.test'),
      name: 'a wait outlives the process that began it, and ends once (R10 R12)',
    },
  },
  {
    id: 'blind-repeat-after-loss',
    what: 'a call whose worker was lost is sent again whatever it does',
    breaks: 'R9',
    edits: [
      {
        file: of('runs/settle-orphans'),
        from: "if (safety === 'unsafe')",
        to: "if (safety === ('never' as string))",
      },
    ],
    test: {
      file: of('runs/settle-orphans.test'),
      name: 'calls whose answer nobody wrote down are sent again where that does no harm, else left to a person (R9)',
    },
  },
  {
    id: 'blind-repeat-simulated',
    what: 'the same, seen by the simulation',
    breaks: 'R9',
    edits: [
      {
        file: of('runs/settle-orphans'),
        from: "if (safety === 'unsafe')",
        to: "if (safety === ('never' as string))",
      },
    ],
    test: simulation,
  },
  {
    id: 'orphans-forgotten',
    what: 'calls of a lost worker stay open for ever',
    breaks: 'R1',
    edits: [
      {
        file: of('runs/settle-orphans'),
        from: "if (step.status !== 'dispatched') continue;",
        to: 'continue;',
      },
    ],
    test: simulation,
  },
  {
    id: 'retry-ignores-safety',
    what: 'what may have acted is tried again',
    breaks: 'R9',
    edits: [{ file: of('workflow/retry-policy'), from: "return safety !== 'unsafe';", to: 'return true;' }],
    test: {
      file: of('workflow/retry-policy.test'),
      name: 'one whose outcome is not known, or that failed on the other side, only where a repeat does no harm',
    },
  },
  {
    id: 'unknown-is-failed',
    what: 'a call without an answer counts as failed',
    breaks: 'R9',
    edits: [
      {
        file: of('runs/outcome-of'),
        from: "if (error.sent === 'unknown' && safety !== 'safe' && !mayRepeat(error, safety))",
        to: "if (error.sent === 'unknown' && safety === ('never' as string))",
      },
    ],
    test: {
      file: of('runs/outcome-of.test'),
      name: 'one that left without an answer is not known, and not sent again by itself (R9)',
    },
  },
  {
    id: 'retries-without-end',
    what: 'attempts are not counted',
    breaks: 'R11',
    edits: [{ file: of('workflow/retry-policy'), from: 'if (attempts > maxRetries || ', to: 'if (' }],
    test: {
      file: of('workflow/retry-policy.test'),
      name: 'is there three times unless told otherwise: four calls',
    },
  },
  {
    id: 'retry-after-ignored',
    what: 'a service that asks to wait is not waited for',
    breaks: 'R11',
    edits: [
      {
        file: of('workflow/retry-policy'),
        from: 'Math.max(jittered, Math.min(error.retryAfterMs ?? 0, longestRetryAfterMs))',
        to: 'Math.min(jittered, longestRetryAfterMs)',
      },
    ],
    test: {
      file: of('workflow/retry-policy.test'),
      name: 'is never shorter than the service asks, and a day at most',
    },
  },
  {
    id: 'key-per-attempt',
    what: 'every attempt has an idempotency key of its own',
    breaks: 'R6',
    edits: [
      {
        file: of('runs/prepare-attempt'),
        from: 'keyRunOf(ticket, step.id),\n      localId(step.id),\n      iterationNumber(step.id),',
        to: 'keyRunOf(ticket, step.id),\n      localId(step.id),\n      iterationNumber(step.id) + number,',
      },
    ],
    test: {
      file: of('runs/prepare-attempt.test'),
      name: 'has the same key whatever its number, and opens no connection before it is made (R6)',
    },
  },
  {
    id: 'replay-forgets-keys',
    what: 'a repeat from the failed step has new keys',
    breaks: 'R6',
    edits: [
      {
        file: of('runs/replay-run'),
        from: 'if (again.has(step.id) && isOpen && version === summary.workflowVersion)',
        to: 'if (again.has(step.id) && isOpen && version < 0)',
      },
    ],
    test: {
      file: of('runs/run-engine.test'),
      name: 'replay from the failed step keeps its key, also through a second replay; a whole replay has its own (R6)',
    },
  },
  {
    id: 'lost-answer-not-looked-for',
    what: 'a commit whose answer was lost counts as refused',
    breaks: 'R5',
    edits: [
      {
        file: of('runs/append-surely'),
        from: 'return held || (lostAnswer && request.events.length > 0 && (await wasWritten(journal, request)));',
        to: 'return held;',
      },
    ],
    test: {
      file: of('runs/append-surely.test'),
      name: 'is found in the journal, so that nothing is written twice',
    },
  },
  {
    id: 'answer-before-commit',
    what: 'a batch is answered while it is being written',
    breaks: 'R3',
    edits: [
      {
        file: of('journal/group-commits'),
        from: 'const answers = await write(batch.map((entry) => entry.item));',
        to: 'const answers: Answer[] = [];\n      void write(batch.map((entry) => entry.item)).catch(() => {});',
      },
    ],
    test: { file: of('journal/group-commits.test'), name: 'answers only after the commit (R3)' },
  },
  {
    id: 'hook-answers-before-commit',
    what: 'a hook is answered before its run is stored',
    breaks: 'R1, R3',
    edits: [
      {
        file: of('triggers/take-hook'),
        from: 'const accepted = await engine.accept({',
        to: "const accepted = { verdict: 'fresh' as string, runId: crypto.randomUUID(), used: 0, allowed: 0 };\n    void engine.accept({",
      },
    ],
    test: {
      file: of('triggers/take-hook.test'),
      name: 'with the same delivery id gives the same run, without one always another (W1)',
    },
  },
  {
    id: 'dedupe-off',
    what: 'receipts are not looked up',
    breaks: 'W1',
    edits: [
      {
        file: sql('accept_runs'),
        from: 'AND c.key = x.key WHERE x.key IS NOT NULL),',
        to: 'AND c.key = x.key WHERE false),',
      },
    ],
    test: {
      file: of('runs/run-engine.test'),
      name: 'does not count a repeated delivery twice and an over-quota one does not use up its id',
    },
  },
  {
    id: 'quota-not-checked',
    what: 'the hourly quota admits everything',
    breaks: 'Q1',
    edits: [{ file: sql('accept_runs'), from: 'WHERE b.used + q.place <= b.lim)', to: 'WHERE true)' }],
    test: quota,
  },
  {
    id: 'quota-counted-later',
    what: 'the count is not taken in the transaction of the run',
    breaks: 'Q1, Q2',
    edits: [
      {
        file: sql('accept_runs'),
        from: 'SELECT a.ten, hour_, count(*) FROM admitted a GROUP BY 1',
        to: 'SELECT a.ten, hour_, count(*) FROM admitted a WHERE false GROUP BY 1',
      },
    ],
    test: quota,
  },
  {
    id: 'guard-off',
    what: 'a trigger that was switched off in the same moment still starts runs',
    breaks: 'R2',
    edits: [
      {
        file: sql('accept_runs'),
        from: 'AND (NOT x.guard OR (g.enabled AND g.version = x.ver))',
        to: 'AND (NOT x.guard OR g.id IS NOT NULL)',
      },
    ],
    test: {
      file: of('runs/run-engine.test'),
      name: 'refuses a workflow that was switched off in the same moment',
    },
  },
  {
    id: 'cap-off',
    what: 'a workspace runs more at once than its plan allows',
    breaks: 'Q4',
    edits: [
      {
        file: sql('claim_runs'),
        from: 'LIMIT least(slots, share, remaining)',
        to: 'LIMIT least(share, remaining)',
      },
    ],
    test: {
      file: of('workers/fairness.test'),
      name: 'a workspace never runs more at once than its plan allows, over two processes (Q4)',
    },
  },
  {
    id: 'quarantine-off',
    what: 'a run may bring down its worker for ever',
    breaks: 'R14',
    edits: [
      {
        file: of('workers/work-runs'),
        from: 'if (row.crashes >= mostCrashes)',
        to: 'if (row.crashes >= 1_000)',
      },
    ],
    test: takeOver('a run that brings its worker down three times is put aside (R14)'),
  },
  {
    id: 'crashes-for-life',
    what: 'crashes count over the whole life of a run',
    breaks: 'R14',
    edits: [{ file: sql('append_events'), from: 'WHERE h.crashes > 0 AND', to: 'WHERE false AND' }],
    test: takeOver(
      'R14: only crashes in a row are held against a run: one that gets on in between is never put aside',
    ),
  },
  {
    id: 'suspects-together',
    what: 'runs that were only near a crash are put aside with the one that caused it',
    breaks: 'R14',
    edits: [
      {
        file: of('workers/work-runs'),
        from: 'else if (row.crashes >= mostCrashes - 1) suspects.push(ticket);',
        to: '',
      },
    ],
    test: takeOver(
      'R14: runs that were only near when another brought its process down are not put aside with it',
    ),
  },
  {
    id: 'drain-goes-on',
    what: 'a process that was asked to leave begins new calls',
    breaks: 'R15',
    edits: [{ file: of('runs/decide-run'), from: 'if (isCalled(step) && drain.aborted) continue;', to: '' }],
    test: takeOver(
      'drain lets the call in flight finish, starts nothing new, and the rest goes on elsewhere (R15)',
    ),
  },
  {
    id: 'ended-runs-change',
    what: 'the table lets an ended run be changed',
    breaks: 'R18',
    edits: [
      {
        file: isolation,
        from: "WHEN (OLD.status IN ('succeeded','failed','cancelled')) EXECUTE FUNCTION refuse_after_end();",
        to: "WHEN (OLD.status IN ('nothing')) EXECUTE FUNCTION refuse_after_end();",
      },
    ],
    test: { file: of('journal/fences.test'), name: 'R18: a run that has ended is not changed, whoever asks' },
  },
  {
    id: 'cancel-of-the-ended',
    what: 'a run that has ended can be cancelled',
    breaks: 'R18',
    edits: [
      {
        file: sql('cancel_run'),
        from: "w.id = run AND w.status IN ('queued','running','waiting') FOR NO KEY UPDATE",
        to: 'w.id = run FOR NO KEY UPDATE',
      },
    ],
    test: {
      file: of('runs/run-engine.test'),
      name: 'cancel aborts the call in flight, ends the run for good, and wins or loses against completion (R18)',
    },
  },
  {
    id: 'journal-can-be-changed',
    what: 'entries of the journal can be rewritten',
    breaks: 'R4',
    edits: [
      {
        file: isolation,
        from: 'CREATE TRIGGER immutable BEFORE UPDATE OR DELETE ON run_events FOR EACH ROW EXECUTE FUNCTION refuse_change();',
        to: '',
      },
    ],
    test: {
      file: of('journal/fences.test'),
      name: 'R4: an entry of the journal is neither changed nor removed, whoever asks',
    },
  },
  {
    id: 'no-row-security',
    what: 'one table has no row-level security',
    breaks: 'T5',
    edits: [
      {
        file: isolation,
        from: "'workflow_runs','run_events','variables'",
        to: "'workflow_runs','variables'",
      },
    ],
    test: {
      file: 'prisma/migrate/migrate-database.test.ts',
      name: 'every table of a tenant forces row-level security with both checks, and nothing is granted on partitions (T5 T7)',
    },
  },
  {
    id: 'answered-twice',
    what: 'a question takes any number of answers',
    breaks: 'A1',
    edits: [
      {
        file: sql('answer_question'),
        from: "x.id = question AND x.state = 'pending' AND active",
        to: 'x.id = question AND active',
      },
    ],
    test: {
      file: of('runs/settle-unknown.test'),
      name: 'is decided once under 100 parallel callers; the others learn what was decided',
    },
  },
  {
    id: 'answer-used-twice',
    what: 'the journal takes answers that nobody gave, or that were used',
    breaks: 'A2',
    edits: [
      {
        file: sql('note_questions'),
        from: "IF NOT FOUND THEN\n      RAISE EXCEPTION 'step",
        to: "IF false THEN\n      RAISE EXCEPTION 'step",
      },
    ],
    test: {
      file: of('runs/settle-unknown.test'),
      name: 'cannot be settled after the run has ended, and the journal takes no answer that nobody gave',
    },
  },
  {
    id: 'timer-too-early',
    what: 'what waits for an instant does not wait',
    breaks: 'R12',
    edits: [
      {
        file: of('workflow/next-step'),
        from: '(isTimed(known) && known.readyAtMs <= nowMs)',
        to: '(isTimed(known) && known.readyAtMs <= Infinity)',
      },
    ],
    test: {
      file: of('workflow/next-step.test'),
      name: 'says until when and why, and goes on when the instant has come',
    },
  },
  {
    id: 'schedule-fires-twice',
    what: 'a firing has no key of its own',
    breaks: 'W5',
    edits: [
      {
        file: of('triggers/fire-schedules'),
        from: 'receiptKey: receiptOf(nominal),',
        to: 'receiptKey: null,',
      },
    ],
    test: {
      file: of('triggers/fire-schedules.test'),
      name: 'each planned instant makes one run, however many processes look (W5)',
    },
  },
  {
    id: 'poll-without-fence',
    what: 'a poll of somebody who was taken for lost commits',
    breaks: 'W6, R8',
    edits: [{ file: sql('commit_poll'), from: ' AND a.epoch = e AND a.wanted', to: ' AND a.wanted' }],
    test: {
      file: of('triggers/poll/poll-in-processes.test'),
      name: 'one that was taken for lost commits nothing any more',
    },
  },
  {
    id: 'cursor-without-items',
    what: 'the place to go on from is kept, and the items that were found are not',
    breaks: 'W6',
    edits: [
      {
        file: sql('commit_poll'),
        from: 'JOIN fresh f ON f.key_hash = u.h WHERE u.o IS NOT NULL;',
        to: 'JOIN fresh f ON f.key_hash = u.h WHERE false;',
      },
    ],
    test: {
      file: of('triggers/poll/poll-trigger.test'),
      name: 'starts nothing the first time, then one run for each new item, the oldest first',
    },
  },
  {
    id: 'first-poll-starts-all',
    what: 'the first poll starts a run for everything that was there before',
    breaks: 'W6',
    edits: [
      {
        file: of('triggers/poll/tell-items'),
        from: "if (isFirst && poll.firstRun !== 'emit-latest') return",
        to: "if (isFirst && (poll.firstRun as string) === 'never') return",
      },
      {
        file: of('triggers/poll/tell-items'),
        from: '  return isFirst\n',
        to: '  return isFirst && !isFirst\n',
      },
    ],
    test: {
      file: of('triggers/poll/tell-items.test'),
      name: 'start runs when they are new; the first poll starts none or one for the newest',
    },
  },
  {
    id: 'flood-hold-off',
    what: 'everything that comes at once starts at once',
    breaks: 'W7',
    edits: [
      {
        file: sql('release_app_events'),
        from: 'most := least(row_.window_left, cardinality(runs));',
        to: 'most := cardinality(runs);',
      },
    ],
    test: {
      file: of('triggers/poll/poll-trigger.test'),
      name: 'waits in order for the next interval, with the reason',
    },
  },
  {
    id: 'signature-not-checked',
    what: 'a hook takes forged calls',
    breaks: 'W2, W3',
    edits: [
      {
        file: of('triggers/take-hook'),
        from: 'if (!verdict.ok) {',
        to: "if (!verdict.ok && verdict.reason === 'missing_header') {",
      },
    ],
    test: {
      file: of('triggers/take-hook.test'),
      name: 'answers a forged one 401 without saying why, stores nothing, and leaves the id free (W2)',
    },
  },
  {
    id: 'old-deliveries',
    what: 'a delivery may be replayed for ever',
    breaks: 'W4',
    edits: [
      {
        file: of('executor/receive/verify-standard-webhook'),
        from: 'if (ageSeconds > toleranceSeconds)',
        to: 'if (ageSeconds > Infinity)',
      },
    ],
    test: {
      file: of('executor/receive/verify-standard-webhook.test'),
      name: 'holds for 300 seconds both ways, both ends included (W4)',
    },
  },
  {
    id: 'loops-not-refused',
    what: 'workflows may call each other in a circle',
    breaks: 'R19',
    edits: [
      { file: of('platform/call-chain'), from: "if (chain.includes(workflowId)) return 'circle';", to: '' },
    ],
    test: {
      file: of('platform/call-chain.test'),
      name: 'a workflow in its own chain and the one after the tenth are refused, and the longest chain still fits its header',
    },
  },
  {
    id: 'redaction-off',
    what: 'secrets are not taken out of what is kept',
    breaks: 'S1',
    edits: [
      {
        file: of('executor/redact'),
        from: 'input.replace(pattern, redacted)',
        to: 'input.replace(pattern, (found) => found)',
      },
    ],
    test: {
      file: of('executor/redact.test'),
      name: 'a secret is found in every way it may be written, also deep in a tree and as a member name',
    },
  },
  {
    id: 'place-not-bound',
    what: 'a sealed value opens in any row',
    breaks: 'S2',
    edits: [
      {
        file: of('platform/vault/seal-bytes'),
        from: '{ authTagLength: tagBytes }).setAAD(place);',
        to: '{ authTagLength: tagBytes });',
      },
      { file: of('platform/vault/seal-bytes'), from: '      .setAAD(place)\n', to: '' },
    ],
    test: {
      file: of('platform/vault.test'),
      name: 'a sealed value opens in no other row, column, table or tenant',
    },
  },
  {
    id: 'private-addresses-open',
    what: 'calls may reach private addresses',
    breaks: 'E1',
    edits: [
      {
        file: of('platform/egress/classify-address'),
        from: 'if (ipaddr.IPv4.isValidFourPartDecimal(text)) return isPublicV4(text);',
        to: 'if (ipaddr.IPv4.isValidFourPartDecimal(text)) return isPublicV4(text) || true;',
      },
    ],
    test: {
      file: of('platform/egress/ssrf-corpus.test'),
      name: 'every case of the corpus is decided right, judged by the connection attempts that leave the guard',
    },
  },
  {
    id: 'credentials-follow',
    what: 'credentials follow a redirect to another origin',
    breaks: 'S9',
    edits: [
      {
        file: of('platform/egress/next-hop'),
        from: 'return target.origin === from.origin ? next : crossOrigin(target, next);',
        to: "return target.origin === from.origin || target.protocol !== '' ? next : crossOrigin(target, next);",
      },
    ],
    test: {
      file: of('platform/egress/create-egress.test'),
      name: 'credentials never follow to another origin, in headers, in the query or echoed in the new address',
    },
  },
  {
    id: 'shared-connections',
    what: 'two workspaces share a connection to a service',
    breaks: 'T10',
    edits: [
      {
        file: of('platform/egress/keep-pools'),
        from: 'const key = `${tenantId} ${url.origin}`;',
        to: 'const key = url.origin;',
      },
    ],
    test: { file: of('platform/egress/create-egress.test'), name: 'two tenants never share a connection' },
  },
];
