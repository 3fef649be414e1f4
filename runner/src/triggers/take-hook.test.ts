import { readFileSync } from 'node:fs';
import type { Database } from '@weftline/prisma';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import type { Accepted, AcceptRequest, Engine } from '../engine.ts';
import { CodedError } from '../platform/errors.ts';
import type { Logger } from '../platform/logger.ts';
import type { Vault } from '../platform/vault.ts';
import type { Hook, Hooks } from './find-hook.ts';
import type { HookCall } from './read-hook-body.ts';
import { secondsToNextHour } from './seconds-to-next-hour.ts';
import { hookFault, type HookServices, hookTaker, largestHookBody } from './take-hook.ts';

const nowMs = 1_767_225_600_000;
const secret = 'whsec_JAr49d523ULa5+gMRG07iOZlzpi8LI1d';
const hookKey = 'abcdefghijklmnopqrstuvwxyz';
const hook: Hook = {
  tenantId: '11111111-1111-4111-8111-111111111111',
  workflowId: '22222222-2222-4222-8222-222222222222',
  workflowName: 'Orders',
  kind: 'webhook',
  enabled: true,
  version: 3,
  verify: null,
  secretCipher: null,
  formerSecretCipher: null,
  formerSecretUntilMs: 0,
  listeningUntilMs: 0,
};
const signedHook: Hook = { ...hook, verify: 'standard-webhooks', secretCipher: Buffer.from('sealed') };

/** A receiver with an engine that remembers receipts, and what both were asked. */
function receiver(found: Hook | null, verdicts: Partial<Accepted>[] = [], now = nowMs) {
  const receipts = new Map<string, string>();
  const seen = {
    accepted: [] as AcceptRequest[],
    samples: [] as string[],
    forgotten: [] as (string | null)[],
    refused: [] as string[],
    logged: [] as unknown[],
    opened: 0,
    runs: 0,
  };
  const engine: Pick<Engine, 'accept'> = {
    async accept(request) {
      seen.accepted.push(request);
      const fixed = verdicts.shift();
      if (fixed) return { verdict: 'fresh', runId: null, used: 0, allowed: 100, ...fixed };
      const key = request.receiptKey;
      await Promise.resolve();
      const known = key === null ? undefined : receipts.get(key);
      if (known) return { verdict: 'duplicate', runId: known, used: 0, allowed: 100 };
      const runId = `run-${(seen.runs += 1)}`;
      if (key !== null) receipts.set(key, runId);
      return { verdict: 'fresh', runId, used: 0, allowed: 100 };
    },
  };
  const samples: { id: string; output: string }[] = [];
  const tx = {
    hookSample: {
      create: async ({ data }: { data: { id: string; output: string } }) => {
        samples.push(data);
        seen.samples.push(data.output);
      },
      findMany: async () => samples.slice(0, Math.max(0, samples.length - 10)).map(({ id }) => ({ id })),
      deleteMany: async ({ where }: { where: { id: { in: string[] } } }) => {
        for (const id of where.id.in)
          samples.splice(
            samples.findIndex((sample) => sample.id === id),
            1,
          );
      },
    },
  };
  const hooks: Hooks = {
    find: async (key) => (key === hookKey ? found : null),
    forget: (id) => void seen.forgotten.push(id),
  };
  const services: HookServices = {
    engine: engine as Engine,
    database: {
      withTenant: (_tenant: string, work: (given: unknown) => unknown) => work(tx),
    } as unknown as Database,
    hooks,
    vault: {
      open: async () => {
        seen.opened += 1;
        return Buffer.from(secret);
      },
    } as unknown as Vault,
    logger: { info: (entry: unknown) => void seen.logged.push(entry) } as unknown as Logger,
    clock: () => now,
    onRefused: (reason) => void seen.refused.push(reason),
  };
  return { take: hookTaker(services), services, seen, samples };
}
const call = (more: Partial<HookCall> = {}): HookCall => ({
  key: hookKey,
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  query: {},
  rawBody: Buffer.from('{"total":7}'),
  ...more,
});
const withHeaders = (headers: Record<string, string>) =>
  call({ headers: { 'content-type': 'application/json', ...headers } });

