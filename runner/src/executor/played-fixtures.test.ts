// Every fixture of the catalogue, from input to output over a real socket: only the public host is replaced by loopback.
import { randomUUID } from 'node:crypto';
import type { Json } from '@weftline/connectors/json';
import { loadApps, loadFixtures } from '@weftline/connectors/load-apps';
import type { Fixture, FixtureCall } from '@weftline/connectors/load-apps';
import type { Connector } from '@weftline/connectors/types';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFakeService } from '../../testing/fake-service.ts';
import type { FakeAnswer, FakeService } from '../../testing/fake-service.ts';
import { withoutTransport } from '../../testing/without-transport.ts';
import { createEgress } from '../platform/egress/create-egress.ts';
import type { Egress } from '../platform/egress/create-egress.ts';
import { callAction } from './call-action.ts';
import { playFixture } from './play/play-fixture.ts';
import { createPlayedFiles } from './play/played-files.ts';
import type { OpenConnection } from './types.ts';

let service: FakeService;
let egress: Egress;
let answer: FakeAnswer = {};
let further: FixtureCall[] = [];
const calledUrls: string[] = [];

beforeAll(async () => {
  service = await startFakeService((_, index) => further[index - 1]?.response ?? answer);
  const real = createEgress({ allow: [service.host] });
  egress = {
    ...real,
    request: (request) => {
      calledUrls.push(request.url);
      const { pathname, search } = new URL(request.url);
      return real.request({ ...request, url: `http://${service.host}${pathname}${search}` });
    },
  };
});
afterAll(async () => {
  await service.close();
  await egress.close();
});

const openAs = (connector: Connector, fixture: Fixture): (() => Promise<OpenConnection>) | null => {
  const { credentials, config = {} } = fixture;
  const authKey = fixture.auth ?? connector.auth[0]?.key ?? '';
  if (credentials === undefined && fixture.auth === undefined) return null;
  return async () => ({
    // Its own, so that the limits of the service hold no fixture up.
    id: randomUUID(),
    name: 'C',
    authKey,
    config,
    credentials: credentials ?? {},
    saveCredentials: async () => undefined,
  });
};

const readSent = (text: string, expected: Json): Json =>
  typeof expected === 'string' || text === '' ? text : (JSON.parse(text) as Json);

const played = loadApps().flatMap((connector) =>
  loadFixtures(connector).map((fixture) => ({
    name: `${connector.app.key} ${fixture.action}: ${fixture.title}`,
    connector,
    fixture,
  })),
);

test.each(played)('$name', async ({ connector, fixture }) => {
  calledUrls.length = 0;
  service.received.length = 0;
  answer = fixture.response;
  further = fixture.calls ?? [];
  const result = await callAction(
    {
      tenantId: 't',
      connector,
      action: fixture.action,
      input: fixture.input,
      openConnection: openAs(connector, fixture),
      run: { id: 'run', stepId: 'step', attempt: 1, idempotencyKey: 'fixture-idempotency-key' },
    },
    { egress, files: createPlayedFiles(), now: () => Date.parse('2026-11-21T00:00:00Z') },
  );

  for (const [index, { request }] of [fixture, ...further].entries()) {
    const received = service.received[index];
    expect(calledUrls[index], JSON.stringify(result)).toBe(request.url);
    expect(received?.method).toBe(request.method);
    for (const [name, value] of Object.entries(request.headers ?? {}))
      expect(received?.headers[name.toLowerCase()], name).toBe(value);
    if (request.body === null) expect(received?.body).toBe('');
    else if (request.body !== undefined)
      expect(readSent(received?.body ?? '', request.body)).toEqual(request.body);
  }
  if (further.length > 0) expect(service.received).toHaveLength(further.length + 1);

  if (fixture.error !== undefined) {
    const error = result.ok ? undefined : result.error;
    expect(error?.type).toBe(fixture.error.type);
    if (fixture.error.code !== undefined) expect(error?.remoteCode).toBe(fixture.error.code);
    expect(error?.message).toContain(fixture.error.message ?? '');
    return;
  }
  expect(result.ok, JSON.stringify(result)).toBe(true);
  if (!result.ok) return;
  const { output } = result;
  expect(withoutTransport(output)).toEqual(fixture.output);
  expect(result.warnings).toEqual([]);
});

test('the command line plays every fixture with the same end, without a socket', async () => {
  const failed: string[] = [];
  for (const { name, connector, fixture } of played) {
    const { faults } = await playFixture(connector, fixture);
    if (faults.length > 0) failed.push(`${name}: ${faults.join(' ')}`);
  }
  expect(failed).toEqual([]);
});

test('every app of the catalogue brings fixtures', () => {
  for (const connector of loadApps())
    expect(loadFixtures(connector).length, connector.app.key).toBeGreaterThan(0);
  console.log(`played fixtures: ${played.length} of ${loadApps().length} apps`);
});
