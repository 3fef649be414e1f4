import { createHash } from 'node:crypto';
import type { Action, Connector, Poll, Trigger } from '@weftline/connectors/types';
import { validateConnector } from '@weftline/connectors/validate-connector';
import { afterEach, expect, test } from 'vitest';
import { startFakeService } from '../../testing/fake-service.ts';
import { createEgress } from '../platform/egress/create-egress.ts';
import { completeTriggerInput } from '../workflow/resolve-trigger-input.ts';
import { askPoll } from './ask-poll.ts';
import { callAction } from './call-action.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

const hash = { type: 'string', 'x-encode': 'md5lower' };
const since = { type: 'string', format: 'date-time', 'x-dateFormat': 'epochSeconds' };
const pin = { type: 'string', 'x-secret': true, 'x-encode': 'hex' };
const email = 'Urist.McVankab@freddiesjobs.com';
const hashed = createHash('md5').update(email.toLowerCase()).digest('hex');

const common = { effect: 'update', idempotency: { mode: 'natural' }, outputSchema: {}, sample: {} };
const wire = {
  ...common,
  key: 'wire',
  name: 'Wire',
  method: 'PUT',
  endpointTemplate: '/members/{id}',
  pathSchema: { type: 'object', required: ['id'], properties: { id: hash } },
  querySchema: { type: 'object', properties: { since } },
  bodySchema: { type: 'object', properties: { pin, due: { type: 'string', 'x-dateFormat': 'dd.MM.yyyy' } } },
};
const mapped = {
  ...common,
  key: 'mapped',
  name: 'Mapped',
  method: 'PUT',
  endpointTemplate: '/members/{{input.email}}',
  inputSchema: {
    type: 'object',
    required: ['email', 'since'],
    properties: { email: hash, since: { ...since, default: '2026-11-21T08:30:00Z' } },
  },
  bodyTemplate: { from: '{{input.since}}' },
};
const trigger = {
  key: 'changed',
  name: 'Changed',
  type: 'POLL',
  inputSchema: { type: 'object', required: ['since'], properties: { since, pin } },
  outputSchema: {},
  sample: {},
  poll: {
    request: {
      method: 'GET',
      endpointTemplate: '/items',
      queryTemplate: { since: '{{input.since}}', pin: '{{input.pin}}' },
    },
    items: 'body',
    order: 'none',
    dedupeKey: '{{item.id}}',
    firstRun: 'skip',
    maxItems: 10,
    minIntervalMs: 10_000,
    keepSeen: 100,
  },
} as unknown as Trigger & { poll: Poll };

const setUp = async () => {
  const service = await startFakeService(({ method, body }) => ({
    body: method === 'GET' ? [{ id: 1, pin: '5345435245542d31' }] : { echoed: body },
  }));
  const egress = createEgress({ allow: [service.host] });
  cleanups.push(
    () => service.close(),
    () => egress.close(),
  );
  const connector: Connector = {
    manifestVersion: 1,
    app: { key: 'acme', name: 'Acme' },
    version: '1.0.0',
    baseUrl: `http://${service.host}`,
    auth: [{ key: 'none', label: 'None', type: 'NONE' }],
    actions: [wire, mapped] as unknown as Action[],
    triggers: [trigger],
  };
  expect(validateConnector(connector, 'save')).toEqual([]);
  const outside = { egress, now: Date.now };
  const given = { tenantId: 't', connector, openConnection: null };
  return { service, outside, given };
};
const run = { id: 'run1', stepId: 'step1', attempt: 1, idempotencyKey: 'KEY' };

test('in wire mode path, query and body carry the encoded values, and an encoded secret is shown nowhere', async () => {
  const { service, outside, given } = await setUp();
  const body = { pin: 'SECRET-1', due: '2026-12-24' };
  const input = { path: { id: email }, query: { since: '2026-11-21T08:30:00Z' }, body };
  const result = await callAction({ ...given, action: 'wire', input, run }, outside);
  expect(service.received[0]).toMatchObject({
    url: `/members/${hashed}?since=1795249800`,
    body: '{"pin":"5345435245542d31","due":"24.12.2026"}',
  });
  expect(result.ok).toBe(true);
  expect(JSON.stringify(result)).not.toContain('5345435245542d31');
  expect(input).toMatchObject({ path: { id: email }, body: { pin: 'SECRET-1' } });
});

test('in mapped mode templates read the encoded values, of defaults as well', async () => {
  const { service, outside, given } = await setUp();
  await callAction({ ...given, action: 'mapped', input: { email }, run }, outside);
  expect(service.received[0]).toMatchObject({ url: `/members/${hashed}`, body: '{"from":1795249800}' });
});

test('what is no date is refused with its place before anything is sent', async () => {
  const { service, outside, given } = await setUp();
  const input = { path: { id: email }, body: { due: 'soon' } };
  const result = await callAction({ ...given, action: 'wire', input, run }, outside);
  expect(result).toMatchObject({
    ok: false,
    error: { code: 'invalid_input', type: 'VALIDATION', path: '/body/due', sent: 'no' },
  });
  expect(service.received).toHaveLength(0);
});

test('a poll asks with the encoded input of its trigger, whose bad dates are told when it is set up', async () => {
  const { service, outside, given } = await setUp();
  const input = { since: '2026-11-21T08:30:00Z', pin: 'SECRET-1' };
  const asked = await askPoll({ ...given, trigger, input, cursor: undefined, isFirst: false }, outside);
  expect(service.received[0]?.url).toBe('/items?since=1795249800&pin=5345435245542d31');
  expect(asked).toMatchObject({ ok: true, scope: { input: { since: 1795249800 } } });
  expect(asked.ok && JSON.stringify(asked.items)).not.toContain('5345435245542d31');
  const schema = { type: 'object', properties: { due: { type: 'string', 'x-dateFormat': 'date' } } };
  expect(completeTriggerInput(schema, { due: '2026-02-30' }, {})).toMatchObject({
    ok: false,
    problems: [{ path: '/due' }],
  });
  expect(completeTriggerInput(schema, { due: '2026-02-03T10:00:00Z' }, {})).toEqual({
    ok: true,
    input: { due: '2026-02-03T10:00:00Z' },
  });
});
