// Connectors as an author writes them, published over the API and used against servers that nobody here wrote: a session id that a
// refusal names (Transmission), a secret in a list of parameters (aria2), XML over the methods of WebDAV (Radicale).
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Connector } from '@weftline/connectors/types';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestPerson } from '../../api/src/testing/start-test-api.ts';
import { startWorkingApi, type WorkingApi } from '../../api/src/testing/start-working-api.ts';
import type { StartedServer } from '../../runner/testing/run-server.ts';
import { skipLoudly } from '../../runner/testing/skip-loudly.ts';
import {
  type RestartedServer,
  type SmallServer,
  startAria2,
  startRadicale,
  startTransmission,
} from '../../runner/testing/start-small-servers.ts';

let api: WorkingApi;
let owner: TestPerson;
let transmission: StartedServer<RestartedServer>;
let aria2: StartedServer<SmallServer>;
let radicale: StartedServer<SmallServer>;

beforeAll(async () => {
  [transmission, aria2, radicale] = await Promise.all([startTransmission(), startAria2(), startRadicale()]);
  const allow = [transmission, aria2, radicale].flatMap(({ server }) => (server ? [server.host] : []));
  api = await startWorkingApi({ builtIns: [], allow });
  owner = await api.register();
}, 60_000);
afterAll(async () => {
  await Promise.all([transmission?.server?.stop(), aria2?.server?.stop(), radicale?.server?.stop()]);
  await api?.stop();
});

/** Publishes a connector, which plays its examples, and makes a connection that works. @returns the connection's id */
async function connect(app: string, server: SmallServer, auth: string, credentials: object): Promise<string> {
  const file = path.join(import.meta.dirname, 'connectors', `${app}.json`);
  const definition = JSON.parse(readFileSync(file, 'utf8')) as Connector;
  const draft = await owner.call('POST', '/apps', { definition });
  expect(draft.status, draft.text).toBeLessThan(300);
  const published = await owner.call('POST', `/apps/${app}/publish`, {});
  expect(published.status, published.text).toBeLessThan(300);
  const config = { address: server.url };
  const made = await owner.call('POST', '/connections', { app, auth, name: app, config, credentials });
  expect(made.status, made.text).toBe(201);
  const tested = await owner.call('POST', `/connections/${made.body.id}/test`, {});
  expect(tested.body, tested.text).toMatchObject({ ok: true, account: expect.stringMatching(/./) });
  return made.body.id;
}

/** A workflow that is on; its steps call actions of one app, one after the other. */
async function turnOn(app: string, connectionId: string, trigger: object, steps: object[]): Promise<string> {
  const definition = {
    format: 'workflow/1',
    name: app,
    connections: { own: { app, connectionId } },
    trigger,
    steps,
  };
  const made = await owner.call('POST', '/workflows', { name: app, definition });
  expect(made.status, made.text).toBe(201);
  for (const act of ['publish', 'enable']) {
    const done = await owner.call('POST', `/workflows/${made.body.id}/${act}`, {});
    expect(done.status, done.text).toBeLessThan(300);
  }
  return made.body.id;
}

// oxlint-disable-next-line typescript/no-explicit-any -- looked into by the tests
type Output = any;
type Call = [action: string, input?: object];

/** Runs actions in a workflow. @returns what each of them gave, and the run as the API shows it */
async function run(
  app: string,
  connectionId: string,
  calls: Call[],
): Promise<{ outputs: Output[]; shown: string }> {
  const steps = calls.map(([action, input = {}], index) => ({
    id: `s${index}`,
    kind: 'action',
    use: `${app}@1.0.0#${action}`,
    connection: 'own',
    input,
  }));
  const id = await turnOn(app, connectionId, { kind: 'manual' }, steps);
  const started = await owner.call('POST', `/workflows/${id}/runs`, {});
  expect(started.status, started.text).toBeLessThan(300);
  const { runId } = started.body;
  const read = async () => (await owner.call('GET', `/runs/${runId}`)).body;
  await expect.poll(async () => (await read()).finishedAt, { timeout: 20_000 }).toBeTruthy();
  const done = await read();
  expect(done, JSON.stringify(done.steps)).toMatchObject({ status: 'succeeded' });
  return {
    outputs: done.steps.map((step: { output: Output }) => step.output),
    shown: JSON.stringify(done),
  };
}

/** Lets a trigger ask at once, again and again, until so many of its runs have succeeded. @returns what they began with, the oldest first */
async function fired(app: string, workflowId: string, count: number): Promise<Output[]> {
  const runs = async () => {
    await api.services.database.withTenant(
      owner.tenant.id,
      (tx) =>
        tx.$executeRaw`UPDATE app_triggers SET next_poll_at = now() WHERE tenant_id = ${owner.tenant.id}::uuid`,
    );
    const { data } = (await owner.call('GET', `/runs?workflowId=${workflowId}`)).body;
    return (data as { id: string; status: string }[]).filter(({ status }) => status === 'succeeded');
  };
  await expect
    .poll(async () => (await runs()).length, { timeout: 20_000, interval: 200, message: app })
    .toBe(count);
  const read = await Promise.all((await runs()).map(({ id }) => owner.call('GET', `/runs/${id}`)));
  return read.map(({ body }) => body.triggerOutput.output ?? body.triggerOutput).toReversed();
}

const primed = async (workflowId: string): Promise<void> =>
  expect
    .poll(async () => (await owner.call('GET', `/workflows/${workflowId}`)).body.trigger.lastPolledAt, {
      timeout: 20_000,
    })
    .toBeTruthy();

