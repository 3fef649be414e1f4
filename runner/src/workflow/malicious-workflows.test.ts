// Cases of the corpus of hostile connectors that are about workflows: refused when they are saved, and why.
import { readFileSync } from 'node:fs';
import { readCorpus } from '@weftline/connectors/testing/malicious-connectors';
import type { Connector } from '@weftline/connectors/types';
import { afterAll, expect, test } from 'vitest';
import { checkDefinition } from './check-definition.ts';

const app = (key: string): Connector =>
  ({
    manifestVersion: 1,
    app: { key, name: key },
    version: '1.0.0',
    auth: [{ key: 'main', type: 'API_KEY' }],
    actions: [{ key: 'send', method: 'POST', endpointTemplate: '/x' }],
  }) as unknown as Connector;
const apps = new Map([
  ['crm', app('crm')],
  ['evil', app('evil')],
]);
const findApp = (key: string, version: string) => (version === '1.0.0' ? (apps.get(key) ?? null) : null);
const account = '0190b2a0-0000-7000-8000-000000000001';
const workflow = (steps: unknown[], more: object = {}) => ({
  format: 'workflow/1',
  name: 'W',
  trigger: { kind: 'manual' },
  steps,
  ...more,
});
const note = (id: string, more: object = {}) => ({ id, kind: 'transform', output: 1, ...more });
const many = (count: number, more: object = {}) =>
  Array.from({ length: count }, (_, at) => note(`s${at}`, more));

/** What is saved, and the place that is named. */
const cases: { [id: string]: { definition: unknown; path: string } } = {
  'mal-226': { definition: workflow(many(10_000)), path: '/steps' },
  'mal-227': { definition: workflow([note('first'), ...many(10_000, { after: ['first'] })]), path: '/steps' },
  'mal-230': {
    definition: workflow([{ id: 'sub', kind: 'workflow', workflowId: account }]),
    path: '/steps/0/workflowId',
  },
  'mal-232': {
    definition: workflow([{ id: 'a', kind: 'action', use: 'evil@1.0.0#send', connection: 'crm' }], {
      connections: { crm: { app: 'crm', connectionId: account } },
    }),
    path: '/steps/0/connection',
  },
  'mal-233': {
    definition: workflow([
      note('early', { output: '{{steps.late.output}}' }),
      note('late', { after: ['early'] }),
    ]),
    path: '/steps/0/output',
  },
  'mal-235': {
    definition: workflow([{ id: 'ask', kind: 'approval', title: 'T', approvers: [] }]),
    path: '/steps/0/approvers',
  },
  'mal-236': { definition: workflow([note('same'), note('same')]), path: '/steps/1/id' },
  'mal-239': {
    definition: workflow([{ id: 'a', kind: 'action', use: 'crm@1.0.0#removed', connection: 'crm' }], {
      connections: { crm: { app: 'crm', connectionId: account } },
    }),
    path: '/steps/0/use',
  },
};
/** Decided where runs are, by a test that begins with the id. */
const elsewhere = {
  'mal-229': 'api/src/hooks/call-cycle.test.ts',
  'mal-238': 'api/src/malicious-connectors.test.ts',
};

test.each(Object.entries(cases))('%s is refused by its place', (_id, { definition, path }) => {
  const problems = checkDefinition(definition, { findApp });
  expect(problems.map((problem) => problem.path)).toContain(path);
  expect(problems.length).toBeLessThanOrEqual(200);
});

test.each(Object.entries(elsewhere))('%s is decided in %s', (id, file) => {
  expect(readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')).toContain(`test('${id}: `);
});

afterAll(() => {
  const wanted = readCorpus()
    .filter((entry) => entry.class === 'workflow')
    .map(({ id }) => id);
  console.log(
    `hostile workflows: ${Object.keys(cases).length} of ${wanted.length} cases decided here, ${Object.keys(elsewhere).join(' ')} in runs`,
  );
  expect([...Object.keys(cases), ...Object.keys(elsewhere)].toSorted()).toEqual(wanted.toSorted());
});
