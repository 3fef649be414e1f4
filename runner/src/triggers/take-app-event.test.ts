import { createHmac } from 'node:crypto';
import type { Connector, Receive, Trigger } from '@weftline/connectors/types';
import { awayFromTheHour } from '@weftline/prisma/testing/away-from-the-hour';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Listening, type ReceiveWorld, startReceiveWorld } from '../../testing/start-receive-world.ts';
import { CodedError } from '../platform/errors.ts';
import { hookFault } from './take-hook.ts';

const secret = 'canary-webhook-secret-0123456789';
const apiKey = 'canary-api-key-9876543210';

let world: ReceiveWorld;
beforeAll(async () => {
  world = await startReceiveWorld();
});
afterAll(() => world.stop());
beforeEach(() => {
  world.log.length = 0;
  world.outcomes.length = 0;
  world.service.received.length = 0;
});

const signed: Receive['verify'][number] = {
  scheme: 'hmac',
  algorithm: 'sha256',
  secret: '{{webhook.secret}}',
  content: '{{rawBody}}',
  signature: "{{headers['x-signature']}}",
  encoding: 'hex',
};
const triggerOf = (receive: Partial<Receive>): Trigger => ({
  key: 'thing',
  name: 'Thing',
  type: 'WEBHOOK',
  outputSchema: { type: 'object', properties: { id: { type: 'string' } } },
  sample: { id: '1' },
  webhook: { receive: { verify: [signed], eventId: '{{body.id}}', ...receive } },
});
const shop = (receive: Partial<Receive>): Connector =>
  ({
    manifestVersion: 1,
    app: { key: 'shop', name: 'Shop' },
    version: '1.0.0',
    baseUrl: `http://${world.service.host}`,
    auth: [{ key: 'key', label: 'Key', type: 'API_KEY' }],
    actions: [],
    triggers: [triggerOf(receive)],
  }) as unknown as Connector;

async function listen(receive: Partial<Receive> = {}, plan = 'unlimited'): Promise<Listening> {
  const tenantId = await world.world.addTenant(plan);
  const connector = shop(receive);
  await world.publish(tenantId, connector);
  const connectionId = await world.connect(tenantId, connector, { credentials: { apiKey } });
  return world.listen(tenantId, connector, 'thing', { connectionId, secret });
}
const sign = (text: string) => createHmac('sha256', secret).update(text).digest('hex');
const send = (to: Listening, body: unknown, headers: { [name: string]: string } = {}) => {
  const text = JSON.stringify(body);
  return world
    .call(to.hookKey, Buffer.from(text), { 'x-signature': sign(text), ...headers })
    .catch(hookFault);
};

describe('a call of a service', () => {
  test('that is rightly signed starts a run with its event; the same event again starts none', async () => {
    const to = await listen();
    const first = await send(to, { id: 'e1', total: 7 });
    expect(first).toMatchObject({ status: 'declared', answer: { status: 200 } });
    expect(await send(to, { id: 'e1', total: 7, again: true })).toMatchObject({
      runIds: (first as { runIds: string[] }).runIds,
    });
    expect(await to.outputs()).toEqual([{ id: 'e1', total: 7 }]);
    expect(world.outcomes).toEqual(['taken', 'taken']);
  });

  test('is refused when it is not, with a sentence that tells nothing of ours, and stores nothing', async () => {
    const to = await listen();
    const body = { id: 'e1' };
    for (const headers of [{ 'x-signature': sign('{}') }, { 'x-signature': '' }, { 'x-signature': 'zz' }]) {
      const answer = await send(to, body, headers);
      expect(answer).toMatchObject({ status: 401, code: 'not_signed_in' });
      expect(JSON.stringify(answer)).not.toContain('canary');
    }
    // A refused call does not use up its event.
    expect(await send(to, body)).toMatchObject({ status: 'declared' });
    expect(await to.outputs()).toEqual([body]);
    expect(world.outcomes).toEqual(['refused', 'refused', 'refused', 'taken']);
  });

  test('that comes a hundred times at once starts one run', async () => {
    const to = await listen();
    const answers = await Promise.all(Array.from({ length: 100 }, () => send(to, { id: 'same' })));
    expect(
      new Set(answers.map((answer) => JSON.stringify((answer as { runIds: string[] }).runIds))).size,
    ).toBe(1);
    expect(await to.outputs()).toHaveLength(1);
  });

  test('finds nothing where the workflow is off, or the address is nobody’s', async () => {
    const to = await listen();
    await world.world.database.withTenant(to.tenantId, (tx) =>
      tx.trigger.updateMany({
        where: { tenantId: to.tenantId, id: to.workflowId },
        data: { enabled: false },
      }),
    );
    const off = await send(to, { id: 'e1' });
    expect(off).toMatchObject({ status: 404, code: 'not_found' });
    expect(await world.call('a'.repeat(32), {})).toEqual(off);
    expect(await world.call(`app-${'a'.repeat(32)}`, {})).toEqual(off);
    expect(await to.outputs()).toEqual([]);
  });

  test('whose body is not what the app says is refused, after its signature was looked at', async () => {
    const to = await listen();
    const broken = Buffer.from('{"id": ');
    const call = (signature: string) =>
      world.call(to.hookKey, broken, { 'x-signature': signature }).catch(hookFault);
    expect(await call('00')).toMatchObject({ status: 401 });
    expect(await call(sign('{"id": '))).toMatchObject({ status: 400, code: 'not_parseable' });
  });
});

