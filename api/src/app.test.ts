// What every request meets, whichever route it is for.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { withClient } from '@weftline/prisma/migrate/prepare-roles';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestApi, type TestPerson, startTestApi } from './testing/start-test-api.ts';

let api: TestApi;
let ada: TestPerson;
let now = Date.now();
beforeAll(async () => {
  api = await startTestApi({ clock: () => new Date(now) });
  ada = await api.register('Ada');
});
afterAll(() => api.stop());

const keysOf = (person: TestPerson) => `/api/v1/tenants/${person.tenant.id}/api-keys`;

describe('errors', () => {
  test('have a code, a sentence and the request id, which stands in the header too', async () => {
    const answer = await api.call('GET', '/api/v1/nowhere', { headers: { 'x-request-id': 'my-request-1' } });
    expect(answer.status).toBe(404);
    expect(answer.headers.get('x-request-id')).toBe('my-request-1');
    expect(answer.body).toEqual({
      error: { code: 'not_found', message: expect.any(String), requestId: 'my-request-1', details: {} },
    });
  });

  test('a request id that is not harmless is replaced', async () => {
    const answer = await api.call('GET', '/health', { headers: { 'x-request-id': 'a"\u00e9 <script>' } });
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('when the database is away the answer is 503 with Retry-After and nothing of its words (R20)', async () => {
    const alone = await startTestApi({ testDatabase: api.testDatabase });
    await alone.services.database.close();
    const answer = await alone.call('GET', '/api/v1/me', { as: ada.accessToken });
    const body = { email: 'a@example.com', password: 'x' };
    const login = await alone.call('POST', '/api/v1/auth/login', { body });
    expect(login.status).toBe(503);
    expect(login.headers.get('retry-after')).toBe('1');
    expect(login.body.error.code).toBe('unavailable');
    expect(answer.status).toBe(401); // another process key: no look into the database is needed to refuse
    const ready = await alone.call('GET', '/ready');
    expect(ready.status).toBe(503);
    expect((await alone.call('GET', '/health')).status).toBe(200);
  });

  test('an unknown fault is 500 with an id and without its text', async () => {
    const broken = await startTestApi({
      testDatabase: api.testDatabase,
      with: ({ database }) => ({
        database: { ...database, callDoor: () => Promise.reject(new Error('secret innards')) },
      }),
    });
    const answer = await broken.call('POST', '/api/v1/auth/login', {
      body: { email: 'a@example.com', password: 'x' },
    });
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('innards');
    await broken.stop();
  });
});

describe('bodies', () => {
  const send = (body: string, type = 'application/json') =>
    api.call('POST', keysOf(ada), { as: ada.accessToken, body, headers: { 'content-type': type } });

  test('what is no JSON is 400, what is against a rule 422 with its path', async () => {
    expect((await send('{')).status).toBe(400);
    expect((await send('name=x', 'text/plain')).status).toBe(400);
    const wrong = await send('{"name":5,"role":"king"}');
    expect(wrong.status).toBe(422);
    expect(wrong.body.error.details.problems.map((problem: { path: string }) => problem.path)).toEqual([
      '/name',
      '/role',
    ]);
  });

  test('too deep is 400, too large is 413, and the length header is not believed', async () => {
    expect((await send(`${'['.repeat(500)}${']'.repeat(500)}`)).status).toBe(400);
    expect((await send(`{"name":"${'x'.repeat(2_000_000)}"}`)).status).toBe(413);
    const chunk = new TextEncoder().encode('x'.repeat(100_000));
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 1;
        controller.enqueue(chunk);
      },
    });
    const response = await api.app.request(keysOf(ada), {
      method: 'POST',
      body: endless,
      duplex: 'half',
      headers: { authorization: `Bearer ${ada.accessToken}`, 'content-type': 'application/json' },
    } as RequestInit);
    expect(response.status).toBe(413);
    expect(sent).toBeLessThan(20);
  });

  test('a member called __proto__ is refused with its path, however it is spelled', async () => {
    const answer = await send('{"name":"x","a":{"\\u005f_proto__":1}}');
    expect(answer.status).toBe(422);
    expect(answer.body.error.details.problems[0].path).toBe('/a/__proto__');
  });
});