describe('a call of a hook', () => {
  test('is accepted as a run of the enabled version with what it brought', async () => {
    const { take, seen } = receiver(hook);
    expect(await take(call({ query: { a: 'b' } }))).toEqual({ status: 202, runId: 'run-1' });
    expect(seen.accepted[0]).toMatchObject({
      tenantId: hook.tenantId,
      workflowId: hook.workflowId,
      version: 3,
      triggerKind: 'webhook',
      guarded: true,
      receiptKey: null,
      triggerOutput: { method: 'POST', query: { a: 'b' }, body: { total: 7 } },
    });
    expect(seen.samples).toEqual([]);
  });

  test('gets the same answer for a hook that is unknown, switched off, or none at all (W8)', async () => {
    const answers = await Promise.all([
      receiver(hook).take(call({ key: 'another-key-that-nobody-has' })),
      receiver(null).take(call()),
      receiver({ ...hook, enabled: false }).take(call()),
      receiver({ ...signedHook, enabled: false }).take(call()),
      receiver({ ...hook, kind: 'schedule' }).take(call()),
      receiver({ ...hook, kind: 'manual', listeningUntilMs: nowMs + 1 }).take(call()),
      receiver({ ...hook, enabled: false, listeningUntilMs: nowMs }).take(call()),
    ]);
    expect(answers[0]).toMatchObject({ status: 404, code: 'not_found' });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  test('that is switched off between the look and the commit is not found; published again meanwhile, it is taken', async () => {
    const gone = receiver(hook, [{ verdict: 'gone' }, { verdict: 'gone' }]);
    expect(await gone.take(call())).toMatchObject({ status: 404 });
    expect(gone.seen.forgotten).toEqual([hook.workflowId, hook.workflowId]);
    const again = receiver(hook, [{ verdict: 'gone' }]);
    expect(await again.take(call())).toEqual({ status: 202, runId: 'run-1' });
  });

  test('with the same delivery id gives the same run, without one always another (W1)', async () => {
    const { take, seen } = receiver(hook);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => take(withHeaders({ 'webhook-id': 'msg_1' }))),
    );
    expect(new Set(answers.map((answer) => (answer as { runId: string }).runId)).size).toBe(1);
    // `webhook-id` goes before `idempotency-key`.
    await take(withHeaders({ 'webhook-id': 'msg_1', 'idempotency-key': 'other' }));
    expect(seen.runs).toBe(1);
    await take(withHeaders({ 'idempotency-key': 'msg_2' }));
    await take(withHeaders({ 'idempotency-key': 'msg_2' }));
    expect(seen.runs).toBe(2);
    // The body is never an id: two equal calls without one are two deliveries; an empty header is none.
    await take(call());
    await take(call());
    await take(withHeaders({ 'webhook-id': '' }));
    await take(withHeaders({ 'webhook-id': '' }));
    expect(seen.runs).toBe(6);
    expect(await take(withHeaders({ 'webhook-id': '', 'idempotency-key': 'msg_2' }))).toMatchObject({
      runId: 'run-2',
    });
  });

  test('is refused when it is too large, encoded, unreadable, or its id is too long; nothing is stored', async () => {
    const { take, seen } = receiver({ ...hook, listeningUntilMs: nowMs + 1000 });
    expect(await take(call({ rawBody: Buffer.alloc(largestHookBody + 1, 32) }))).toMatchObject({
      status: 413,
      code: 'too_large',
    });
    expect(await take(withHeaders({ 'content-encoding': 'gzip' }))).toMatchObject({ status: 415 });
    expect(await take(withHeaders({ 'idempotency-key': 'k'.repeat(257) }))).toMatchObject({ status: 400 });
    const fault = await take(call({ rawBody: Buffer.from('{') })).catch(hookFault);
    expect(fault).toMatchObject({ status: 400, code: 'not_parseable' });
    expect(seen.accepted).toEqual([]);
    expect(seen.samples).toEqual([]);
    expect(await take(withHeaders({ 'content-encoding': 'identity' }))).toMatchObject({ status: 202 });
    const largest = call({ rawBody: Buffer.from(JSON.stringify('a'.repeat(largestHookBody - 2))) });
    expect(await take(largest)).toMatchObject({ status: 202 });
  });

  test('over the hourly quota is told when the next hour begins', async () => {
    const now = nowMs + 59 * 60_000 + 30_500;
    const { take } = receiver(hook, [{ verdict: 'over', used: 100, allowed: 100 }], now);
    expect(await take(call())).toMatchObject({
      status: 429,
      code: 'quota_runs_per_hour',
      retryAfterSeconds: 30,
      used: 100,
      allowed: 100,
    });
    expect(secondsToNextHour(nowMs)).toBe(3600);
    expect(secondsToNextHour(nowMs - 1)).toBe(1);
  });

  test('while somebody listens is kept as a sample too, the last ten, also before anything is published', async () => {
    const draft = receiver({ ...hook, enabled: false, version: null, listeningUntilMs: nowMs + 1 });
    for (let count = 1; count <= 12; count += 1)
      expect(await draft.take(call({ rawBody: Buffer.from(`{"n":${count}}`) }))).toEqual({
        status: 202,
        runId: null,
        captured: true,
      });
    expect(draft.seen.accepted).toEqual([]);
    expect(draft.samples.map(({ output }) => JSON.parse(output).body.n)).toEqual([
      3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
    ]);
    const live = receiver({ ...hook, listeningUntilMs: nowMs + 1 }, [{ verdict: 'gone' }]);
    expect(await live.take(call())).toEqual({ status: 202, runId: 'run-1' });
    expect(live.samples).toHaveLength(1);
  });
});

