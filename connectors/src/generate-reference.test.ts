import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { fillEndpoint } from './expression/fill-template.ts';
import { evaluateValue } from './expression/evaluate-value.ts';
import { parseTemplate } from './expression/parse-template.ts';
import { findAction } from './find-action.ts';
import { generateReference, referenceFile } from './generate-reference.ts';
import { hashDocument } from './hash-document.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { composeApp } from './load-apps.ts';
import { readExample } from './read-example.ts';
import type { Connector } from './types.ts';
import { validateConnector } from './validate-connector.ts';

const folder = mkdtempSync(join(tmpdir(), 'weftline-example-'));
afterAll(() => rmSync(folder, { recursive: true }));

const example = readExample() as Connector;

test('docs/connectors.md is what the format generates (else run: node connectors/src/generate-reference.ts)', () => {
  expect(readFileSync(referenceFile, 'utf8') === generateReference()).toBe(true);
});

test('the example of the reference can be published', () => {
  expect(validateConnector(example, 'publish')).toEqual([]);
});

test('the example, taken apart into the folder form, composes to the same document', () => {
  const app = join(folder, example.app.key);
  mkdirSync(join(app, 'actions'), { recursive: true });
  const {
    actions,
    app: { key: _, ...names },
    ...rest
  } = example;
  writeFileSync(join(app, 'app.json'), JSON.stringify({ ...rest, app: names }));
  for (const { key, ...action } of actions)
    writeFileSync(join(app, 'actions', `${key}.json`), JSON.stringify(action));
  const composed = composeApp(app);
  const sorted = { ...example, actions: [...actions].sort((a, b) => (a.key < b.key ? -1 : 1)), triggers: [] };
  expect(hashDocument(composed)).toBe(hashDocument(sorted));
});

test('the templates of the example build the request and the output that its own example expects', () => {
  const action = findAction(example, 'create-contact')!;
  const { input, config, expect: expected } = action.examples![0]!;
  const request = expected!.request as { url: string; body: Json };
  const response = expected!.response as JsonObject;
  const scope = { input, connection: config as JsonObject };
  const url = [example.baseUrl!, action.endpointTemplate]
    .map((part) => fillEndpoint(parseTemplate(part), scope, { missing: 'fail' }))
    .join('');
  expect(url).toBe(request.url);
  expect(evaluateValue(action.bodyTemplate!, scope, { missing: 'drop' })).toEqual(request.body);
  expect(isJsonObject(response)).toBe(true);
  expect(evaluateValue(action.response!.map!, { ...scope, ...response }, { missing: 'drop' })).toEqual(
    expected!.output,
  );
});