const listen = async (
  app: string,
  connectionId: string,
  key: string,
  input: object = {},
): Promise<string> => {
  const trigger = { kind: 'app', use: `${app}@1.0.0#${key}`, connection: 'own', input, everySeconds: 10 };
  const note = { id: 'note', kind: 'transform', output: '{{trigger.output}}' };
  const id = await turnOn(app, connectionId, trigger, [note]);
  await primed(id);
  return id;
};

const choices = async (app: string, connectionId: string, source: string): Promise<Output> =>
  (await owner.call('POST', `/apps/${app}/options`, { source, connectionId, input: {} })).body.options;

test('Transmission: the session id that a refusal names is kept, and got anew when the daemon forgot it', async ({
  skip,
}) => {
  if (transmission.server === null) return skipLoudly(skip as never, transmission.reason);
  const { username: user, password } = transmission.server;
  const id = await connect('transmission', transmission.server, 'login', { user, password });
  const trigger = await listen('transmission', id, 'new-torrent');
  const link = `magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a&dn=Cloth`;
  const first = await run('transmission', id, [
    ['add-torrent', { link, paused: true }],
    ['add-torrent', { link, paused: true }],
    ['label-torrent', { torrent: '{{steps.s0.output.id}}', labels: ['wool', 'größe'] }],
    ['list-torrents'],
  ]);
  expect(first.outputs[0]).toMatchObject({ name: 'Cloth', duplicate: false });
  expect(first.outputs[1]).toMatchObject({ id: first.outputs[0].id, duplicate: true });
  expect(first.outputs[3]).toMatchObject([{ name: 'Cloth' }]);
  expect(first.shown).not.toContain(password);
  expect(await choices('transmission', id, 'torrents')).toMatchObject([{ label: 'Cloth' }]);
  expect(await fired('transmission', trigger, 1)).toMatchObject([{ name: 'Cloth' }]);

  await transmission.server.restart();
  const other = link.replace('88a', '88b').replace('Cloth', 'Silk');
  const again = await run('transmission', id, [
    ['add-torrent', { link: other, paused: true }],
    ['list-torrents'],
  ]);
  expect(again.outputs[0]).toMatchObject({ name: 'Silk', duplicate: false });
  expect(again.outputs[1].map(({ name }: { name: string }) => name)).toContain('Silk');
}, 60_000);

test('aria2: the secret goes first among the parameters and is shown nowhere, and pages count in the same list', async ({
  skip,
}) => {
  if (aria2.server === null) return skipLoudly(skip as never, aria2.reason);
  const { password } = aria2.server;
  const id = await connect('aria2', aria2.server, 'secret', { apiKey: password });
  const trigger = await listen('aria2', id, 'download-finished');
  const url = `http://${api.service.address}/file`;
  const names = ['one', 'two', 'three'];
  const { outputs, shown } = await run(
    'aria2',
    id,
    names.map((name): Call => ['add-download', { url, name }]),
  );
  expect(new Set(outputs.map(({ gid }) => gid))).toHaveProperty('size', 3);
  expect(shown).not.toContain(password);
  const events = await fired('aria2', trigger, 3);
  expect(events.map(({ gid, status }) => `${gid} ${status}`).sort()).toEqual(
    outputs.map(({ gid }) => `${gid} complete`).sort(),
  );
  // A page holds two.
  const listed = await run('aria2', id, [
    ['list-stopped'],
    ['remove-download', { gid: outputs[0].gid }],
    ['list-stopped'],
  ]);
  expect(listed.outputs.map((output) => output.length)).toEqual([3, undefined, 2]);
  expect(await choices('aria2', id, 'downloads')).toHaveLength(2);
}, 60_000);

test('Radicale: calendars and events over CalDAV, and a trigger that goes on from a sync token', async ({
  skip,
}) => {
  if (radicale.server === null) return skipLoudly(skip as never, radicale.reason);
  const { username, password } = radicale.server;
  const id = await connect('radicale', radicale.server, 'basic', { username, password });
  const calendar = `${username}/looms`;
  const old = { calendar, uid: 'old', summary: 'Warp', start: '2026-11-20T10:00:00Z' };
  await run('radicale', id, [
    ['create-calendar', { calendar, name: 'Looms & <yarn>' }],
    ['put-event', old],
  ]);
  expect(await choices('radicale', id, 'calendars')).toEqual([{ value: calendar, label: 'Looms & <yarn>' }]);
  const trigger = await listen('radicale', id, 'event-changed', { calendar });
  const { outputs } = await run('radicale', id, [
    ['put-event', { ...old, uid: 'new', summary: 'Tea; milk, sugar', start: '2026-11-22T10:00:00+01:00' }],
    ['find-events', { calendar, start: '2026-11-22T00:00:00Z', end: '2026-11-23T00:00:00Z' }],
    ['find-events', { calendar }],
  ]);
  expect(outputs[1]).toMatchObject([{ event: `${calendar}/new.ics`, tag: outputs[0].tag }]);
  expect(outputs[1][0].data).toMatch(/DTSTART:20261122T090000Z[^]*SUMMARY:Tea\\; milk\\, sugar/);
  expect(outputs[2]).toHaveLength(2);
  expect(await fired('radicale', trigger, 1)).toEqual([
    { event: `${calendar}/new.ics`, tag: outputs[0].tag },
  ]);
  const gone = await run('radicale', id, [
    ['delete-event', { event: `${calendar}/new.ics` }],
    ['find-events', { calendar }],
    ['delete-calendar', { calendar }],
    ['list-calendars'],
  ]);
  expect(gone.outputs.map((output) => output.length)).toEqual([undefined, 1, undefined, 0]);
}, 60_000);
