import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestPerson } from '../testing/start-test-api.ts';
import {
  type WorkingApi,
  publishSample,
  sampleConnector,
  startWorkingApi,
} from '../testing/start-working-api.ts';

let api: WorkingApi;
let ada: TestPerson;
let grace: TestPerson;
let workflowId: string;

beforeAll(async () => {
  api = await startWorkingApi();
  ada = await api.register('Ada');
  grace = await api.register('Grace');
  await publishSample(ada, api.service);
  const connection = await ada.call('POST', '/connections', {
    app: 'acme',
    auth: 'key',
    name: 'Acme account',
    credentials: { apiKey: 'good-key' },
  });
  const made = await ada.call('POST', '/workflows', {
    name: 'Parcels',
    definition: {
      format: 'workflow/1',
      name: 'Parcels',
      trigger: { kind: 'webhook' },
      connections: { acme: { app: 'acme', connectionId: connection.body.id } },
      steps: [
        {
          id: 'send',
          kind: 'action',
          use: 'acme@1.0.0#send-parcel',
          connection: 'acme',
          input: { to: '{{trigger.output.body.city}}' },
        },
        { id: 'keep', kind: 'filter', condition: '{{steps.send.output.user != null}}' },
      ],
    },
  });
  workflowId = made.body.id;
  expect((await ada.call('POST', `/workflows/${workflowId}/publish`)).status).toBe(201);
});
afterAll(() => api.stop());

/** `to` becomes `address`, and the output's `user` becomes `account.user`. */
async function publishNext(): Promise<void> {
  const next = structuredClone(sampleConnector(api.service)) as unknown as {
    version: string;
    migrations: unknown;
    actions: {
      key: string;
      inputSchema: { required: string[]; properties: { [name: string]: unknown } };
      bodyTemplate: unknown;
    }[];
  };
  next.version = '2.0.0';
  const action = next.actions.find(({ key }) => key === 'send-parcel')!;
  const { to, ...properties } = action.inputSchema.properties;
  action.inputSchema = {
    ...action.inputSchema,
    required: ['address'],
    properties: { ...properties, address: to },
  };
  action.bodyTemplate = JSON.parse(
    JSON.stringify(action.bodyTemplate ?? {}).replaceAll('input.to', 'input.address'),
  );
  next.migrations = [
    {
      from: '1.x',
      to: '2.0.0',
      inputs: [{ of: 'send-parcel', operations: [{ op: 'move', from: 'to', to: 'address' }] }],
      outputs: [{ of: 'send-parcel', operations: [{ op: 'move', from: 'user', to: 'account.user' }] }],
    },
  ];
  const { etag } = (await ada.call('GET', '/apps/acme')).body;
  const saved = await ada.call('PUT', '/apps/acme/draft', { definition: next }, { 'if-match': etag });
  expect(saved.body.problems).toEqual([]);
}

test('before a version is published its author sees which workflows it touches', async () => {
  await publishNext();
  const diff = await ada.call('GET', '/apps/acme/diff');
  expect(diff.body).toMatchObject({
    from: '1.0.0',
    bump: 'major',
    wanted: '2.0.0',
    workflows: [
      {
        id: workflowId,
        name: 'Parcels',
        isLive: false,
        uses: [{ version: '1.0.0', key: 'send-parcel' }],
        breaking: expect.arrayContaining([expect.stringContaining('"to"')]),
      },
    ],
  });
  expect((await ada.call('POST', '/apps/acme/publish')).status).toBe(201);
});

test('a workflow keeps its version until somebody takes the new one over, and sees first what changes', async () => {
  const before = (await ada.call('GET', `/workflows/${workflowId}`)).body;
  const preview = await ada.call('POST', `/workflows/${workflowId}/upgrade`, { app: 'acme' });
  expect(preview.status).toBe(200);
  expect(preview.body).toMatchObject({
    app: 'acme',
    to: '2.0.0',
    versions: [{ from: '1.0.0', isOlder: true, bump: 'major' }],
    parts: [
      {
        stepId: 'send',
        from: 'acme@1.0.0#send-parcel',
        to: 'acme@2.0.0#send-parcel',
        before: { to: '{{trigger.output.body.city}}' },
        after: { address: '{{trigger.output.body.city}}' },
        notes: [],
      },
    ],
    reads: [{ path: '/steps/1/condition', after: '{{steps.send.output.account.user != null}}' }],
    problems: [],
  });
  expect((await ada.call('GET', `/workflows/${workflowId}`)).body).toEqual(before);
  const saved = await ada.call(
    'PATCH',
    `/workflows/${workflowId}`,
    { definition: preview.body.definition },
    { 'if-match': before.etag },
  );
  expect(saved.body).toMatchObject({ problems: [], hasUnpublishedChanges: true });
  expect((await ada.call('POST', `/workflows/${workflowId}/publish`)).body).toEqual({ version: 2 });
  const again = await ada.call('POST', `/workflows/${workflowId}/upgrade`, { app: 'acme' });
  expect(again.body).toMatchObject({ versions: [], parts: [], reads: [] });
});

test('back to a former version is the same way, and says that it is older', async () => {
  const answer = await ada.call('POST', `/workflows/${workflowId}/upgrade`, {
    app: 'acme',
    version: '1.0.0',
  });
  expect(answer.body).toMatchObject({ to: '1.0.0', versions: [{ from: '2.0.0', isOlder: false }] });
  expect(answer.body.problems.length).toBeGreaterThan(0);
});

test('an unknown app or version, or a foreign workflow, is not found', async () => {
  for (const [who, body] of [
    [ada, { app: 'nowhere' }],
    [ada, { app: 'acme', version: '9.0.0' }],
    [grace, { app: 'acme' }],
  ] as const)
    expect((await who.call('POST', `/workflows/${workflowId}/upgrade`, body)).status).toBe(404);
});

test('an unfinished draft has no diff, and says what is missing', async () => {
  const { etag } = (await ada.call('GET', '/apps/acme')).body;
  await ada.call('PUT', '/apps/acme/draft', { definition: { app: { key: 'acme' } } }, { 'if-match': etag });
  const diff = await ada.call('GET', '/apps/acme/diff');
  expect(diff.status).toBe(422);
  expect(diff.body.error.details.problems.length).toBeGreaterThan(0);
});
