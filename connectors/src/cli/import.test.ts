import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import type { Connector } from '../types.ts';
import { validateConnector } from '../validate-connector.ts';
import { run } from './main.ts';

const folder = mkdtempSync(join(tmpdir(), 'weftline-import-'));
afterAll(() => rmSync(folder, { recursive: true }));
const place = (name: string) => join(folder, name);

async function call(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  let [out, error] = ['', ''];
  const code = await run(args, {
    write: (text) => (out += text),
    writeError: (text) => (error += text),
    env: {},
  });
  return { code, out, error };
}
const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Connector;

const document = {
  openapi: '3.0.3',
  info: { title: 'Shop API' },
  servers: [{ url: 'https://api.example.com' }],
  paths: {
    '/things': {
      get: { operationId: 'listThings', tags: ['things'], responses: { 200: { description: 'Fine.' } } },
      post: { operationId: 'makeThing', responses: { 201: { description: 'Made.' } } },
    },
    '/find': { get: { requestBody: { required: true, content: { 'application/json': {} } }, responses: {} } },
  },
};

test('import writes a connector that can be published, and prints one JSON on standard output', async () => {
  writeFileSync(place('shop.json'), JSON.stringify(document));
  const { code, out, error } = await call('import', place('shop.json'), '--out', place('app.json'), '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual({
    operations: 3,
    actions: 2,
    left: [{ operation: 'GET /find', reason: 'It needs a body, and a GET request has none.' }],
  });
  expect(error).toContain('Reading');
  const connector = read(place('app.json'));
  expect(connector.actions.map(({ key }) => key)).toEqual(['list-things', 'make-thing']);
  expect(validateConnector(connector, 'publish')).toEqual([]);
});

test('an import into the same file keeps what was changed by hand and tells the difference', async () => {
  const edited = read(place('app.json'));
  edited.actions[0]!.name = 'All things';
  writeFileSync(place('app.json'), JSON.stringify(edited));
  const next = structuredClone(document) as { paths: { [path: string]: unknown } };
  delete next.paths['/find'];
  next.paths['/new'] = { get: { operationId: 'readNew', responses: {} } };
  writeFileSync(place('shop.json'), JSON.stringify(next));
  const { out } = await call('import', place('shop.json'), '--out', place('app.json'), '--json');
  expect(JSON.parse(out)).toMatchObject({
    actions: 3,
    diff: [
      { path: '/actions/list-things/name', kind: 'kept_edit' },
      { path: '/actions/read-new', kind: 'added' },
    ],
  });
  expect(read(place('app.json')).actions.map(({ name }) => name)).toEqual([
    'All things',
    'Make thing',
    'Read new',
  ]);
});

test('YAML, a choice of operations and a key are taken', async () => {
  const yaml =
    'swagger: "2.0"\ninfo: {title: Old}\nhost: old.example.com\npaths:\n  /a: {get: {tags: [one], responses: {}}}\n  /b: {get: {responses: {}}}\n';
  writeFileSync(place('old.yaml'), yaml);
  const { out } = await call(
    'import',
    place('old.yaml'),
    '--out',
    place('old.json'),
    '--app',
    'mine',
    '--only',
    'one',
    '--json',
  );
  expect(JSON.parse(out)).toEqual({ operations: 1, actions: 1, left: [] });
  expect(read(place('old.json'))).toMatchObject({ app: { key: 'mine' }, baseUrl: 'https://old.example.com' });
});

test('webhooks become triggers on demand, and the next import takes them along unasked', async () => {
  const body = { content: { 'application/json': { schema: { type: 'object' } } } };
  const hooks = {
    ...document,
    openapi: '3.1.0',
    webhooks: { 'thing.made': { post: { requestBody: body } } },
  };
  writeFileSync(place('hooks.json'), gzipSync(JSON.stringify(hooks)));
  const run = (...more: string[]) =>
    call('import', place('hooks.json'), '--out', place('hooked.json'), '--json', ...more);
  const plain = await run();
  expect(JSON.parse(plain.out)).not.toHaveProperty('triggers');
  expect(plain.error).toContain('import with triggers (--with-triggers)');
  expect(validateConnector(read(place('hooked.json')), 'publish')).toEqual([]);
  expect(JSON.parse((await run('--with-triggers')).out)).toMatchObject({
    triggers: 1,
    diff: expect.arrayContaining([{ path: '/ingress', kind: 'added' }]),
  });
  const edited = read(place('hooked.json'));
  edited.ingress!.receive = { verify: [], secretInUrl: true };
  writeFileSync(place('hooked.json'), JSON.stringify(edited));
  expect(JSON.parse((await run()).out)).toMatchObject({ triggers: 1 });
  expect(read(place('hooked.json')).ingress).toEqual({ receive: { verify: [], secretInUrl: true } });
  expect(validateConnector(read(place('hooked.json')), 'publish')).toEqual([]);
});

test('what is no OpenAPI document ends with 2 and a sentence, and nothing is written', async () => {
  const cases: [string, string][] = [
    ['{"a":1}', 'neither "openapi" nor "swagger"'],
    ['just a text', 'no object with'],
    ['a: &a [*b]', 'neither JSON nor YAML'],
    ['!!python/object/apply:os.system ["id"]', 'neither JSON nor YAML'],
    ['{"openapi":"4.0.0","paths":{}}', 'OpenAPI 4.0.0 cannot be imported'],
    ['{"openapi":"3.0.0"}', 'no "paths"'],
    ['', 'is empty'],
  ];
  for (const [text, sentence] of cases) {
    writeFileSync(place('no.txt'), text);
    const { code, out, error } = await call('import', place('no.txt'), '--out', place('no.json'), '--json');
    expect({ text, code, out }).toEqual({ text, code: 2, out: '' });
    expect(error).toContain(sentence);
  }
  expect(existsSync(place('no.json'))).toBe(false);
  expect((await call('import', place('nowhere.json'), '--out', place('no.json'))).code).toBe(2);
});

test('a connector that was not imported is not written over', async () => {
  writeFileSync(place('hand.json'), JSON.stringify({ manifestVersion: 1 }));
  expect(await call('import', place('shop.json'), '--out', place('hand.json'))).toMatchObject({ code: 2 });
  expect(await call('import', place('shop.json'), '--out', place('hand.json'), '--replace')).toMatchObject({
    code: 0,
  });
});

test('a cURL line becomes a connector', async () => {
  const { code, out } = await call(
    'import',
    '--curl',
    'curl https://x.example/a -d b=1',
    '--out',
    place('line.json'),
  );
  expect([code, out]).toEqual([0, `${place('line.json')}: the action "post-a" of x.example.\n`]);
  expect(read(place('line.json')).actions[0]).toMatchObject({ bodyFormat: 'form' });
});
