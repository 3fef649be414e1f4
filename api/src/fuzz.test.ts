// Whatever is sent to whichever route: the answer is 2xx or 4xx with the error envelope, never a fault of ours.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Route, isMutation } from './define-route.ts';
import { planRequest } from './isolation/plan-requests.ts';
import { routeBodies } from './isolation/route-bodies.ts';
import { type Seed, seedWorkspace } from './isolation/seed-workspace.ts';
import { collectRoutes } from './nouns.ts';
import { startIdleEngine } from './testing/start-idle-engine.ts';
import { type TestApi, startTestApi } from './testing/start-test-api.ts';

let api: TestApi;
let stopEngine: () => Promise<void>;
let seed: Seed;
let routes: Route[];
beforeAll(async () => {
  api = await startTestApi();
  stopEngine = await startIdleEngine(api);
  seed = await seedWorkspace(api, 'Fuzz');
  // Signing out would end the test, and being ready depends on no input.
  const left = new Set(['logout', 'getReadiness', 'switchWorkspace']);
  routes = collectRoutes(api.services).filter((route) => !left.has(route.operationId));
});
afterAll(async () => {
  await stopEngine();
  await api.stop();
});

const nul = String.fromCharCode(0);
const odd: unknown[] = [
  null,
  true,
  -1,
  1e308,
  0.1,
  '',
  ' ',
  nul,
  `a${nul}b`,
  '\ud800',
  "'; DROP TABLE users; --",
  '{{trigger.output}}',
  '../../etc/passwd',
  '\u202e\u0000\ufeff',
  'x'.repeat(70_000),
  [],
  [[]],
  {},
  { $gt: '' },
  { contains: 'x' },
  { constructor: { prototype: { polluted: true } } },
];
const raw: [name: string, body: string | Uint8Array<ArrayBuffer>, type?: string][] = [
  ['nothing', ''],
  ['an open brace', '{'],
  ['null', 'null'],
  ['a list', '[]'],
  ['a text', '"x"'],
  ['a number', '12'],
  ['no JSON', 'name=x'],
  ['a form', 'a=b', 'application/x-www-form-urlencoded'],
  ['a form with files', '--x\r\n\r\n--x--', 'multipart/form-data; boundary=x'],
  ['XML', '<a/>', 'text/xml'],
  ['no content type', '{"a":1}', ''],
  ['broken UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
  ['UTF-16', new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00])],
  ['a byte order mark', '\ufeff{}'],
  ['a number too large', '{"name":1e999}'],
  ['the same member twice', '{"name":"a","name":{}}'],
  ['10,000 lists', `${'['.repeat(10_000)}${']'.repeat(10_000)}`],
  ['10,000 objects', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
  ['__proto__', '{"__proto__":{"polluted":true},"name":"x"}'],
  ['__proto__ in disguise', '{"\\u005f_proto__":{"polluted":true},"name":"x"}'],
  ['__proto__ deep down', '{"definition":{"steps":[{"__proto__":{"polluted":true}}]}}'],
  ['100,000 members', `{${Array.from({ length: 100_000 }, (_, at) => `"m${at}":1`).join(',')}}`],
  ['a body of 11 MiB', `{"name":"${'x'.repeat(11 * 1024 * 1024)}"}`],
];

