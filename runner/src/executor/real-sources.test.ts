// Dropdowns of the catalogue against a server nobody here wrote: RabbitMQ's virtual hosts, queues and exchanges.
import path from 'node:path';
import type { JsonObject } from '@weftline/connectors/json';
import { appsDirectory, composeApp } from '@weftline/connectors/load-apps';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StartedServer } from '../../testing/run-server.ts';
import { skipLoudly } from '../../testing/skip-loudly.ts';
import { startRabbitmq } from '../../testing/start-rabbitmq.ts';
import type { Rabbitmq } from '../../testing/start-rabbitmq.ts';
import { createEgress } from '../platform/egress/create-egress.ts';
import type { Egress } from '../platform/egress/create-egress.ts';
import { callAction } from './call-action.ts';
import { loadOptions } from './load-options.ts';
import type { OpenConnection } from './types.ts';

let rabbitmq: StartedServer<Rabbitmq>;
let egress: Egress;
beforeAll(async () => {
  rabbitmq = await startRabbitmq();
  egress = createEgress({ allow: [rabbitmq.server?.host ?? ''] });
}, 120_000);
afterAll(async () => {
  await egress?.close();
  await rabbitmq?.server?.stop();
});

const connector = composeApp(path.join(appsDirectory, 'rabbitmq'));

test('RabbitMQ: queues are chosen from the virtual host that was chosen, searched by the server, page by page', async ({
  skip,
}) => {
  if (rabbitmq.server === null) return skipLoudly(skip, rabbitmq.reason);
  const { url, username, password } = rabbitmq.server;
  const open = async (): Promise<OpenConnection> => ({
    id: 'c',
    name: 'C',
    authKey: 'basic',
    config: { baseUrl: url },
    credentials: { username, password },
    saveCredentials: async () => undefined,
  });
  const load = async (name: string, input: JsonObject = {}, search?: string) => {
    const call = { tenantId: 't', connector, input, openConnection: open, keepAs: null };
    const loaded = await loadOptions(call, name, search, { egress, now: Date.now });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
    return loaded;
  };
  const values = async (...given: Parameters<typeof load>) =>
    (await load(...given)).options.map(({ value }) => value);

  const put = (where: string, body: unknown = {}) =>
    fetch(`${url}/api/${where}`, {
      method: 'PUT',
      headers: {
        authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    });
  // A virtual host with slashes in its name.
  await put('vhosts/a%2Fb%2Fc');
  await put(`permissions/a%2Fb%2Fc/${username}`, { configure: '.*', write: '.*', read: '.*' });
  expect((await values('vhosts')).sort()).toEqual(['/', 'a/b/c']);

  const create = async (input: JsonObject) => {
    const result = await callAction(
      {
        tenantId: 't',
        connector,
        action: 'create-queue',
        input,
        openConnection: open,
        run: { id: 'r', stepId: 's', attempt: 1, idempotencyKey: 'k' },
      },
      { egress, now: Date.now },
    );
    expect(result, JSON.stringify(result)).toMatchObject({ ok: true });
  };
  await create({ name: 'orders' });
  await create({ name: 'orders/late', vhost: 'a/b/c' });
  await create({ name: 'returns', vhost: 'a/b/c' });
  expect(await values('queues')).toEqual(['orders']);
  expect(await values('queues', { vhost: '/' })).toEqual(['orders']);
  expect(await values('queues', { vhost: 'a/b/c' })).toEqual(['orders/late', 'returns']);
  expect(await values('queues', { vhost: 'a/b/c' }, 'late')).toEqual(['orders/late']);
  expect(await values('queues', { vhost: 'a/b/c' }, 'nothing like it')).toEqual([]);
  expect((await load('exchanges')).options).toContainEqual({
    value: 'amq.default',
    label: 'amq.default (direct)',
  });
  await expect(load('queues', { vhost: 'nowhere' })).rejects.toThrow('There is no such virtual host');
});
