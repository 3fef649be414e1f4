import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestApi, startTestApi } from '../testing/start-test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.stop());

test('health answers without touching anything', async () => {
  const answer = await api.call('GET', '/health');
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ status: 'ok' });
});

test('ready names every check', async () => {
  const answer = await api.call('GET', '/ready');
  expect(answer.body).toEqual({
    ready: true,
    checks: { database: 'ok', migrations: 'ok', partitions: 'ok', keys: 'ok' },
  });
  expect(answer.status).toBe(200);
});

test('a draining process is not ready at once, although the checks are fine', async () => {
  api.services.draining = true;
  const answer = await api.call('GET', '/ready');
  api.services.draining = false;
  expect(answer.status).toBe(503);
  expect(answer.body.checks).toMatchObject({ database: 'ok', draining: 'shutting down' });
});

test('metrics count requests by route and never by address', async () => {
  await api.call('GET', '/health');
  const { text } = await api.call('GET', '/metrics');
  expect(text).toContain('route="/health",status="200"');
});

test('Redis is a check of its own when there is one, and signing in does not depend on it', async () => {
  const withRedis = await startTestApi({
    testDatabase: api.testDatabase,
    redis: { ping: async () => 'PONG' },
  });
  const ada = await withRedis.register('Ada');
  const body = { email: ada.user.email, password: ada.password };
  expect((await withRedis.call('POST', '/api/v1/auth/login', { body })).status).toBe(200);
  expect((await withRedis.call('GET', '/ready')).body.checks.redis).toBe('ok');
  await withRedis.stop();
  const without = await startTestApi({
    testDatabase: api.testDatabase,
    redis: { ping: () => Promise.reject(new Error('redis://user:secret@host')) },
  });
  const answer = await without.call('GET', '/ready');
  expect(answer.status).toBe(503);
  expect(answer.body.checks.redis).toBe('failed');
  await without.stop();
});
