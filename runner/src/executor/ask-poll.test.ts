import type { Connector, Poll, Trigger } from '@weftline/connectors/types';
import { validateConnector } from '@weftline/connectors/validate-connector';
import { afterEach, expect, test } from 'vitest';
import { startFakeService } from '../../testing/fake-service.ts';
import type { FakeAnswer } from '../../testing/fake-service.ts';
import { createEgress } from '../platform/egress/create-egress.ts';
import { askPoll } from './ask-poll.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

const trigger: Trigger & { poll: Poll } = {
  key: 'changed',
  name: 'Changed',
  type: 'POLL',
  inputSchema: { type: 'object', required: ['folder'], properties: { folder: { type: 'string' } } },
  outputSchema: {},
  sample: {},
  poll: {
    request: {
      method: 'REPORT',
      endpointTemplate: '/{+folder}/',
      bodyFormat: 'xml',
      bodyTemplate: { 'sync-collection': { 'sync-token': "{{cursor ?? ''}}" } },
      responseFormat: 'xml',
    },
    items: 'body.multistatus.response',
    order: 'none',
    dedupeKey: '{{item.href}}',
    cursor: { value: "{{body.multistatus['sync-token']}}", pick: 'response' },
    firstRun: 'skip',
    maxItems: 10,
    minIntervalMs: 10_000,
    keepSeen: 100,
  },
};

const ask = async (answer: FakeAnswer) => {
  const service = await startFakeService(() => answer);
  const egress = createEgress({ allow: [service.host] });
  cleanups.push(
    () => service.close(),
    () => egress.close(),
  );
  const connector: Connector = {
    manifestVersion: 1,
    app: { key: 'dav', name: 'Dav' },
    version: '1.0.0',
    baseUrl: `http://${service.host}`,
    auth: [{ key: 'none', label: 'None', type: 'NONE' }],
    actions: [],
    triggers: [trigger],
  };
  expect(validateConnector(connector, 'publish')).toEqual([]);
  const given = { tenantId: 't', connector, trigger, input: { folder: 'ada/cal' }, openConnection: null };
  const asked = await askPoll({ ...given, cursor: 'c-1', isFirst: false }, { egress, now: Date.now });
  return { asked, received: service.received };
};

const xml = (inside: string): FakeAnswer => ({
  status: 207,
  headers: { 'content-type': 'text/xml' },
  body: `<multistatus xmlns="DAV:"><sync-token>c-2</sync-token>${inside}</multistatus>`,
});
const entry = (href: string) => `<response><href>${href}</href></response>`;

test.each([
  ['several', entry('/a') + entry('/b'), [{ href: '/a' }, { href: '/b' }]],
  ['one', entry('/a'), [{ href: '/a' }]],
  ['an empty one', '<response/>', []],
  ['none', '', []],
])(
  'a poll over XML reads %s as a list, with a method of WebDAV and a path of the input',
  async (_name, inside, items) => {
    const { asked, received } = await ask(xml(inside));
    expect(asked).toMatchObject({ ok: true, items, answer: { status: 207 } });
    expect(received).toMatchObject([{ method: 'REPORT', url: '/ada/cal/' }]);
    expect(received[0]?.body).toContain('<sync-token>c-1</sync-token>');
  },
);

test('what is no list in JSON is a failure that names the place', async () => {
  const { asked } = await ask({ body: { multistatus: { response: 'none' } } });
  expect(asked).toMatchObject({ ok: false, error: { code: 'response_invalid' } });
});