describe('Idempotency-Key', () => {
  const make = (key: string, body: unknown, as = ada.accessToken) =>
    api.call('POST', keysOf(ada), { as, body, headers: { 'idempotency-key': key } });

  test('the same key and body get the same answer, once done; another body is refused', async () => {
    const first = await make('k1', { name: 'one' });
    const second = await make('k1', { name: 'one' });
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect((await make('k1', { name: 'two' })).body.error.code).toBe('idempotency_mismatch');
    const list = await ada.call('GET', '/api-keys');
    expect(list.body.data.filter((row: { name: string }) => row.name === 'one')).toHaveLength(1);
  });

  test('thirty at once with one key do it once', async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, () => make('k2', { name: 'crowd' })));
    expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true);
    expect(answers.some(({ status }) => status === 201)).toBe(true);
    const list = await ada.call('GET', '/api-keys');
    expect(list.body.data.filter((row: { name: string }) => row.name === 'crowd')).toHaveLength(1);
  });

  test('a failure is not kept: the same key may try again', async () => {
    expect((await make('k3', { name: '' })).status).toBe(422);
    expect((await make('k3', { name: 'mended' })).status).toBe(201);
  });

  test('another person may use the same key', async () => {
    const admin = await api.join(ada, 'admin');
    await make('k4', { name: 'mine' });
    expect((await make('k4', { name: 'theirs' }, admin.accessToken)).status).toBe(201);
  });

  test('the secret of a stored answer is not in the table', async () => {
    const { body } = await make('k5', { name: 'sealed' });
    const stored = await withClient(api.testDatabase.adminUrl, async (client) => {
      const { rows } = await client.query('SELECT response FROM idempotency_records');
      return JSON.stringify(rows);
    });
    expect(stored).not.toContain(body.key);
    expect(Buffer.from(stored, 'base64').toString('latin1')).not.toContain(body.key);
  });

  test('a claim whose process died without a change is taken over after ten minutes, one with a change never', async () => {
    const crash = (status: number | null, key: string) =>
      withClient(api.testDatabase.adminUrl, (client) =>
        client.query(
          `UPDATE idempotency_records SET status = $1, response = NULL WHERE key = $2 AND tenant_id = $3`,
          [status, key, ada.tenant.id],
        ),
      );
    await make('k6', { name: 'before' });
    await crash(null, 'k6');
    expect((await make('k6', { name: 'before' })).status).toBe(409);
    const then = now;
    const later = async () => {
      now += 11 * 60_000;
      const body = { email: ada.user.email, password: ada.password };
      return (await api.call('POST', '/api/v1/auth/login', { body })).body.accessToken as string;
    };
    let as = await later();
    expect((await make('k6', { name: 'before' }, as)).status).toBe(201);
    await make('k7', { name: 'done' }, as);
    await crash(0, 'k7');
    as = await later();
    expect((await make('k7', { name: 'done' }, as)).status).toBe(409);
    now = then;
  });
});

describe('lists', () => {
  test('walk from page to page without a gap or a repeat, and name the next page in a Link', async () => {
    const eve = await api.register('Eve');
    for (let turn = 0; turn < 7; turn += 1) await eve.call('POST', '/api-keys', { name: `k${turn}` });
    const seen: string[] = [];
    let path = '/api-keys?limit=3';
    for (;;) {
      const { body, headers } = await eve.call('GET', path);
      seen.push(...body.data.map((row: { name: string }) => row.name));
      if (!body.hasMore) break;
      const link = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')![1]!;
      expect(new URL(link, 'http://x').searchParams.get('cursor')).toBe(body.nextCursor);
      path = `/api-keys?limit=3&cursor=${encodeURIComponent(body.nextCursor)}`;
    }
    expect(seen).toEqual(['k6', 'k5', 'k4', 'k3', 'k2', 'k1', 'k0']);
  });

  test('a cursor is good for its own list, unchanged', async () => {
    const { body } = await ada.call('GET', '/api-keys?limit=1');
    const cursor = body.nextCursor as string;
    for (const [list, text] of [
      ['/members', cursor],
      ['/api-keys', `${cursor}x`],
      ['/api-keys', cursor.replace(/^./, 'X')],
      ['/api-keys', cursor.split('.')[0]!],
      ['/api-keys', `${Buffer.from('"0"').toString('base64url')}.AAAA`],
    ] as const) {
      const answer = await ada.call('GET', `${list}?cursor=${encodeURIComponent(text)}`);
      expect(answer.status).toBe(422);
      expect(answer.body.error.details.problems[0].code).toBe('bad_cursor');
    }
  });

  test.each(['0', '201', 'x', '1.5', '-1', ''])('the limit %s is refused', async (limit) => {
    expect((await ada.call('GET', `/api-keys?limit=${limit}`)).status).toBe(422);
  });
});

