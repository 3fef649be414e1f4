import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { appsDirectory, composeApp } from '../load-apps.ts';
import { run } from './main.ts';

const folder = mkdtempSync(join(tmpdir(), 'weftline-cli-'));
const write = (name: string, value: unknown) => {
  const file = join(folder, name);
  writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
  return file;
};
const slack = composeApp(join(appsDirectory, 'slack'));
const sound = write('slack.json', slack);
const broken = write('broken.json', { ...slack, version: 'one' });

type Seen = { method: string; url: string; headers: IncomingMessage['headers']; body: string };
let seen: Seen[] = [];
let answers: { [route: string]: { status: number; body: unknown; etag?: string } } = {};
let server: Server;
let url = '';

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    seen.push({ method: request.method!, url: request.url!, headers: request.headers, body });
    const answer = answers[`${request.method} ${request.url}`] ?? {
      status: 404,
      body: { error: { code: 'not_found', message: 'Not found.' } },
    };
    response.writeHead(answer.status, {
      'content-type': 'application/json',
      ...(answer.etag ? { etag: answer.etag } : {}),
    });
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  seen = [];
  answers = {};
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

async function call(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  let [out, error] = ['', ''];
  const code = await run(args, {
    write: (text) => (out += text),
    writeError: (text) => (error += text),
    env: {},
    fetch: globalThis.fetch,
  });
  return { code, out, error };
}

test('validate takes a document and a folder', async () => {
  expect(await call('validate', sound)).toEqual({
    code: 0,
    out: `slack ${slack.version} can be published.\n`,
    error: '',
  });
  expect((await call('validate', join(appsDirectory, 'slack'))).code).toBe(0);
});

test('validate says where and how to mend, and ends with 1', async () => {
  const { code, out } = await call('validate', broken);
  expect(code).toBe(1);
  expect(out).toContain(
    'has 1 problem:\n  /version\n    Must be three numbers with dots between, such as "1.0.0".',
  );
});

test('validate answers as JSON when asked', async () => {
  const { out } = await call('validate', '--json', broken);
  expect(JSON.parse(out)).toMatchObject({ ok: false, problems: [{ path: '/version', code: 'wrong_form' }] });
});

test('a file that is not there, is no JSON, or a wrong option ends with 2', async () => {
  expect(await call('validate', join(folder, 'none.json'))).toMatchObject({
    code: 2,
    error: expect.stringContaining('There is no file') as string,
  });
  expect(await call('validate', write('text.json', 'a: 1'))).toMatchObject({
    code: 2,
    error: expect.stringContaining('no JSON') as string,
  });
  expect(await call('validate')).toMatchObject({ code: 2 });
  expect(await call('publish', sound)).toMatchObject({
    code: 2,
    error: expect.stringContaining('--url') as string,
  });
});

test('publish makes a new app and publishes it', async () => {
  answers = {
    'GET /api/v1/me': { status: 200, body: { tenant: { id: 't1' } } },
    'POST /api/v1/tenants/t1/apps': { status: 201, body: { key: 'slack', etag: '"1"', problems: [] } },
    'POST /api/v1/tenants/t1/apps/slack/publish': {
      status: 201,
      body: { version: '1.0.0', contentHash: 'abc' },
    },
  };
  expect(await call('publish', sound, '--url', `${url}/`, '--token', 'key')).toEqual({
    code: 0,
    out: 'slack 1.0.0 is published.\n',
    error: `Publishing slack ${slack.version} …\n`,
  });
  expect(seen.map(({ method, url: path }) => `${method} ${path}`)).toEqual([
    'GET /api/v1/me',
    'GET /api/v1/tenants/t1/apps/slack',
    'POST /api/v1/tenants/t1/apps',
    'POST /api/v1/tenants/t1/apps/slack/publish',
  ]);
  expect(seen.every(({ headers }) => headers.authorization === 'Bearer key')).toBe(true);
  expect(JSON.parse(seen[2]!.body)).toEqual({ definition: slack });
});

test('publish replaces the draft of a known app on the state it read', async () => {
  answers = {
    'GET /api/v1/tenants/t1/apps/slack': { status: 200, body: { key: 'slack' }, etag: '"7"' },
    'PUT /api/v1/tenants/t1/apps/slack/draft': { status: 200, body: { etag: '"8"', problems: [] } },
    'POST /api/v1/tenants/t1/apps/slack/publish': {
      status: 201,
      body: { version: '1.0.0', contentHash: 'abc' },
    },
  };
  const { out } = await call('publish', sound, '--url', url, '--token', 'key', '--tenant', 't1', '--json');
  expect(JSON.parse(out)).toEqual({ ok: true, app: 'slack', version: '1.0.0', contentHash: 'abc' });
  expect(seen[1]!.headers['if-match']).toBe('"7"');
});

test('publish sends nothing when the document has problems', async () => {
  expect((await call('publish', broken, '--url', url, '--token', 'key', '--tenant', 't1')).code).toBe(1);
  expect(seen).toEqual([]);
});

test('what the server refuses is told with its problems', async () => {
  answers = {
    'POST /api/v1/tenants/t1/apps': { status: 201, body: { key: 'slack', etag: '"1"', problems: [] } },
    'POST /api/v1/tenants/t1/apps/slack/publish': {
      status: 422,
      body: {
        error: {
          code: 'invalid_input',
          message: 'The version number does not fit the change.',
          details: { problems: [{ path: '/version', code: 'wrong_bump', message: 'Raise it.' }] },
        },
      },
    },
  };
  expect(await call('publish', sound, '--url', url, '--token', 'key', '--tenant', 't1')).toEqual({
    code: 1,
    out: '',
    error: `Publishing slack ${slack.version} …\nslack was not published: The version number does not fit the change.\n  /version\n    Raise it.\n`,
  });
});

test('a server that is away or is something else ends with 3', async () => {
  expect(
    await call('publish', sound, '--url', 'http://127.0.0.1:1', '--token', 'key', '--tenant', 't1'),
  ).toMatchObject({ code: 3, error: expect.stringContaining('No answer from http://127.0.0.1:1') as string });
  answers = { 'GET /api/v1/tenants/t1/apps/slack': { status: 200, body: '<html>' } };
  expect(await call('publish', sound, '--url', url, '--token', 'key', '--tenant', 't1')).toMatchObject({
    code: 3,
    error: expect.stringContaining('does not answer as a Weftline server') as string,
  });
});

test('diff says which version the changes ask for', async () => {
  const less = write('less.json', {
    ...slack,
    version: '1.0.1',
    actions: slack.actions.slice(0, -1),
    auth: slack.auth,
  });
  const { code, out } = await call('diff', sound, less, '--json');
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({ ok: false, bump: 'major' });
  expect((await call('diff', sound, sound)).code).toBe(0);
});

test('the command itself runs and hands its exit code on', () => {
  const bin = join(import.meta.dirname, '../../bin/weftline.mjs');
  const done = spawnSync(process.execPath, [bin, 'validate', sound], { encoding: 'utf8' });
  expect([done.status, done.stdout]).toEqual([0, `slack ${slack.version} can be published.\n`]);
  expect(spawnSync(process.execPath, [bin, 'validate', broken]).status).toBe(1);
  expect(spawnSync(process.execPath, [bin, 'nonsense']).status).toBe(2);
});