async function judge(name: string, send: () => Response | Promise<Response>): Promise<string[]> {
  const response = await send();
  const stream = response.headers.get('content-type')?.startsWith('text/event-stream');
  if (stream) {
    await response.body?.cancel();
    return [];
  }
  const text = await response.text();
  const page = response.headers.get('content-type')?.startsWith('text/html');
  if (response.status < (page ? 500 : 400)) return [];
  const error = (() => {
    try {
      return JSON.parse(text).error as {
        code?: string;
        message?: string;
        requestId?: string;
        details?: object;
      };
    } catch {
      return undefined;
    }
  })();
  const whole = error?.code && error.message && error.requestId && typeof error.details === 'object';
  const fine =
    response.status < 500 &&
    whole &&
    !/\bat \S+ \(|node_modules|prisma|SELECT |invocation/i.test(error.message!);
  return fine ? [] : [`${name}: ${response.status} ${text.slice(0, 300)}`];
}

const authorization = () => `Bearer ${seed.owner.accessToken}`;
const planned = (route: Route) => planRequest(route, seed.ids, routeBodies);

test('bodies that are no JSON, too deep, too large or in disguise (X4)', async () => {
  const faults: string[] = [];
  for (const route of routes.filter((one) => isMutation(one.method))) {
    const { method, path, headers } = planned(route);
    for (const [name, body, type = 'application/json'] of raw)
      faults.push(
        ...(await judge(`${route.operationId} with ${name}`, () =>
          api.app.request(path, {
            method,
            headers: {
              ...headers,
              authorization: authorization(),
              ...(type ? { 'content-type': type } : {}),
            },
            ...(body.length > 0 ? { body } : {}),
          }),
        )),
      );
  }
  expect(faults).toEqual([]);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
}, 120_000);

test('every member of a good body replaced by something odd, and unknown members beside it (X4)', async () => {
  const faults: string[] = [];
  for (const route of routes.filter((one) => isMutation(one.method) && one.body)) {
    const { method, path, headers, body } = planned(route);
    const members = Object.keys((body ?? {}) as object);
    const declared = Object.keys((route.body as { shape?: object }).shape ?? {});
    for (const member of new Set([...members, ...declared, 'unknown', 'tenantId', 'id']))
      for (const value of declared.includes(member) ? odd : odd.slice(-3))
        faults.push(
          ...(await judge(`${route.operationId} with ${member} = ${JSON.stringify(value).slice(0, 40)}`, () =>
            api.app.request(path, {
              method,
              headers: { ...headers, authorization: authorization(), 'content-type': 'application/json' },
              body: JSON.stringify({ ...(body as object), [member]: value }),
            }),
          )),
        );
  }
  expect(faults).toEqual([]);
}, 240_000);

test('odd queries, paths and headers', async () => {
  const faults: string[] = [];
  const queries = [
    'limit=0',
    'limit=-1',
    'limit=201',
    'limit=x',
    'limit=1e9',
    'limit=1&limit=2',
    'cursor=x',
    'cursor=..',
    `cursor=${'A'.repeat(5_000)}`,
    'from=x&to=y',
    'from=9999999-01-01T00:00:00Z',
    'status=%00',
    'search=%00',
    'search=%25%5F%27',
    'workflowId=x',
    'action=%00',
    '%00=%00',
    '__proto__=x',
    'a[b]=c',
  ];
  const headerSets: { [name: string]: string }[] = [
    { 'if-match': '"x"' },
    { 'if-match': 'W/"99999999999999999999"' },
    { 'idempotency-key': ' ' },
    { 'idempotency-key': 'x'.repeat(300) },
    { 'x-request-id': "'; DROP TABLE" },
    { 'last-event-id': 'x' },
    { 'content-length': '-1' },
    { origin: 'null' },
    { cookie: '=;;;=; weftline_access=x' },
  ];
  for (const route of routes) {
    const { method, path, headers, body } = planned(route);
    const send = (at: string, more: { [name: string]: string } = {}) =>
      judge(`${method} ${at.slice(0, 160)} ${JSON.stringify(more)}`, () =>
        api.app.request(at, {
          method,
          headers: {
            ...headers,
            authorization: authorization(),
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...more,
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      );
    if (route.method === 'get') for (const query of queries) faults.push(...(await send(`${path}?${query}`)));
    const places = [...route.fullPath.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
    for (const place of places)
      for (const value of [
        '%00',
        '%',
        '%zz',
        '..%2f..',
        "'",
        'x'.repeat(3_000),
        '%ff%fe',
        '0',
        'null',
        '%F0%9F%92%A9',
      ]) {
        const at = route.fullPath.replaceAll(/\{(\w+)\}/g, (_whole, name: string) =>
          name === place ? value : name === 'tenantId' ? seed.ids.tenant : seed.ids.run,
        );
        faults.push(...(await send(at)));
      }
    if (route.method !== 'delete') for (const more of headerSets) faults.push(...(await send(path, more)));
  }
  expect(faults).toEqual([]);
}, 240_000);
