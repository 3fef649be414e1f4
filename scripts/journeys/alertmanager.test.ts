// A sender nobody here wrote: Alertmanager posts alerts to workflows whose trigger the catalogue's connector describes.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { appsDirectory, composeApp } from '@weftline/connectors/load-apps';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { skipLoudly } from '../../runner/testing/skip-loudly.ts';
import { type Alertmanager, startAlertmanager } from '../../runner/testing/start-alertmanager.ts';
import type { StartedServer } from '../../runner/testing/run-server.ts';
import type { TestPerson } from '../../api/src/testing/start-test-api.ts';
import { findInDatabase, startWorkingApi, type WorkingApi } from '../../api/src/testing/start-working-api.ts';

type Workflow = { id: string; url: string; secret: string };

let api: WorkingApi;
let owner: TestPerson;
let server: Server;
let sender: StartedServer<Alertmanager>;
const answers = new Map<string, number[]>();
let workflows: { [name: string]: Workflow };

const connector = composeApp(path.join(appsDirectory, 'alertmanager'));

/** A workflow that is on; its address and secret as its author sees them. */
async function listen(triggerKey: string, input: object): Promise<Workflow> {
  const made = await owner.call('POST', '/workflows', {
    name: triggerKey,
    definition: {
      format: 'workflow/1',
      name: triggerKey,
      trigger: {
        kind: 'app',
        use: `alertmanager@${connector.version}#${triggerKey}`,
        connection: null,
        input,
      },
      steps: [{ id: 'note', kind: 'transform', output: '{{trigger.output}}' }],
    },
  });
  expect(made.status, made.text).toBe(201);
  const { id } = made.body;
  const tried = await owner.call('POST', `/workflows/${id}/trigger/test`);
  expect(tried.body, tried.text).toMatchObject({ ok: true });
  for (const act of ['publish', 'enable']) {
    const done = await owner.call('POST', `/workflows/${id}/${act}`);
    expect(done.status, done.text).toBeLessThan(300);
  }
  const { port } = server.address() as AddressInfo;
  const { pathname } = new URL(tried.body.hookUrl);
  return { id, url: `http://127.0.0.1:${port}${pathname}`, secret: tried.body.secret };
}

// oxlint-disable-next-line typescript/no-explicit-any -- looked into by the tests
type Output = any;

async function outputsOf({ id }: Workflow): Promise<Output[]> {
  const runs = await owner.call('GET', `/runs?workflowId=${id}`);
  const outputs = [];
  for (const run of runs.body.data.toReversed()) {
    const read = await owner.call('GET', `/runs/${run.id}`);
    if (read.body.status === 'succeeded') outputs.push(read.body.steps[0].output);
  }
  return outputs;
}

beforeAll(async () => {
  api = await startWorkingApi({ builtIns: [connector] });
  owner = await api.register();
  server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const { method = 'POST', url = '/', headers } = incoming;
    const answer = await api.app.fetch(
      new Request(`http://127.0.0.1${url}`, {
        method,
        headers: Object.entries(headers).map(([name, value]) => [name, String(value)] as [string, string]),
        body: Buffer.concat(chunks),
      }),
    );
    answers.set(url, [...(answers.get(url) ?? []), answer.status]);
    outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
    outgoing.end(Buffer.from(await answer.arrayBuffer()));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  workflows = {
    basic: await listen('alert', {}),
    bearer: await listen('alert', { which: 'firing' }),
    wrong: await listen('alert', {}),
    group: await listen('notification', { which: 'both' }),
  };
  const { basic, bearer, wrong, group } = workflows as { [name: string]: Workflow & object };
  const login = (password: string) => ({ username: 'weftline', password });
  sender = await startAlertmanager([
    { name: 'basic', url: basic!.url, basic: login(basic!.secret) },
    { name: 'bearer', url: bearer!.url, bearer: bearer!.secret },
    { name: 'wrong', url: wrong!.url, basic: login('not-the-secret-of-this-trigger') },
    { name: 'group', url: group!.url, bearer: group!.secret },
  ]);
}, 120_000);
afterAll(async () => {
  await sender?.server?.stop();
  server?.closeAllConnections();
  server?.close();
  await api?.stop();
});

const started = (skip: (reason: string) => never): Alertmanager =>
  sender.server ?? skipLoudly(skip, (sender as { reason: string }).reason);
const answered = ({ url }: Workflow) => answers.get(new URL(url).pathname) ?? [];

test('alerts that fire and end come as runs with what they are, signed in by user name and password', async ({
  skip,
}) => {
  const server = started(skip as never);
  const { basic } = workflows as { basic: Workflow };
  const labels = { alertname: 'DiskFull', to: 'basic', severity: 'page' };
  await server.alert(labels);
  await expect.poll(() => outputsOf(basic), { timeout: 20_000 }).toHaveLength(1);
  await server.alert(labels, { endsAt: new Date().toISOString() });
  await expect.poll(() => outputsOf(basic), { timeout: 20_000 }).toHaveLength(2);
  const [firing, resolved] = await outputsOf(basic);
  expect(firing).toMatchObject({ status: 'firing', labels, annotations: { summary: 'from a test' } });
  expect(resolved).toMatchObject({ status: 'resolved', labels, fingerprint: firing.fingerprint });
  expect(new Set(answered(basic))).toEqual(new Set([200]));
}, 60_000);

test('a bearer token does as well, and only what was asked for starts a run', async ({ skip }) => {
  const server = started(skip as never);
  const { bearer } = workflows as { bearer: Workflow };
  const labels = { alertname: 'HighLoad', to: 'bearer' };
  await server.alert(labels);
  await expect.poll(() => outputsOf(bearer), { timeout: 20_000 }).toHaveLength(1);
  const before = answered(bearer).length;
  await server.alert(labels, { endsAt: new Date().toISOString() });
  await expect.poll(() => answered(bearer).length, { timeout: 20_000 }).toBeGreaterThan(before);
  expect(await outputsOf(bearer)).toMatchObject([{ status: 'firing', labels }]);
}, 60_000);

test('a wrong password is answered 401 and starts nothing', async ({ skip }) => {
  const server = started(skip as never);
  const { wrong } = workflows as { wrong: Workflow };
  await server.alert({ alertname: 'Forged', to: 'wrong' });
  await expect.poll(() => answered(wrong).length, { timeout: 20_000 }).toBeGreaterThan(0);
  expect(new Set(answered(wrong))).toEqual(new Set([401]));
  expect(await outputsOf(wrong)).toEqual([]);
}, 60_000);

test('a group that is sent again and again is one run, until something in it changes', async ({ skip }) => {
  const server = started(skip as never);
  const { group } = workflows as { group: Workflow };
  const labels = { alertname: 'Slow', to: 'group' };
  await server.alert(labels);
  // repeat_interval is 2 s: the same notification has come at least twice more.
  await expect.poll(() => answered(group).length, { timeout: 30_000 }).toBeGreaterThan(2);
  expect(new Set(answered(group))).toEqual(new Set([200]));
  expect(await outputsOf(group)).toMatchObject([{ status: 'firing', alerts: [{ labels }] }]);
  await server.alert(labels, { endsAt: new Date().toISOString() });
  await expect.poll(() => outputsOf(group), { timeout: 20_000 }).toHaveLength(2);
}, 90_000);

test('the secrets of the addresses stand nowhere in the database', async () => {
  for (const { secret } of Object.values(workflows)) expect(await findInDatabase(api, secret)).toEqual([]);
});
