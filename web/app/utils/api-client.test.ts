import { describe, expect, it } from 'vitest';
import { type ApiError, createApiClient } from './api-client.ts';

type Seen = { method: string; url: string; headers: Record<string, string>; body?: string };

/** A fake server: answers by `method path`, in order; the last answer is repeated. */
function fakeServer(
  answers: Record<string, [status: number, body?: unknown, headers?: Record<string, string>][]>,
) {
  const seen: Seen[] = [];
  const fetch_ = (async (url: string, init: RequestInit) => {
    seen.push({
      method: init.method!,
      url,
      headers: init.headers as Record<string, string>,
      body: init.body as string,
    });
    const list = answers[`${init.method} ${url}`] ?? [[404, { error: { code: 'not_found', message: 'No' } }]];
    const [status, body, headers] = list.length > 1 ? list.shift()! : list[0]!;
    return new Response(body === undefined ? null : JSON.stringify(body), { status, headers });
  }) as unknown as typeof fetch;
  return { seen, fetch: fetch_ };
}

describe('the API client', () => {
  it('sends JSON and gives back the parsed body with its ETag', async () => {
    const server = fakeServer({ 'PATCH /api/v1/x': [[200, { a: 1 }, { etag: '"7"' }]] });
    const answer = await createApiClient(server).call('PATCH', '/x', { body: { b: 2 }, ifMatch: '"6"' });
    expect(answer).toEqual({ data: { a: 1 }, etag: '"7"' });
    expect(server.seen[0]).toMatchObject({
      body: '{"b":2}',
      headers: { 'if-match': '"6"', 'content-type': 'application/json' },
    });
  });

  it('renews the session once after a 401 and repeats the call', async () => {
    const server = fakeServer({
      'GET /api/v1/me': [[401], [200, { user: {} }]],
      'POST /api/v1/auth/refresh': [[200, {}]],
    });
    expect(await createApiClient(server).get('/me')).toEqual({ user: {} });
    expect(server.seen.map((s) => s.url)).toEqual(['/api/v1/me', '/api/v1/auth/refresh', '/api/v1/me']);
  });

  it('renews only once when several calls meet the 401 together', async () => {
    const server = fakeServer({
      'GET /api/v1/a': [[401], [200, 1]],
      'GET /api/v1/b': [[401], [200, 2]],
      'POST /api/v1/auth/refresh': [[200, {}]],
    });
    const client = createApiClient(server);
    expect(await Promise.all([client.get('/a'), client.get('/b')])).toEqual([1, 2]);
    expect(server.seen.filter((s) => s.url.endsWith('refresh'))).toHaveLength(1);
  });

  it('says that the person is signed out when the session cannot be renewed', async () => {
    let signedOut = 0;
    const server = fakeServer({ 'GET /api/v1/me': [[401]], 'POST /api/v1/auth/refresh': [[401]] });
    await expect(
      createApiClient({ ...server, onSignedOut: () => signedOut++ }).get('/me'),
    ).rejects.toMatchObject({ status: 401 });
    expect(signedOut).toBe(1);
  });

  it('does not try to renew when the password was wrong', async () => {
    const server = fakeServer({
      'POST /api/v1/auth/login': [[401, { error: { code: 'not_signed_in', message: 'Wrong' } }]],
    });
    await expect(createApiClient(server).post('/auth/login', {})).rejects.toMatchObject({
      code: 'not_signed_in',
      message: 'Wrong',
    });
    expect(server.seen).toHaveLength(1);
  });

  it('turns a refusal into an ApiError with code, problems, request id and seconds to wait', async () => {
    const body = {
      error: { code: 'quota_runs_per_hour', message: 'Full', requestId: 'r1', details: { limit: 100 } },
    };
    const server = fakeServer({ 'POST /api/v1/x': [[429, body, { 'retry-after': '30' }]] });
    const error = await createApiClient(server)
      .post('/x')
      .catch((e: ApiError) => e);
    expect(error).toMatchObject({
      code: 'quota_runs_per_hour',
      requestId: 'r1',
      retryAfterSeconds: 30,
      details: { limit: 100 },
    });
  });

  it('leaves empty query values out', async () => {
    const server = fakeServer({ 'GET /api/v1/runs?status=failed': [[200, []]] });
    expect(
      await createApiClient(server).get('/runs', { status: 'failed', workflowId: '', cursor: undefined }),
    ).toEqual([]);
  });

  it('calls a silent server "network"', async () => {
    const client = createApiClient({
      fetch: (() => Promise.reject(new TypeError('x'))) as unknown as typeof fetch,
    });
    await expect(client.get('/me')).rejects.toMatchObject({ code: 'network', status: 0 });
  });
});

it('puts a file in as it is, under its name', async () => {
  const kept = { fileId: 'f', name: 'Ä.txt', contentType: 'text/plain', size: 2 };
  const server = fakeServer({ 'POST /api/v1/files': [[201, kept]] });
  const file = new File(['hi'], 'Ä.txt', { type: 'text/plain' });
  expect(await createApiClient(server).upload('/files', file)).toEqual(kept);
  expect(server.seen[0]).toMatchObject({
    headers: { 'content-type': 'text/plain', 'x-file-name': '%C3%84.txt' },
    body: file,
  });
});
