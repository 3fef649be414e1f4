import type { JsonObject } from '@weftline/connectors/json';
import type { Connector, OptionSource } from '@weftline/connectors/types';
import { validateConnector } from '@weftline/connectors/validate-connector';
import { afterEach, expect, test } from 'vitest';
import { startFakeService } from '../../testing/fake-service.ts';
import type { FakeAnswer, ReceivedRequest } from '../../testing/fake-service.ts';
import { createEgress } from '../platform/egress/create-egress.ts';
import { loadOptions } from './load-options.ts';
import type { OpenConnection } from './types.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

const boards: OptionSource = {
  request: { method: 'GET', endpointTemplate: '/boards' },
  items: 'body.boards',
  value: '{{item.id}}',
  label: '{{item.name}}',
};
const lists: OptionSource = {
  ...boards,
  request: {
    method: 'GET',
    endpointTemplate: '/boards/{{input.board}}/lists',
    queryTemplate: { q: '{{search}}' },
  },
  dependsOn: ['board'],
};

/** Starts a service that answers so, and gives a function that asks a source of an app for it. */
const serve = async (
  optionSources: { [name: string]: OptionSource },
  answer: (request: ReceivedRequest) => FakeAnswer,
  more: Partial<Connector> = {},
) => {
  const service = await startFakeService(answer);
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
    connectionSchema: { type: 'object', properties: { team: { type: 'string' } } },
    auth: [
      {
        key: 'key',
        label: 'Key',
        type: 'API_KEY',
        apply: [{ in: 'header', name: 'x-key', value: '{{credentials.apiKey}}' }],
      },
    ],
    optionSources,
    actions: [],
    ...more,
  };
  expect(validateConnector(connector, 'save')).toEqual([]);
  const connection: OpenConnection = {
    id: 'c',
    name: 'C',
    authKey: 'key',
    config: { team: 'red' },
    credentials: { apiKey: 'key-1234567' },
    saveCredentials: async () => undefined,
  };
  let clock = Date.parse('2030-01-01T00:00:00Z');
  const load = (
    name: string,
    input: JsonObject = {},
    search?: string,
    change: { tenantId?: string; keepAs?: string | null; openConnection?: null } = {},
  ) =>
    loadOptions(
      {
        tenantId: 't',
        connector,
        input,
        openConnection: async () => connection,
        keepAs: `acme@1.0.0 c ${service.host}`,
        ...change,
      },
      name,
      search,
      { egress, now: () => clock },
    );
  return { service, load, pass: (seconds: number) => (clock += seconds * 1_000) };
};

const asJson = (body: unknown): FakeAnswer => ({ body });
const numbered = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: index + 1, name: `Board ${index + 1}` }));

test('choices come with the credentials of the connection, each value once and every label a text', async () => {
  const found = [
    { id: 1, name: 'Plans' },
    { id: 1, name: 'Plans again' },
    { id: 2, name: 77 },
    { id: 3 },
    { name: 'no id' },
    { id: { odd: true }, name: 'no value that can be stored' },
    { id: 4, name: ['a label of another kind'] },
    { id: 'x', name: `  two\n lines ${'y'.repeat(300)}` },
  ];
  const upper = { ...boards, label: "{{typeOf(item.name) == 'number' ? item.name : trim(item.name)}}" };
  const { service, load } = await serve({ boards: upper }, () => asJson({ boards: found }));
  const loaded = await load('boards');
  expect(loaded).toMatchObject({ ok: true, hasMore: false });
  if (!loaded.ok) return;
  expect(loaded.options.slice(0, 4)).toEqual([
    { value: 1, label: 'Plans' },
    { value: 2, label: '77' },
    { value: 3, label: '3' },
    { value: 4, label: '4' },
  ]);
  expect(loaded.options).toHaveLength(5);
  expect(loaded.options[4]?.label).toMatch(/^two lines y+…$/);
  expect(loaded.options[4]?.label).toHaveLength(200);
  expect(service.received[0]?.headers['x-key']).toBe('key-1234567');
});

test('a dependent source says what must be filled in first and sends nothing', async () => {
  const { service, load } = await serve({ lists }, () => asJson({ boards: [] }));
  for (const board of [undefined, null, '', '{{trigger.output.board}}']) {
    const loaded = await load('lists', board === undefined ? {} : { board });
    expect(loaded).toMatchObject({
      ok: false,
      error: {
        code: 'invalid_input',
        message: 'Fill in "board" first.',
        problems: [{ path: '/board', code: 'required_first', message: 'Fill in "board" first.' }],
      },
    });
  }
  expect(service.received).toEqual([]);
  expect(await load('lists', { board: 'a/b' })).toEqual({ ok: true, options: [], hasMore: false });
  expect(service.received[0]?.url).toBe('/boards/a%2Fb/lists');
});

test('a source that reads `search` asks the service, another is searched in what was read', async () => {
  const { service, load } = await serve({ boards, lists }, () => asJson({ boards: numbered(30) }));
  expect(await load('boards', {}, 'board 12')).toEqual({
    ok: true,
    options: [{ value: 12, label: 'Board 12' }],
    hasMore: false,
  });
  const searched = await load('lists', { board: 1 }, ' twelve ');
  expect(searched.ok && searched.options).toHaveLength(30);
  expect(service.received.map(({ url }) => url)).toEqual(['/boards', '/boards/1/lists?q=twelve']);
});