test('a call is kept as a sample for whoever waits for one before the workflow is on, and starts nothing', async () => {
  const to = await listen();
  const { tenantId } = to;
  const { database } = world.world;
  await database.withTenant(tenantId, (tx) =>
    tx.trigger.updateMany({
      where: { tenantId, id: to.workflowId },
      data: { enabled: false, version: null, listeningUntil: new Date(Date.now() + 60_000) },
    }),
  );
  expect(await send(to, { id: 'e1' }, { 'x-signature': '00' })).toMatchObject({ status: 401 });
  expect(await send(to, { id: 'e1' })).toMatchObject({ status: 'declared', runIds: [] });
  const samples = await database.withTenant(tenantId, (tx) =>
    tx.hookSample.findMany({ where: { tenantId } }),
  );
  expect(samples.map(({ output }) => JSON.parse(output) as unknown)).toEqual([{ id: 'e1' }]);
  expect(await to.outputs()).toEqual([]);
});

describe('several events in one call', () => {
  const many = {
    items: 'body.events',
    eventId: '{{item.id}}',
    filter: "{{item.type == 'order'}}",
    map: { id: '{{item.id}}', of: '{{body.shop}}', at: '{{index}}' },
  };
  const events = (count: number, from = 0) =>
    Array.from({ length: count }, (_, index) => ({ id: `e${from + index}`, type: 'order' }));

  test('start a run each, in their order; those that do not count start none', async () => {
    const to = await listen(many);
    const body = {
      shop: 's1',
      events: [
        { id: 'a', type: 'order' },
        { id: 'b', type: 'visit' },
        { id: 'c', type: 'order' },
      ],
    };
    expect((await send(to, body)) as object).toMatchObject({
      runIds: [expect.any(String), expect.any(String)],
    });
    expect(await to.outputs()).toEqual([
      { id: 'a', of: 's1', at: 0 },
      { id: 'c', of: 's1', at: 2 },
    ]);
    // An event of a former call that comes with new ones is known.
    await send(to, { shop: 's1', events: [...body.events, { id: 'd', type: 'order' }] });
    expect((await to.outputs()).map((output) => (output as { id: string }).id)).toEqual(['a', 'c', 'd']);
    expect(await send(to, { shop: 's1' })).toMatchObject({ status: 'declared', runIds: [] });
    expect(world.outcomes.at(-1)).toBe('nothing');
  });

  test('that are more than the hour has left are refused whole, and none of them is used up', async () => {
    await awayFromTheHour();
    const to = await listen(many, 'free');
    expect(await send(to, { events: events(60) })).toMatchObject({ status: 'declared' });
    const over = await send(to, { events: events(60, 50) });
    expect(over).toMatchObject({
      status: 429,
      code: 'quota_runs_per_hour',
      retryAfterSeconds: expect.any(Number),
    });
    expect(await to.outputs()).toHaveLength(60);
    expect(await send(to, { events: events(40, 60) })).toMatchObject({ status: 'declared' });
    expect(await to.outputs()).toHaveLength(100);
    const { tenantId } = to;
    const notes = await world.world.database.withTenant(tenantId, (tx) =>
      tx.notification.findMany({ where: { tenantId } }),
    );
    expect(notes.map(({ kind }) => kind)).toEqual(['events.refused']);
    expect(((await send(to, { events: events(101, 500) })) as { message: string }).message).toContain(
      '101 events',
    );
  });

  test('may be a thousand and no more', async () => {
    const to = await listen(many);
    for (const count of [1_001, 10_001])
      expect(await send(to, { events: events(count) })).toMatchObject({ status: 413 });
    expect(await send(to, { events: events(1_000) })).toMatchObject({ status: 'declared' });
    expect(await to.outputs()).toHaveLength(1_000);
  });
});

