// One document: imported, validated, and every action's requests judged by the service's own document.
import { importOpenApi, parseOpenApi } from '../../connectors/src/import-openapi/index.ts';
import { inputSchemaOf } from '../../connectors/src/schemas/compose-schema.ts';
import { countReachable } from '../../connectors/src/schemas/reachable-definitions.ts';
import { fakeValue } from '../../connectors/src/testing/fake-value.ts';
import type { Action, Connector } from '../../connectors/src/types.ts';
import { validateConnector } from '../../connectors/src/validate-connector.ts';
import { validateValue } from '../../connectors/src/validate-value.ts';
import { buildRequest } from '../../runner/src/executor/build-request.ts';
import { checkRequest, type Judge } from './check-request.ts';
import { generateValue, type MakeText, type Style } from './generate-value.ts';
import { VendorDocument } from './vendor-document.ts';
import { makeVendorValidator } from './vendor-schemas.ts';

export type DocumentReport = {
  operations: number;
  actions: number;
  /** Actions of the connector when it is valid for publishing, else 0. */
  valid: number;
  left: { operation: string; reason: string }[];
  requests: number;
  /** Inputs that could not be made, or that the executor refused before sending. */
  unmade: string[];
  violations: string[];
  unjudged: number;
  importMs: number;
};

const styles: { style: Style; seed: number }[] = [
  { style: 'smallest', seed: 1 },
  { style: 'fullest', seed: 2 },
  { style: 'random', seed: 3 },
  { style: 'random', seed: 4 },
  { style: 'random', seed: 5 },
];

/** @param text of the document, JSON or YAML */
export async function checkDocument(text: string, url: string | null = null): Promise<DocumentReport> {
  const startedAt = performance.now();
  const { definition, operations, actions, left, origins } = importOpenApi(parseOpenApi(text), { url });
  const importMs = Math.round(performance.now() - startedAt);
  const problems = validateConnector(definition, 'publish').filter(({ path }) => path !== '/actions');
  const vendor = new VendorDocument(parseOpenApi(text) as { [name: string]: unknown });
  const judge: Judge = { vendor, validate: await makeVendorValidator(vendor.document), unjudged: new Map() };
  const byLabel = new Map(vendor.operations().map((operation) => [operation.label, operation]));
  const report: DocumentReport = {
    operations,
    actions,
    valid: problems.length === 0 ? actions : 0,
    left,
    requests: 0,
    unmade: problems.map(({ path, message }) => `${path}: ${message}`),
    violations: [],
    unjudged: 0,
    importMs,
  };
  const make = makeInputs();
  for (const action of definition.actions) {
    const operation = byLabel.get(origins[action.key] ?? '');
    if (!operation) {
      report.violations.push(`${action.key}: no operation of the document`);
      continue;
    }
    for (const input of make(definition, action, report.unmade)) {
      try {
        const built = buildRequest({
          connector: definition,
          request: action,
          input: input as never,
          config: configOf(definition),
          run: { id: 'run', stepId: 'step', attempt: 1, idempotencyKey: 'key-0123456789' },
          now: 0,
        });
        report.requests += 1;
        for (const fault of checkRequest(judge, operation, built))
          report.violations.push(`${operation.label}: ${fault}`);
      } catch (error) {
        report.unmade.push(`${operation.label}: ${(error as Error).message.slice(0, 150)}`);
      }
    }
  }
  report.unjudged = [...judge.unjudged.values()].reduce((sum, count) => sum + count, 0);
  return report;
}

/** Settings that a connection must have, filled in. */
function configOf({ connectionSchema }: Connector): { [name: string]: string } {
  const required = (connectionSchema?.['required'] ?? []) as string[];
  return Object.fromEntries(
    required.map((name) => [name, name === 'baseUrl' ? 'https://api.example.com/base' : 'x']),
  );
}

/** Inputs that our own schemas take: from our generator, and from json-schema-faker where schemas are not too large. */
function makeInputs(): (connector: Connector, action: Action, unmade: string[]) => unknown[] {
  const makeText: MakeText = (pattern, seed) => {
    for (let at = 0; at < 10; at += 1) {
      const text = fakeValue({ type: 'string', pattern }, { seed: seed + at });
      if (typeof text === 'string' && text.length < 1000) return text;
    }
    return '';
  };
  return (connector, action, unmade) => {
    const schema = inputSchemaOf(connector, action);
    const takes = (value: unknown) => validateValue(schema, value as never).length === 0;
    const found = new Map<string, unknown>();
    for (const { style, seed } of styles) {
      for (let round = 0; round < 12; round += 1) {
        const value = generateValue(
          schema,
          round < 3 ? style : round < 8 ? 'random' : 'smallest',
          seed + round * 100,
          makeText,
        );
        if (!takes(value)) continue;
        found.set(JSON.stringify(value), value);
        break;
      }
    }
    if (countReachable(schema) < 300)
      for (const seed of [11, 12]) {
        const value = fakeValue(schema, { seed, optionalsProbability: 0.5, refDepthMax: 2 });
        if (value !== undefined && takes(value)) found.set(JSON.stringify(value), value);
      }
    if (found.size === 0) unmade.push(`${action.key}: no input could be made`);
    return [...found.values()];
  };
}