describe('a hook that asks for signatures (W2, W3)', () => {
  const sign = (id: string, body: Buffer, atMs = nowMs) => ({
    'webhook-id': id,
    'webhook-timestamp': String(atMs / 1000),
    'webhook-signature': new Webhook(secret).sign(id, new Date(atMs), body.toString()),
  });
  const body = Buffer.from('{"total":7}');

  test('takes a signed call under its signed id', async () => {
    const { take, seen } = receiver(signedHook);
    expect(await take(withHeaders(sign('msg_1', body)))).toEqual({ status: 202, runId: 'run-1' });
    expect(seen.accepted[0]!.receiptKey).toBe('msg_1');
    expect(JSON.stringify(seen.accepted)).not.toContain(sign('msg_1', body)['webhook-signature']);
  });

  test('answers a forged one 401 without saying why, stores nothing, and leaves the id free (W2)', async () => {
    const { take, seen, samples } = receiver({ ...signedHook, listeningUntilMs: nowMs + 1000 });
    const forged = { ...sign('msg_1', Buffer.from('{"total":8}')) };
    const answers = [
      await take(withHeaders(forged)),
      await take(withHeaders({ 'webhook-id': 'msg_1' })),
      await take(withHeaders(sign('msg_1', body, nowMs - 301_000))),
      // The fault of the signature is found before that of the body.
      await take({ ...withHeaders(forged), rawBody: Buffer.from('{') }),
    ];
    for (const answer of answers) {
      expect(answer).toEqual(answers[0]);
      expect(answer).toMatchObject({ status: 401, code: 'not_signed_in' });
    }
    expect(seen.refused).toEqual(['no_match', 'missing_header', 'too_old', 'no_match']);
    expect(seen.accepted).toEqual([]);
    expect(samples).toEqual([]);
    expect(JSON.stringify(seen.logged)).not.toContain('msg_1');
    expect(await take(withHeaders(sign('msg_1', body)))).toEqual({ status: 202, runId: 'run-1' });
  });

  test('whose secret is not there takes nothing', async () => {
    const { take, seen } = receiver({ ...signedHook, secretCipher: null });
    expect(await take(withHeaders(sign('msg_1', body)))).toMatchObject({ status: 401 });
    expect(seen.opened).toBe(0);
  });

  test('looks at keys and switches before it opens its secret', async () => {
    const { take, seen } = receiver({ ...signedHook, enabled: false });
    expect(await take(withHeaders(sign('msg_1', body)))).toMatchObject({ status: 404 });
    expect(seen.opened).toBe(0);
  });
});