describe('a handshake', () => {
  test('stores what it brings and echoes it; another one cannot replace it', async () => {
    const to = await listen({
      handshake: [
        {
          when: "{{exists(headers['x-hook-secret'])}}",
          store: { secret: "{{headers['x-hook-secret']}}" },
          respond: { status: 204, headersTemplate: { 'X-Hook-Secret': "{{headers['x-hook-secret']}}" } },
        },
      ],
      verify: [{ ...signed, secret: '{{stored.secret}}' }],
    });
    const greet = (value: string) => world.call(to.hookKey, {}, { 'x-hook-secret': value });
    const first = await greet('canary-their-secret-1');
    expect(first).toMatchObject({
      status: 'declared',
      answer: { status: 204, headers: { 'x-hook-secret': 'canary-their-secret-1' } },
    });
    expect(await greet('canary-their-secret-1')).toEqual(first);
    expect(await greet('canary-forged-secret-2')).toMatchObject({ status: 401 });
    const text = '{"id":"e1"}';
    const signature = createHmac('sha256', 'canary-their-secret-1').update(text).digest('hex');
    expect(await world.call(to.hookKey, Buffer.from(text), { 'x-signature': signature })).toMatchObject({
      status: 'declared',
    });
    expect(await to.outputs()).toEqual([{ id: 'e1' }]);
    expect(world.log.join('')).not.toContain('canary');
  });

  test('that wants a proof answers with a keyed hash, and only those who can sign', async () => {
    const to = await listen({
      handshake: [
        {
          when: "{{body.event == 'validate'}}",
          verifyFirst: true,
          respond: {
            status: 200,
            body: {
              plain: '{{body.plain}}',
              encrypted: '{{hmacSha256(body.plain, webhook.secret)}}',
              leak: '{{webhook.secret}}',
            },
          },
        },
      ],
    });
    const answer = await send(to, { event: 'validate', plain: 'abc' });
    expect(JSON.parse((answer as { answer: { body: string } }).answer.body)).toEqual({
      plain: 'abc',
      encrypted: createHmac('sha256', secret).update('abc').digest('hex'),
      leak: '[REDACTED]',
    });
    expect(await send(to, { event: 'validate', plain: 'abc' }, { 'x-signature': sign('x') })).toMatchObject({
      status: 401,
    });
    expect(await to.outputs()).toEqual([]);
  });

  test('is answered as well before the workflow is on; an event is not taken then', async () => {
    const to = await listen({
      handshake: [
        { when: '{{exists(query.challenge)}}', respond: { status: 200, body: '{{query.challenge}}' } },
      ],
    });
    await world.world.database.withTenant(to.tenantId, (tx) =>
      tx.trigger.updateMany({
        where: { tenantId: to.tenantId, id: to.workflowId },
        data: { enabled: false },
      }),
    );
    const more = { method: 'GET', query: { challenge: '<b>42</b>' }, rawBody: Buffer.alloc(0) };
    expect(await world.call(to.hookKey, {}, {}, more)).toMatchObject({
      answer: { status: 200, body: '<b>42</b>', headers: { 'content-type': 'text/plain; charset=utf-8' } },
    });
    expect(await send(to, { id: 'e1' })).toMatchObject({ status: 404 });
  });

  test('may ask for a request; the host must be the app’s', async () => {
    const confirm = { method: 'GET' as const, endpointTemplate: '{{body.url}}', auth: 'none' as const };
    const to = await listen({ handshake: [{ when: '{{exists(body.url)}}', verifyFirst: true, confirm }] });
    const ours = `http://${world.service.host}/confirm?token=t`;
    expect(await send(to, { url: ours })).toMatchObject({ status: 'declared', answer: { status: 200 } });
    expect(world.service.received.map(({ url, headers }) => [url, headers.authorization])).toEqual([
      ['/confirm?token=t', undefined],
    ]);
    expect(await send(to, { url: 'https://elsewhere.example/' })).toMatchObject({ status: 503 });
    expect(world.service.received).toHaveLength(1);
  });
});

