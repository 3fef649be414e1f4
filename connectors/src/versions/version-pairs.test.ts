import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compareConnectors, checkBump, raise, type Bump } from '../compare-versions.ts';
import { readFormat } from '../read-format.ts';
import type { Action, Auth, Connector, Trigger } from '../types.ts';
import { validateConnector } from '../validate-connector.ts';

type Edit = { set: string; to: unknown } | { remove: string } | { reorder: true };
type Pair = { title: string; edits: Edit[]; bump: Bump; path: string | null };
type Tree = { [key: string]: unknown };

const { base, pairs } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/version-pairs.json'), 'utf8'),
) as { base: Connector; pairs: Pair[] };

function edited({ edits }: Pair): Connector {
  const copy = structuredClone(base) as unknown as Tree;
  for (const edit of edits) {
    if ('reorder' in edit) return Object.fromEntries(Object.entries(copy).reverse()) as unknown as Connector;
    const names = ('set' in edit ? edit.set : edit.remove).split('/').slice(1);
    const last = names.pop()!;
    const parent = names.reduce<Tree>((at, name) => at[name] as Tree, copy);
    if ('set' in edit) parent[last] = edit.to;
    else if (Array.isArray(parent)) parent.splice(Number(last), 1);
    else delete parent[last];
  }
  return copy as unknown as Connector;
}

test('the older document is sound, so that the pairs speak of documents that exist', () => {
  expect(validateConnector(base, 'save')).toEqual([]);
});

test('there are at least 60 pairs, of every verdict', () => {
  expect(pairs.length).toBeGreaterThanOrEqual(60);
  expect(new Set(pairs.map(({ bump }) => bump))).toEqual(new Set(['none', 'patch', 'minor', 'major']));
  expect(new Set(pairs.map(({ title }) => title)).size).toBe(pairs.length);
  console.log(`${pairs.length} pairs of versions`);
});

test.each(pairs)('$title: $bump', (pair) => {
  const { bump, changes } = compareConnectors(base, edited(pair));
  expect(bump, JSON.stringify(changes)).toBe(pair.bump);
  if (pair.path !== null)
    expect(
      changes.filter((one) => one.bump === bump).some(({ path }) => path.startsWith(pair.path!)),
      JSON.stringify(changes),
    ).toBe(true);
});

test.each(pairs.filter(({ bump }) => bump !== 'none'))(
  '$title: a smaller step is refused, the right one taken',
  (pair) => {
    const newer = edited(pair);
    const smaller = { major: 'minor', minor: 'patch', patch: 'none', none: 'none' } as const;
    expect(checkBump(base, { ...newer, version: raise(base.version, smaller[pair.bump]) })).not.toBeNull();
    expect(checkBump(base, { ...newer, version: raise(base.version, pair.bump) })).toBeNull();
  },
);

const lists = new Set([
  'allowedHosts',
  'requires',
  'requiredScopes',
  'examples',
  'migrations',
  'errors',
  'apply',
  'capture',
]);
const values: Tree = {
  type: 'BASIC',
  maxItems: 7,
  hidden: true,
  actions: [],
  auth: [],
  triggers: [],
  steps: [{ id: 'x', method: 'GET', endpointTemplate: '/x' }],
  after: [{ id: 'x', method: 'GET', endpointTemplate: '/x' }],
  credentialsSchema: { type: 'object', properties: { note: { type: 'string' } } },
  connectionSchema: { type: 'object', properties: { region: { type: 'string' } } },
  ingress: { ...base.ingress, routeBy: { event: '{{body.other}}', connection: 'teamId' } },
  webhook: base.triggers![1]!.webhook,
  poll: base.triggers![0]!.poll,
};

test.each([
  {
    part: 'action',
    put: (value: Tree) => ({ ...base, actions: [{ ...base.actions[3]!, ...value } as Action] }),
  },
  {
    part: 'trigger',
    put: (value: Tree) => ({ ...base, triggers: [{ ...base.triggers![2]!, ...value } as Trigger] }),
  },
  { part: 'auth', put: (value: Tree) => ({ ...base, auth: [{ ...base.auth[0]!, ...value } as Auth] }) },
  { part: 'connector', put: (value: Tree) => ({ ...base, ...value }) },
])('a difference in any key of the $part alone is a change', ({ part, put }) => {
  const keys = Object.keys(readFormat().get(part)!['properties'] as Tree);
  // These name the thing, or say something of the version itself; `$defs` count where they are used.
  const apart = new Set(['key', 'manifestVersion', 'version', 'changelog', '$defs']);
  // In mapped mode these describe nothing; in wire mode they are the input, which the pairs above compare.
  for (const wire of ['pathSchema', 'querySchema', 'headersSchema', 'cookiesSchema']) apart.add(wire);
  const unseen = keys.filter((key) => {
    const value = values[key] ?? (lists.has(key) ? ['x'] : { type: 'string', another: 'value' });
    return !apart.has(key) && compareConnectors(put({}), put({ [key]: value })).bump === 'none';
  });
  expect(unseen).toEqual([]);
});