type Headers = [string, string][];
type Case = {
  id: string;
  scheme: string;
  config: { secrets?: string[] };
  now: number;
  request: { method: string; headers: Headers; body_b64: string };
  expect: 'accept' | 'reject' | 'either';
  reason?: string;
  steps?: {
    headers?: Headers;
    expect: 'accept' | 'reject' | 'either';
    creates_run?: boolean;
    parallel?: number;
    creates_runs_total?: number;
  }[];
};
const corpus = JSON.parse(
  readFileSync(new URL('../../fixtures/corpora/webhooks-signatures.json', import.meta.url), 'utf8'),
) as { cases: Case[] };

/** The receiver keeps one secret a hook; the two that a rotation needs are judged in verify-standard-webhook.test.ts. */
const receivable = corpus.cases.filter(
  (entry) => entry.scheme === 'standard-webhooks' && (entry.config.secrets?.length ?? 0) === 1,
);

describe('the corpus of signatures, at the receiver', () => {
  test.each(receivable.map((entry) => [entry.id, entry] as const))('%s', async (_id, entry) => {
    const { take, seen } = receiverOf(entry);
    const request = (pairs: Headers) => {
      const headers: Record<string, string> = {};
      for (const [name, value] of pairs) {
        const small = name.toLowerCase();
        headers[small] = small in headers ? `${headers[small]}, ${value}` : value;
      }
      return take({
        key: hookKey,
        method: entry.request.method,
        headers,
        query: {},
        rawBody: Buffer.from(entry.request.body_b64, 'base64'),
      }).catch(hookFault);
    };
    const expected = { accept: [202], reject: [400, 401, 415], either: [202, 400, 401, 415] };
    for (const step of entry.steps ?? [{ expect: entry.expect, creates_run: entry.expect === 'accept' }]) {
      const before = seen.runs;
      const answers = await Promise.all(
        Array.from({ length: step.parallel ?? 1 }, () => request(step.headers ?? entry.request.headers)),
      );
      for (const { status } of answers) expect(expected[step.expect]).toContain(status);
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
      expect(seen.runs - before).toBe(step.creates_runs_total ?? Number(step.creates_run));
    }
    if (entry.expect === 'reject') expect(seen.accepted).toEqual([]);
  });

  test('covers every case with one secret', () => {
    expect(receivable).toHaveLength(33);
  });
});

function receiverOf(entry: Case) {
  const made = receiver(signedHook, [], entry.now * 1000);
  const own = entry.config.secrets![0]!;
  const take = hookTaker({
    ...made.services,
    vault: { open: async () => Buffer.from(own) } as unknown as Vault,
  });
  return { ...made, take };
}

describe('a fault while a call is taken', () => {
  test('is answered when it is one of ours and can be told, and thrown on otherwise', () => {
    expect(hookFault(new CodedError({ code: 'unavailable', message: 'Away.', retryAfterMs: 1_500 }))).toEqual(
      { status: 503, code: 'unavailable', message: 'Away.', retryAfterSeconds: 2 },
    );
    const internal = new CodedError({ code: 'internal', message: 'x' });
    expect(() => hookFault(internal)).toThrow(internal);
    expect(() => hookFault(new TypeError('x'))).toThrow(TypeError);
  });
});