describe('browsers', () => {
  const withCookie = (headers: { [name: string]: string }) =>
    api.call('POST', keysOf(ada), {
      body: { name: 'from a page' },
      headers: { cookie: `weftline_access=${ada.accessToken}`, ...headers },
    });

  test('a mutation by cookie is taken from our own pages alone', async () => {
    expect((await withCookie({ origin: 'http://localhost' })).status).toBe(201);
    expect((await withCookie({ origin: 'http://127.0.0.1:3000', host: '127.0.0.1:3000' })).status).toBe(201);
    expect((await withCookie({ 'sec-fetch-site': 'same-origin' })).status).toBe(201);
    expect((await withCookie({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await withCookie({ origin: 'null' })).status).toBe(403);
    expect((await withCookie({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await withCookie({})).status).toBe(403);
  });

  test('nobody is signed in from a foreign page', async () => {
    const body = { email: ada.user.email, password: ada.password };
    const headers = { origin: 'https://evil.example' };
    expect((await api.call('POST', '/api/v1/auth/login', { body, headers })).status).toBe(403);
  });

  test('CORS is open for the origins of the environment and for no other', async () => {
    const shared = await startTestApi({
      testDatabase: api.testDatabase,
      env: { CORS_ORIGINS: 'https://app.example' },
    });
    const preflight = (origin: string) =>
      shared.call('OPTIONS', '/api/v1/me', { headers: { origin, 'access-control-request-method': 'GET' } });
    const good = await preflight('https://app.example');
    expect(good.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(good.headers.get('access-control-allow-credentials')).toBe('true');
    const bad = await preflight('https://evil.example');
    expect(bad.headers.get('access-control-allow-origin')).toBeNull();
    await shared.stop();
  });

  test('every answer forbids sniffing and framing', async () => {
    for (const address of ['/health', '/api/v1/me', '/docs', '/api/v1/nowhere']) {
      const { headers } = await api.call('GET', address);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('content-security-policy')).not.toContain('unsafe-eval');
    }
  });
});

describe('the web app', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weftline-web-'));
  const inline = 'window.started = true';
  fs.mkdirSync(path.join(folder, '_nuxt'));
  fs.writeFileSync(
    path.join(folder, '200.html'),
    `<html><script>${inline}</script><script src="/_nuxt/a.js"></script>`,
  );
  fs.writeFileSync(path.join(folder, 'index.html'), '<html>home</html>');
  fs.writeFileSync(path.join(folder, '_nuxt/a.js'), 'export {}');
  fs.writeFileSync(path.join(os.tmpdir(), 'weftline-outside.txt'), 'outside');
  let web: TestApi;
  beforeAll(async () => {
    web = await startTestApi({ testDatabase: api.testDatabase, webFolder: folder });
  });
  afterAll(async () => {
    await web.stop();
    fs.rmSync(folder, { recursive: true });
  });

  test('its page answers every address a person may open, with a policy that knows its inline scripts', async () => {
    expect((await web.call('GET', '/apps/acme/1.0.0')).status).toBe(200);
    const answer = await web.call('GET', '/workflows/123');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('text/html');
    const policy = answer.headers.get('content-security-policy')!;
    expect(policy).toMatch(/script-src 'self' 'sha256-[A-Za-z0-9+/=]{44}'/);
    expect(policy).not.toMatch(/unsafe-eval|script-src[^;]*unsafe-inline/);
  });

  test('its files are kept for good when their name holds a hash, and nothing outside the folder is served', async () => {
    const file = await web.call('GET', '/_nuxt/a.js');
    expect(file.headers.get('content-type')).toContain('javascript');
    expect(file.headers.get('cache-control')).toContain('immutable');
    const etag = file.headers.get('etag')!;
    expect((await web.call('GET', '/_nuxt/a.js', { headers: { 'if-none-match': etag } })).status).toBe(304);
    for (const address of [
      '/../weftline-outside.txt',
      '/%2e%2e/weftline-outside.txt',
      '/..%2fweftline-outside.txt',
    ])
      expect((await web.call('GET', address)).text).not.toContain('outside');
  });

  test('a wrong address of the API is a 404 in JSON and not the page', async () => {
    for (const address of ['/api/v1/nowhere', '/api', '/_nuxt/missing.js', '/missing.png']) {
      const answer = await web.call('GET', address);
      expect(answer.status).toBe(404);
      expect(answer.body.error.code).toBe('not_found');
    }
    expect((await web.call('POST', '/workflows')).status).toBe(404);
  });
});
