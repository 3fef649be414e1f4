import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { importOpenApi, parseOpenApi } from '../../connectors/src/import-openapi/index.ts';
import { inputSchemaOf } from '../../connectors/src/schemas/compose-schema.ts';
import { fakeValue } from '../../connectors/src/testing/fake-value.ts';
import type { Connector } from '../../connectors/src/types.ts';
import { validateValue } from '../../connectors/src/validate-value.ts';
import { callAction } from '../../runner/src/executor/call-action.ts';
import type { OpenConnection } from '../../runner/src/executor/types.ts';
import { createEgress } from '../../runner/src/platform/egress/create-egress.ts';
import { skipLoudly } from '../../runner/testing/skip-loudly.ts';
import { startPrism } from '../../runner/testing/start-prism.ts';
import { listDocuments, readDocument } from './check-documents.ts';
import { generateValue } from './generate-value.ts';
import { documentsFolder } from './libraries.ts';

const vendors = ['notion', 'ynab', 'trello', 'asana', 'google-sheets'];
/** So many actions of each, spread over the document; all of them would take minutes. */
const mostActions = 40;
const folder = mkdtempSync(join(tmpdir(), 'weftline-prism-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const makeText = (pattern: string, seed: number): string =>
  String(fakeValue({ type: 'string', pattern }, { seed }) ?? '');

function inputsOf(connector: Connector, at: number): unknown[] {
  const schema = inputSchemaOf(connector, connector.actions[at]!);
  return (['smallest', 'fullest', 'random'] as const).flatMap((style, seed) => {
    for (let round = 0; round < 8; round += 1) {
      const value = generateValue(schema, round < 4 ? style : 'smallest', seed + round * 10, makeText);
      if (validateValue(schema, value as never).length === 0) return [value];
    }
    return [];
  });
}

/** Further credentials that the way to sign in asks for. */
const extraOf = ({ auth }: Connector): { [name: string]: string } =>
  Object.fromEntries(
    Object.keys((auth[0]?.credentialsSchema?.['properties'] ?? {}) as object).map((name) => [name, 'x']),
  );

const connectionOf = (connector: Connector): OpenConnection => ({
  id: 'connection',
  name: 'Test',
  authKey: connector.auth[0]!.key,
  config: {},
  credentials: {
    apiKey: 'key',
    username: 'ada',
    password: 'pw',
    clientId: 'id',
    clientSecret: 'cs',
    accessToken: 'token',
    expiresAt: '2999-01-01T00:00:00Z',
    apiToken: 'token',
    ...extraOf(connector),
  },
  saveCredentials: async () => {},
});

/** Prism also finds fault with the answers that it makes up from the document's own examples. */
function ofRequest(header: string | undefined): string | undefined {
  const all = JSON.parse(header ?? '[]') as { location: string[] }[];
  const own = all.filter(({ location }) => location[0] === 'request');
  return own.length === 0 ? undefined : JSON.stringify(own);
}

test.each(vendors)(
  'a Prism mock of %s has nothing against the requests of its imported connector',
  async (vendor) => {
    const name = listDocuments().find((file) => file.startsWith(`${vendor}.`));
    if (name === undefined)
      return void console.log(`SKIPPED (there is no document of ${vendor} in ${documentsFolder})`);
    const text = readDocument(join(documentsFolder, name));
    const file = join(folder, `${vendor}.json`);
    writeFileSync(file, JSON.stringify(parseOpenApi(text)));
    const started = await startPrism(file);
    if (started.server === null) return void console.log(`SKIPPED (${started.reason})`);
    const { server } = started;
    const egress = createEgress({ allow: [server.host] });
    try {
      const connector: Connector = { ...importOpenApi(parseOpenApi(text)).definition, baseUrl: server.url };
      const step = Math.max(1, Math.floor(connector.actions.length / mostActions));
      const faults: string[] = [];
      let calls = 0;
      for (let at = 0; at < connector.actions.length; at += step) {
        const action = connector.actions[at]!;
        for (const input of inputsOf(connector, at)) {
          const isOpen = connector.auth[0]!.type === 'NONE';
          const result = await callAction(
            {
              tenantId: 'tenant',
              connector,
              action: action.key,
              input: input as never,
              openConnection: isOpen ? null : async () => connectionOf(connector),
              run: { id: 'run', stepId: 'step', attempt: 1, idempotencyKey: 'key-0123456789' },
            },
            { egress, now: Date.now },
          );
          calls += 1;
          const violations = ofRequest(result.response?.headers['sl-violations']);
          const status = result.response?.status ?? 0;
          if (violations !== undefined || status === 0 || status === 401 || status === 404 || status === 422)
            faults.push(
              `${action.method} ${action.endpointTemplate} ${status}: ${violations ?? JSON.stringify(result.ok ? '' : result.error.message)}`.slice(
                0,
                400,
              ),
            );
        }
      }
      console.log(`${vendor}: ${calls} calls, ${faults.length} violations`);
      expect(faults).toEqual([]);
      expect(calls).toBeGreaterThan(10);
    } finally {
      await egress.close();
      await server.stop();
    }
  },
  120_000,
);

test('the documents and Prism are there, or it is said loudly', ({ skip }) => {
  if (listDocuments().length === 0) skipLoudly(skip, `there are no documents in ${documentsFolder}`);
});