test('at most 1,000 choices are read from pages, and it is said that there are more', async () => {
  const all = numbered(2_500);
  const paged: OptionSource = {
    ...boards,
    pagination: {
      type: 'offset',
      items: 'body.boards',
      send: { in: 'query', name: 'from' },
      size: { in: 'query', name: 'most', value: 300 },
    },
  };
  const { service, load } = await serve({ boards: paged }, ({ url }) => {
    const from = Number(new URL(url, 'http://x').searchParams.get('from'));
    return asJson({ boards: all.slice(from, from + 300) });
  });
  const loaded = await load('boards');
  expect(loaded.ok && loaded.options).toHaveLength(1_000);
  expect(loaded.ok && loaded.hasMore).toBe(true);
  expect(service.received).toHaveLength(4);
});

test('an action can be the source: its input is filled and its output is read', async () => {
  const source: OptionSource = {
    request: { action: 'list-boards', with: { query: { team: '{{connection.team}}', like: '{{search}}' } } },
    items: 'output',
    value: '{{item.id}}',
    label: '{{item.name}} of {{connection.team}}',
  };
  const { service, load } = await serve({ boards: source }, () => asJson({ data: numbered(1) }), {
    actions: [
      {
        key: 'list-boards',
        name: 'List boards',
        effect: 'read',
        method: 'GET',
        endpointTemplate: '/boards',
        querySchema: {
          type: 'object',
          properties: { team: { type: 'string' }, like: { type: 'string' } },
        },
        response: { unwrap: 'body.data' },
        outputSchema: { type: 'array' },
      },
    ],
  });
  expect(await load('boards')).toEqual({
    ok: true,
    options: [{ value: 1, label: 'Board 1 of red' }],
    hasMore: false,
  });
  await load('boards', {}, 'one');
  expect(service.received.map(({ url }) => url)).toEqual(['/boards?team=red', '/boards?team=red&like=one']);
});

test('an answer is used again for its time, for the same workspace, connection and inputs alone', async () => {
  const kept = { boards: { ...boards, cacheSeconds: 60 }, lists: { ...lists, cacheSeconds: 60 } };
  const { service, load, pass } = await serve(kept, () => asJson({ boards: numbered(3) }));
  const count = async (work: () => Promise<unknown>): Promise<number> => {
    const before = service.received.length;
    await work();
    return service.received.length - before;
  };
  expect(await count(() => load('boards'))).toBe(1);
  expect(await count(() => load('boards', { other: 'input' }))).toBe(0);
  expect(await count(() => load('boards', {}, 'board 2'))).toBe(0);
  expect(await count(() => load('boards', {}, undefined, { tenantId: 'u' }))).toBe(1);
  expect(await count(() => load('boards', {}, undefined, { keepAs: 'acme@1.0.0 d' }))).toBe(1);
  expect(await count(() => load('boards', {}, undefined, { keepAs: null }))).toBe(1);
  expect(await count(() => load('lists', { board: 1 }))).toBe(1);
  expect(await count(() => load('lists', { board: 2 }))).toBe(1);
  expect(await count(() => load('lists', { board: 1 }))).toBe(0);
  expect(await count(() => load('lists', { board: 1 }, 'a'))).toBe(1);
  pass(60);
  expect(await count(() => load('boards'))).toBe(1);
});

test('refusals and odd answers are said in words, and are not kept', async () => {
  let answer: FakeAnswer = { status: 403, body: { message: 'key-1234567 may not list boards' } };
  const { load } = await serve({ boards: { ...boards, cacheSeconds: 60 } }, () => answer);
  const refused = await load('boards');
  expect(refused).toMatchObject({ ok: false, error: { code: 'remote_refused', status: 403 } });
  expect(JSON.stringify(refused)).not.toContain('key-1234567');
  answer = asJson({ boards: 'none' });
  expect(await load('boards')).toMatchObject({
    ok: false,
    error: { code: 'response_invalid', message: expect.stringContaining('no list at `body.boards`') },
  });
  answer = asJson({ boards: [{ id: 'a', name: 'key-1234567' }] });
  const echoed = await load('boards');
  expect(echoed).toMatchObject({ ok: true, options: [{ value: 'a', label: '[REDACTED]' }] });
  expect(await load('nothing')).toMatchObject({ ok: false, error: { code: 'not_found' } });
});

test('a source that needs a connection says so when there is none', async () => {
  const { load } = await serve({ boards }, () => asJson({ boards: [] }));
  expect(await load('boards', {}, undefined, { openConnection: null })).toMatchObject({
    ok: false,
    error: { code: 'invalid_input', message: 'Acme needs a connection: choose one.' },
  });
});

test('a list in XML may have one entry, or none', async () => {
  const source: OptionSource = {
    request: { method: 'GET', endpointTemplate: '/boards', responseFormat: 'xml' },
    items: 'body.boards.board',
    value: '{{item.id}}',
    label: '{{item.name}}',
  };
  let body = '';
  const headers = { 'content-type': 'application/xml' };
  const { load } = await serve({ boards: source }, () => ({ headers, body }));
  const board = (id: string) => `<board><id>${id}</id><name>Board ${id}</name></board>`;
  for (const ids of [[], ['a'], ['a', 'b']]) {
    body = `<boards>${ids.map(board).join('')}</boards>`;
    const loaded = await load('boards');
    expect(loaded.ok && loaded.options.map(({ label }) => label)).toEqual(ids.map((id) => `Board ${id}`));
  }
});
