// Every route, every place where an id stands, own, foreign and random, every role: with both walls between workspaces,
// with row-level security alone, and with our filters alone. Made from the routes themselves: a new one is in it at once.
import { withClient } from '@weftline/prisma/migrate/prepare-roles';
import { type TestDatabase, startTestDatabase } from '@weftline/prisma/testing/start-test-database';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Act, mayDo, roles } from './access.ts';
import { type Route, isMutation } from './define-route.ts';
import { planRequest, placesOf, randomIds } from './isolation/plan-requests.ts';
import { openPolicies, withoutFilters } from './isolation/remove-wall.ts';
import { type Seed, photograph, seedWorkspace } from './isolation/seed-workspace.ts';
import { routeBodies } from './isolation/route-bodies.ts';
import { collectRoutes } from './nouns.ts';
import { startIdleEngine } from './testing/start-idle-engine.ts';
import { type TestApi, type TestApiOptions, startTestApi } from './testing/start-test-api.ts';

const walls: { name: string; options: TestApiOptions; prepare?: (api: TestApi) => Promise<void> }[] = [
  { name: 'both walls', options: {} },
  { name: 'row-level security alone', options: { wrap: withoutFilters } },
  { name: 'filters alone', options: {}, prepare: (api) => openPolicies(api.testDatabase.adminUrl) },
];
const catalogue = collectRoutes({
  env: { PUBLIC_URL: 'http://localhost' },
  tokenKeys: new Map(),
  database: {},
} as never).filter((route) => placesOf(route).length > 0);

// One database after the other's walls: the order of `walls` matters, because policies are not put back.
let testDatabase: TestDatabase;
beforeAll(async () => {
  testDatabase = await startTestDatabase();
});
afterAll(() => testDatabase.stop());

const countAudit = (tenantId: string): Promise<number> =>
  withClient(testDatabase.adminUrl, async (client) => {
    const { rows } = await client.query('SELECT count(*)::int AS n FROM audit_entries WHERE tenant_id = $1', [
      tenantId,
    ]);
    return rows[0].n;
  });

type Seen = { status: number; text: string; headers: { [name: string]: string } };

