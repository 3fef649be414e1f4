import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestApi, startTestApi, type TestPerson } from '../testing/start-test-api.ts';

let api: TestApi;
let ada: TestPerson;
beforeAll(async () => {
  api = await startTestApi();
  ada = await api.register();
});
afterAll(() => api.stop());

const now = '2026-11-18T09:30:00Z';
const read = (text: string, timezone = 'Europe/Berlin') =>
  ada.call('POST', '/expressions/schedule', { text, timezone, now });

test('a sentence is answered with cron, what was understood and the next ten', async () => {
  const { status, body } = await read('every weekday at 9');
  expect(status).toBe(200);
  expect(body).toMatchObject({ ok: true, cron: '0 9 * * 1-5' });
  expect(body.says).toContain('Monday to Friday');
  expect(body.next).toHaveLength(10);
  expect(body.next[0]).toBe('2026-11-19T08:00:00.000Z');
});

test('one time is answered with its instant', async () => {
  const { body } = await read('tomorrow at 9am');
  const at = '2026-11-19T08:00:00.000Z';
  expect(body).toMatchObject({ ok: true, at, next: [at] });
});

test('a text that may mean two things is not guessed', async () => {
  const { status, body } = await read('friday at 9');
  expect(status).toBe(200);
  expect(body).toMatchObject({ ok: false });
  expect(body.error.readings).toEqual(['every Friday at 09:00', 'on 20 November 2026 at 09:00']);
});

test('a time zone that there is not, and a text that is too long, are refused', async () => {
  expect(await read('every day at 9', 'Mars/Base')).toMatchObject({ status: 422 });
  expect(await read('x'.repeat(201))).toMatchObject({ status: 422 });
});

test('nobody asks in the name of another workspace', async () => {
  const grace = await api.register();
  const path = `/api/v1/tenants/${ada.tenant.id}/expressions/schedule`;
  const answer = await api.call('POST', path, {
    as: grace.accessToken,
    body: { text: 'every hour', timezone: 'UTC' },
  });
  expect(answer.status).toBe(404);
});
