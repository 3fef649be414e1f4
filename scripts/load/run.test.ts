import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { planUsers, readDuration } from './plan-users.ts';

type Seen = { method: string; url: string; body: string; type: string; user: string };

const folder = mkdtempSync(join(tmpdir(), 'weftline-load-'));
const seen: Seen[] = [];
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += chunk));
  request.on('end', () => {
    const { 'content-type': type = '', 'x-user': user = '' } = request.headers;
    seen.push({ method: request.method!, url: request.url!, body, type, user: String(user) });
    response.writeHead(request.url === '/broken' ? 500 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ tenant: { id: 'one' } }));
  });
});
let base = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => seen.splice(0));
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

async function play(script: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
  const file = join(folder, 'script.mjs');
  writeFileSync(file, `import http from 'k6/http'; import { check, sleep } from 'k6';\n${script}`);
  const command = [join(import.meta.dirname, 'run.ts'), '-e', `BASE=${base}`, ...args, file];
  const child = spawn(process.execPath, command);
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output };
}

test('iterations are shared by the users and counted exactly; thresholds that hold end with 0', async () => {
  const { code, output } = await play(`
    export const options = { vus: 3, iterations: 20, thresholds: { checks: ['rate==1'], iterations: ['count==20'] } };
    export default function () {
      const r = http.post(__ENV.BASE + '/a', { name: 'b c' }, { headers: { 'x-user': String(__VU) } });
      check(r, { ok: (x) => x.status === 200 && x.json('tenant.id') === 'one' && x.headers['Content-Type'] !== '' });
    }`);
  expect(output).toContain('holds  iterations: count==20');
  expect(code).toBe(0);
  expect(seen).toHaveLength(20);
  expect(seen[0]).toMatchObject({
    method: 'POST',
    body: 'name=b+c',
    type: 'application/x-www-form-urlencoded',
  });
});

test('a threshold that does not hold ends with 99 and is named', async () => {
  const { code, output } = await play(`
    export const options = { iterations: 4, thresholds: { 'http_req_failed{name:broken}': ['rate<0.5'] } };
    export default function () { http.get(__ENV.BASE + '/broken', { tags: { name: 'broken' } }); }`);
  expect(output).toContain('BROKEN http_req_failed{name:broken}: rate<0.5 (1)');
  expect(code).toBe(99);
});

test('a threshold over something never measured does not hold', async () => {
  const { code, output } = await play(`
    export const options = { iterations: 1, thresholds: { mistyped: ['count>0'] } };
    export default function () {}`);
  expect(output).toContain('nothing measured');
  expect(code).toBe(99);
});

test('setup runs once, its answer reaches every user, and teardown comes last', async () => {
  const { code } = await play(`
    export const options = { vus: 2, iterations: 6 };
    export function setup() { return http.get(__ENV.BASE + '/setup').json(); }
    export default function (data) { http.get(__ENV.BASE + '/use/' + data.tenant.id); }
    export function teardown(data) { http.del(__ENV.BASE + '/gone/' + data.tenant.id); }`);
  expect(code).toBe(0);
  const urls = seen.map((one) => `${one.method} ${one.url}`);
  expect(urls).toEqual(['GET /setup', ...Array<string>(6).fill('GET /use/one'), 'DELETE /gone/one']);
});

test('stages let in every user they ask for', async () => {
  const { code, output } = await play(`
    export const options = { vus: 1, stages: [{ duration: '500ms', target: 4 }, { duration: '300ms', target: 4 }] };
    export default function () {
      http.get(__ENV.BASE + '/', { headers: { 'x-user': String(__VU) } }); sleep(0.02);
    }`);
  expect(code, output).toBe(0);
  // Which of them comes first when the machine is busy is nobody's promise.
  expect([...new Set(seen.map((one) => one.user))].toSorted()).toEqual(['1', '2', '3', '4']);
});

test('a script that throws is reported, counted, and does not end the test', async () => {
  const { code, output } = await play(
    `export const options = { thresholds: { script_errors: ['count==0'] } };
     export default function () { throw new Error('no such thing'); }`,
    '--iterations',
    '3',
  );
  expect(output).toContain('no such thing');
  expect(output).toMatch(/script_errors +count=3/);
  expect(code).toBe(99);
});

test('options that this runner does not know are refused, not ignored', () => {
  expect(() => planUsers({ scenarios: {} })).toThrow('does not know the options scenarios');
});

test('users between two stages follow the straight line, and a stage of no length is a jump', () => {
  const plan = planUsers({
    vus: 0,
    stages: [
      { duration: '10s', target: 10 },
      { duration: '0s', target: 4 },
      { duration: '1m', target: 4 },
    ],
  });
  expect([0, 5000, 9990, 10_000, 70_000].map((at) => plan.usersAt(at))).toEqual([0, 5, 10, 4, 4]);
  expect([plan.mostUsers, plan.durationMs]).toEqual([10, 70_000]);
  expect(readDuration('1m30s')).toBe(90_000);
  expect(() => readDuration('soon')).toThrow('is not a duration');
});