describe.each(walls)('with $name', ({ options, prepare }) => {
  let api: TestApi;
  let stopEngine: () => Promise<void>;
  let own: Seed;
  let foreign: Seed;

  beforeAll(async () => {
    api = await startTestApi({ ...options, testDatabase });
    stopEngine = await startIdleEngine(api);
    own = await seedWorkspace(api, 'Own');
    foreign = await seedWorkspace(api, 'Foreign');
    await prepare?.(api);
  });
  afterAll(async () => {
    await stopEngine();
    await api.stop();
  });

  async function send(
    route: Route,
    as: string | undefined,
    replace?: { place: string; id: string },
  ): Promise<Seen> {
    const { method, path, body, headers } = planRequest(route, own.ids, routeBodies, replace);
    const response = await api.app.request(path, {
      method,
      headers: {
        ...(as ? { authorization: `Bearer ${as}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const stream = response.headers.get('content-type')?.startsWith('text/event-stream');
    if (stream) await response.body?.cancel();
    const text = stream ? '' : await response.text();
    const shown = Object.fromEntries([...response.headers].filter(([name]) => name !== 'x-request-id'));
    return { status: response.status, text, headers: shown };
  }
  /** An answer without what differs for reasons of its own: the request id and the id that was asked for. */
  const bare = ({ status, text, headers }: Seen, id: string) => ({
    status,
    text: text
      .replaceAll(id, 'ID')
      .replace(/"requestId":"[^"]*"/, '')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'NOW'),
    headers: JSON.stringify(headers).replaceAll(id, 'ID'),
  });
  // A variable's name is each workspace's own: writing one of the same name is no trace.
  const foreignTraces = () => {
    const { variable: _own, ...ids } = foreign.ids;
    return [foreign.canary, ...Object.values(ids), foreign.owner.user.email];
  };

  test('a stranger’s id looks like one that never was, and tells nothing', async () => {
    const before = await photograph(api, foreign.ids.tenant);
    const faults: string[] = [];
    for (const route of catalogue) {
      for (const [place, kind] of placesOf(route)) {
        const stranger = await send(route, own.owner.accessToken, { place, id: foreign.ids[kind] });
        const random = randomIds()[kind];
        const nobody = await send(route, own.owner.accessToken, { place, id: random });
        const name = `${route.operationId} ${place}`;
        const left = bare(stranger, foreign.ids[kind]);
        const right = bare(nobody, random);
        if (kind !== 'variable' && JSON.stringify(left) !== JSON.stringify(right))
          faults.push(`${name}: foreign ${JSON.stringify(left)} but random ${JSON.stringify(right)}`);
        const optional = route.access === 'public';
        if (place.startsWith('params.') && kind !== 'variable' && stranger.status !== 404)
          faults.push(`${name}: ${stranger.status} instead of 404: ${stranger.text.slice(0, 300)}`);
        if (place.startsWith('body.') && !optional && ![404, 409, 422].includes(stranger.status))
          faults.push(`${name}: a foreign id was taken: ${stranger.status} ${stranger.text.slice(0, 300)}`);
        for (const trace of foreignTraces())
          if (trace !== foreign.ids[kind] && stranger.text.includes(trace))
            faults.push(`${name}: shows ${trace}`);
      }
    }
    expect(faults).toEqual([]);
    expect(await photograph(api, foreign.ids.tenant)).toEqual(before);
  });

  test('nobody, a stranger’s token and a stranger’s key get nowhere', async () => {
    const key = (await foreign.owner.call('POST', '/api-keys', { name: 'k', role: 'owner' })).body.key;
    const before = await photograph(api, own.ids.tenant);
    const faults: string[] = [];
    for (const route of catalogue.filter((one) => one.fullPath.includes('{tenantId}'))) {
      const nobody = await send(route, undefined);
      if (nobody.status !== 401) faults.push(`${route.operationId}: ${nobody.status} for nobody`);
      for (const as of [foreign.owner.accessToken, key]) {
        const { status, text } = await send(route, as);
        if (status !== 404)
          faults.push(`${route.operationId}: ${status} for a stranger: ${text.slice(0, 200)}`);
      }
    }
    expect(faults).toEqual([]);
    expect(await photograph(api, own.ids.tenant)).toEqual(before);
  });

  test('each role may do what the table of access says, and nothing else', async () => {
    const faults: string[] = [];
    for (const role of roles) {
      const person = role === 'owner' ? own.owner : await api.join(own.owner, role);
      for (const route of catalogue.filter((one) => one.fullPath.includes('{tenantId}'))) {
        // Ids of nobody: the role is looked at first, and nothing is changed by looking.
        const [, kind] = placesOf(route).find(([place]) => place !== 'params.tenantId') ?? [];
        if (!kind && isMutation(route.method) && mayDo(role, route.access as Act)) continue;
        const [place] = placesOf(route).at(-1)!;
        const replace = kind ? { place, id: randomIds()[kind] } : undefined;
        const { status } = await send(route, person.accessToken, replace);
        const may = mayDo(role, route.access as Act);
        if (may ? status === 403 || status === 401 : status !== 403)
          faults.push(`${route.operationId}: ${status} for ${role}`);
      }
    }
    expect(faults).toEqual([]);
  });

  test('the own ids are found, so the refusals above mean something; each change is audited', async () => {
    const faults: string[] = [];
    const rank = (route: Route) => (route.method === 'get' ? 0 : route.method === 'delete' ? 2 : 1);
    const all = catalogue.filter((one) => one.fullPath.includes('{tenantId}'));
    for (const route of all.sort((left, right) => rank(left) - rank(right))) {
      const entries = await countAudit(own.ids.tenant);
      const { status, text } = await send(route, own.owner.accessToken);
      const writes = isMutation(route.method) && route.audited !== false && status < 300;
      if (writes && (await countAudit(own.ids.tenant)) !== entries + 1)
        faults.push(`${route.operationId}: changed something without an audit entry`);
      const name = `${route.operationId}: ${status} ${text.slice(0, 300)}`;
      if (
        status === 404 ||
        status === 401 ||
        status === 403 ||
        status === 412 ||
        status === 428 ||
        status >= 500
      )
        faults.push(name);
      if (status === 400) faults.push(name);
      if (status === 422 && /"code":"(missing|unknown_member|invalid_type)"/.test(text)) faults.push(name);
      for (const trace of foreignTraces()) if (text.includes(trace)) faults.push(`${name}: shows ${trace}`);
    }
    expect(faults).toEqual([]);
  });

  test('a workflow that names a stranger’s connection or app is refused like one that names nothing', async () => {
    const outcome = async (connectionId: string, app: string) => {
      const definition = {
        format: 'workflow/1',
        name: 'Borrowed',
        trigger: { kind: 'webhook' },
        connections: { slot: { app, connectionId } },
        steps: [{ id: 'first', kind: 'action', use: `${app}@1.0.0#ping`, connection: 'slot', input: {} }],
      };
      const made = await own.owner.call('POST', '/workflows', { name: 'Borrowed', definition });
      const path = `/workflows/${made.body.id}`;
      const read = await own.owner.call('GET', path);
      const answers = [
        made,
        read,
        await own.owner.call('POST', `${path}/publish`, {}),
        await own.owner.call('POST', `${path}/enable`, {}),
        await own.owner.call('POST', `${path}/steps/first/test`, { input: {} }),
        await own.owner.call('POST', `${path}/duplicate`, {}),
      ];
      const hidden = [foreign.canary, foreign.ids.tenant, foreign.owner.user.id];
      for (const { text } of answers) for (const trace of hidden) expect(text).not.toContain(trace);
      const texts = answers.map(({ status, text }) =>
        `${status} ${text}`
          .replaceAll(connectionId, 'CONNECTION')
          .replaceAll(app, 'APP')
          .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
          .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'NOW')
          .replaceAll(/\/hooks\/\w+/g, 'HOOK')
          .replaceAll(/"tookMs":[\d.]+/g, ''),
      );
      return { publish: answers[2]!.status, enable: answers[3]!.status, texts };
    };
    const ids = randomIds();
    const nothing = await outcome(ids.connection, ids.app);
    expect(await outcome(foreign.ids.connection, foreign.ids.app)).toEqual(nothing);
    const ownApp = await outcome(ids.connection, own.ids.app);
    expect(await outcome(foreign.ids.connection, own.ids.app)).toEqual(ownApp);
    expect([nothing.publish, nothing.enable, ownApp.enable].every((status) => status >= 400)).toBe(true);
  });

  test('a cursor and an Idempotency-Key of one workspace mean nothing in another', async () => {
    await own.owner.call('POST', '/api-keys', { name: 'second' });
    const page = await own.owner.call('GET', '/api-keys?limit=1');
    expect(page.body.nextCursor).toEqual(expect.any(String));
    const cursor = encodeURIComponent(page.body.nextCursor);
    expect((await foreign.owner.call('GET', `/api-keys?limit=1&cursor=${cursor}`)).status).toBe(422);
    const headers = { 'idempotency-key': 'shared' };
    const mine = await own.owner.call('POST', '/api-keys', { name: 'mine' }, headers);
    const theirs = await foreign.owner.call('POST', '/api-keys', { name: 'theirs' }, headers);
    expect(mine.status).toBe(201);
    expect(theirs.status).toBe(201);
    expect(theirs.body.name).toBe('theirs');
  });
});

test('with neither wall a stranger gets in: what the tests above see is the walls', async () => {
  const api = await startTestApi({ wrap: withoutFilters, testDatabase });
  const own = await seedWorkspace(api, 'Own');
  const foreign = await seedWorkspace(api, 'Foreign');
  await openPolicies(api.testDatabase.adminUrl);
  const seen = await own.owner.call('GET', `/connections/${foreign.ids.connection}`);
  expect(seen.status).toBe(200);
  expect(seen.text).toContain(foreign.canary);
  await api.stop();
});
