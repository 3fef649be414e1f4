import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { validateConnector } from './validate-connector.ts';

type Tree = { [name: string]: unknown };

const guide = readFileSync(join(import.meta.dirname, '../../docs/authoring.md'), 'utf8');
const examples = [...guide.matchAll(/```json\n([\s\S]*?)\n```/g)].map(
  ([, text]) => JSON.parse(text!) as Tree,
);
const [whole] = examples as [Tree];
const connectors = examples.filter((example) => 'manifestVersion' in example);
const parts = examples.filter((example) => !('manifestVersion' in example));
const triggers = parts.filter((part) => part['webhook'] !== undefined || part['poll'] !== undefined);
const ingresses = parts.filter((part) => part['ingress'] !== undefined);
const ways = parts.filter((part) => !triggers.includes(part) && !ingresses.includes(part));

test('the connectors in the guide for authors can be published as they stand', () => {
  expect(connectors[0]).toBe(whole);
  for (const connector of connectors) expect(validateConnector(connector, 'publish')).toEqual([]);
});

test.each(ways.map((way) => ({ title: String(way['key']), way })))(
  'so it can with the way to sign in "$title"',
  ({ way }) => {
    const learned = (way['capture'] ?? []) as { name: string }[];
    const properties = Object.fromEntries(
      learned.map(({ name }) => [name, { type: 'string', readOnly: true }]),
    );
    const document = { ...whole, auth: [way], connectionSchema: { type: 'object', properties } };
    expect(validateConnector(document, 'publish')).toEqual([]);
  },
);

test.each(triggers.map((trigger) => ({ title: String(trigger['key']), trigger })))(
  'so it can with the trigger "$title"',
  ({ trigger }) => {
    expect(validateConnector({ ...whole, triggers: [trigger] }, 'publish')).toEqual([]);
  },
);

test.each(ingresses.map((part, index) => ({ index, part })))(
  'so it can with the one address of the app (example $index)',
  ({ part }) => {
    const [way] = whole['auth'] as Tree[];
    const schema = { ...(way!['credentialsSchema'] as Tree | undefined) };
    const credentialsSchema = {
      type: 'object',
      ...schema,
      properties: {
        ...(schema['properties'] as Tree | undefined),
        signingSecret: { type: 'string', 'x-secret': true },
      },
    };
    const document = { ...whole, ...part, auth: [{ ...way, credentialsSchema }] };
    expect(validateConnector(document, 'publish')).toEqual([]);
  },
);

test('so it can with the migrations of the guide', () => {
  const text = /```json migrations\n([\s\S]*?)\n```/.exec(guide)?.[1];
  const migrations = JSON.parse(text ?? 'null') as Tree[];
  const [action] = whole['actions'] as Tree[];
  const actions = [...(whole['actions'] as Tree[]), { ...action, key: 'post-message' }];
  expect(validateConnector({ ...whole, version: '2.0.0', actions, migrations }, 'publish')).toEqual([]);
});
