// A document that nobody prepared, imported by one command, published and called on the server that speaks it, in one process
// that is not started again: Weftline's own API.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findFreePort } from '../testing/find-free-port.ts';
import { signUp, type Workspace } from '../testing/sign-up.ts';
import { type Product, startProduct } from '../testing/start-product.ts';

const weftline = join(import.meta.dirname, '../../connectors/bin/weftline.mjs');
const home = mkdtempSync(join(tmpdir(), 'weftline-import-'));
let product: Product;
let workspace: Workspace;
let apiKey = '';

beforeAll(async () => {
  const port = String(await findFreePort());
  product = await startProduct({ env: { PORT: port, EGRESS_ALLOW: `127.0.0.1:${port}` } });
  workspace = await signUp(product.url);
  const made = await workspace.call('POST', '/api-keys', { name: 'import', role: 'admin' });
  apiKey = made.key;
});
afterAll(async () => {
  await product?.stop();
  rmSync(home, { recursive: true, force: true });
});

const run = (...args: string[]) =>
  spawnSync(process.execPath, [weftline, ...args], {
    encoding: 'utf8',
    env: { ...process.env, WEFTLINE_URL: product.url, WEFTLINE_TOKEN: apiKey },
  });

test('an OpenAPI document becomes a published connector whose actions run', async () => {
  const source = join(home, 'openapi.json');
  const target = join(home, 'own.json');
  writeFileSync(source, await (await fetch(`${product.url}/openapi.json`)).text());
  const imported = run('import', source, '--out', target, '--json');
  expect(imported.status, imported.stderr).toBe(0);
  const answer = JSON.parse(imported.stdout) as { operations: number; actions: number; left: unknown[] };
  expect(answer.operations).toBeGreaterThan(50);
  expect(answer.left).toEqual([]);
  expect(answer.actions).toBe(answer.operations);

  const published = run('publish', target, '--json');
  expect(published.status, published.stdout + published.stderr).toBe(0);
  const { app, version } = JSON.parse(published.stdout) as { app: string; version: string };
  const document = JSON.parse(readFileSync(target, 'utf8')) as {
    auth: { key: string; type: string }[];
    actions: { key: string; endpointTemplate: string; method: string }[];
    connectionSchema?: { required?: string[] };
  };
  const auth = document.auth.find(({ type }) => type !== 'NONE')!;
  const config = Object.fromEntries(
    (document.connectionSchema?.required ?? []).map((name) => [name, product.url]),
  );
  const connection = await workspace.call('POST', '/connections', {
    app,
    auth: auth.key,
    name: 'Own',
    credentials: { apiKey },
    config,
  });
  const find = (method: string, path: RegExp) =>
    document.actions.find((action) => action.method === method && path.test(action.endpointTemplate))!.key;
  const call = (action: string, input: object) =>
    workspace.call('POST', `/apps/${app}/actions/${action}/test`, {
      version,
      connectionId: connection.id,
      input,
    });
  const me = await call(find('GET', /\/me$/), {});
  expect(me).toMatchObject({ ok: true, output: { tenant: { id: workspace.tenantId } } });
  const made = await call(find('POST', /\/workflows$/), {
    path: { tenantId: workspace.tenantId },
    body: { name: 'Made by an imported action' },
  });
  expect(made).toMatchObject({ ok: true, response: { status: 201 } });
  const { data } = await workspace.call('GET', '/workflows');
  expect(data.map((row: { name: string }) => row.name)).toEqual(['Made by an imported action']);
}, 180_000);
