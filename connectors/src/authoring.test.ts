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
const ways = examples.filter((example) => !('manifestVersion' in example));

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