describe('what an event only names', () => {
  const fetching: Partial<Receive> = {
    fetch: { request: { method: 'GET', endpointTemplate: '/orders/{{body.id}}' } },
    map: { order: '{{fetched}}', told: '{{body.id}}' },
  };

  test('is read with the connection, and its secrets are taken out', async () => {
    const to = await listen(fetching);
    world.respond(() => ({ body: { id: 7, echo: `key ${apiKey}` } }));
    expect(await send(to, { id: 'o7' })).toMatchObject({ status: 'declared' });
    expect(world.service.received[0]).toMatchObject({
      url: '/orders/o7',
      headers: { authorization: `Bearer ${apiKey}` },
    });
    expect(await to.outputs()).toEqual([{ order: { id: 7, echo: 'key [REDACTED]' }, told: 'o7' }]);
  });

  test('is gone: the event is too. Away: the call is refused and may come again', async () => {
    const to = await listen(fetching);
    world.respond(() => ({ status: 404, body: {} }));
    expect(await send(to, { id: 'o1' })).toMatchObject({ status: 'declared', runIds: [] });
    world.respond(() => ({ status: 503, body: {} }));
    expect(await send(to, { id: 'o2' })).toMatchObject({
      status: 503,
      retryAfterSeconds: expect.any(Number),
    });
    world.respond(() => ({ body: { ok: true } }));
    expect(await send(to, { id: 'o2' })).toMatchObject({ status: 'declared', runIds: [expect.any(String)] });
    expect(await to.outputs()).toHaveLength(1);
  });

  test('may be a list, each with an id of its own', async () => {
    const to = await listen({
      fetch: { request: { method: 'GET', endpointTemplate: '/changes' }, items: 'body.changes' },
      eventId: '{{fetched.id}}',
    });
    world.respond(() => ({ body: { changes: [{ id: 'c1' }, { id: 'c2' }] } }));
    await send(to, {});
    world.respond(() => ({ body: { changes: [{ id: 'c2' }, { id: 'c3' }] } }));
    await send(to, {});
    expect(await to.outputs()).toEqual([{ id: 'c1' }, { id: 'c2' }, { id: 'c3' }]);
  });
});

test('no secret reaches a run, a sample, a receipt or the log, wherever a caller puts it', async () => {
  const to = await listen({
    verify: [{ scheme: 'sharedToken', value: '{{query.token}}', secret: '{{webhook.secret}}' }],
    map: { all: '{{query}}', headers: '{{headers}}', url: '{{url}}', body: '{{body}}' },
    eventId: '{{query.token}}',
    respond: { status: 200, body: { echo: '{{body.note}}', key: '{{credentials.apiKey}}' } },
  });
  await world.world.database.withTenant(to.tenantId, (tx) =>
    tx.trigger.updateMany({
      where: { tenantId: to.tenantId, id: to.workflowId },
      data: { listeningUntil: new Date(Date.now() + 60_000) },
    }),
  );
  const answer = await world.call(
    to.hookKey,
    { note: `it is ${apiKey} and ${Buffer.from(secret).toString('base64')}` },
    { cookie: 'x' },
    { query: { token: secret }, search: `?token=${secret}` },
  );
  expect(JSON.parse((answer as { answer: { body: string } }).answer.body)).toMatchObject({
    key: '[REDACTED]',
  });
  const { tenantId } = to;
  const rows = await world.world.database.withTenant(tenantId, async (tx) => ({
    events: await tx.runEvent.findMany({ where: { tenantId } }),
    samples: await tx.hookSample.findMany({ where: { tenantId } }),
    receipts: await tx.receipt.findMany({ where: { tenantId } }),
  }));
  expect(rows.events.length).toBeGreaterThan(0);
  expect(rows.samples).toHaveLength(1);
  await send(to, {}); // refused, which is a line of the log
  expect(world.log.join('')).toContain('was refused');
  for (const text of [JSON.stringify(rows), world.log.join('')]) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(apiKey);
    expect(text).not.toContain(Buffer.from(secret).toString('base64'));
    expect(text).not.toContain(to.hookKey);
  }
});

test('a call that nobody foresaw is an answer, never a crash', async () => {
  const to = await listen({ filter: '{{body.n > 3}}', map: { n: '{{round(body.n)}}' } });
  for (const body of [{ n: 'x' }, { n: null }, [], 'text', 7, null]) {
    const answer = await send(to, body);
    expect(['declared', 400]).toContain((answer as { status: unknown }).status);
  }
  expect(() => hookFault(new CodedError({ code: 'too_large', message: 'x' }))).not.toThrow();
});
