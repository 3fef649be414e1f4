import { afterAll, beforeAll, expect, test } from 'vitest';
import { collectRoutes } from '../nouns.ts';
import { type TestApi, startTestApi } from '../testing/start-test-api.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- a JSON document
type Loose = any;
let api: TestApi;
let document: Loose;
beforeAll(async () => {
  api = await startTestApi();
  document = (await api.call('GET', '/openapi.json')).body;
});
afterAll(() => api.stop());

const operations = (): { path: string; method: string; operation: Loose }[] =>
  Object.entries(document.paths as Loose).flatMap(([path, methods]) =>
    Object.entries(methods as Loose).map(([method, operation]) => ({
      path,
      method,
      operation: operation as Loose,
    })),
  );

test('every documented route is in /openapi.json and nothing else is', () => {
  const routes = collectRoutes(api.services).filter((route) => route.documented !== false);
  expect(document.openapi).toBe('3.1.0');
  expect(
    operations()
      .map(({ operation }) => operation.operationId)
      .sort(),
  ).toEqual(routes.map((route) => route.operationId).sort());
});

test('every operation has a summary, its path parameters, a good answer and the errors it may give', () => {
  for (const { path, operation } of operations()) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    const inPath = operation.parameters
      .filter((one: Loose) => one.in === 'path')
      .map((one: Loose) => one.name);
    expect(inPath, path).toEqual(named);
    expect(operation.summary.length, path).toBeGreaterThan(3);
    const statuses = Object.keys(operation.responses);
    expect(
      statuses.some((status) => status.startsWith('2')),
      path,
    ).toBe(true);
    if (path.includes('{tenantId}'))
      expect(statuses, path).toEqual(expect.arrayContaining(['401', '403', '404']));
  }
});

test('every reference leads somewhere', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#([^"]+)"/g)].map((match) => match[1]!);
  for (const reference of new Set(references)) {
    const found = reference
      .split('/')
      .slice(1)
      .reduce<Loose>((node, name) => node?.[name], document);
    expect(found, reference).toBeDefined();
  }
});

test('the page lists every route and loads nothing from elsewhere', async () => {
  const { text, headers } = await api.call('GET', '/docs');
  for (const { operation } of operations()) expect(text).toContain(`id="${operation.operationId}"`);
  expect(text).not.toMatch(/<script|https?:\/\/(?!localhost|json-schema|api\.|weft|127)[^"< ]*\.(js|css)/);
  expect(headers.get('content-security-policy')).toContain("default-src 'none'");
});

test('the description tells nothing of the machine', () => {
  expect(JSON.stringify(document)).not.toMatch(/node_modules|\/work\/|\/home\//);
});
