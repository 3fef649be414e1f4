// Nothing but the egress may open a connection to the outside. Databases and our own listening sockets are named here.
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '../../../..');
const roads =
  /(^|[^.\w'"`])fetch\(|globalThis\.fetch|new (WebSocket|EventSource)\(|from '(undici|axios|got|node-fetch|node:(http|https|net|tls|http2|dgram))'|import\('(undici|node:(http|https|net|tls|http2|dgram))'\)/;
const typeOnly = /^import type .*$/gm;
const comments = /\/\*[\s\S]*?\*\/|\/\/.*$/gm;

/** Why each of these may. */
const known: Readonly<Record<string, string>> = {
  'runner/src/platform/egress': 'the road itself',
  'connectors/src/cli': "an author's command on the author's own machine, which calls our API",
  'runner/src/executor/oauth2/describe-provider.ts':
    'hands our own fetch, which goes through the egress, to oauth4webapi',
  'runner/src/code/child.ts': 'takes every way to connect away from its own process',
};

const listens = /createServer|\.listen\(/;

test('no code of api, runner or connectors opens a connection of its own', async () => {
  const found: string[] = [];
  for (const folder of ['runner/src', 'api/src', 'connectors/src']) {
    const files = await readdir(path.join(root, folder), { recursive: true }).catch(() => []);
    for (const name of files) {
      const file = path.join(folder, name);
      if (!name.endsWith('.ts') || name.endsWith('.test.ts') || name.includes('testing/')) continue;
      if (Object.keys(known).some((prefix) => file.startsWith(prefix))) continue;
      const source = readFileSync(path.join(root, file), 'utf8').replace(typeOnly, '').replace(comments, '');
      // A file that listens takes connections in; it opens none.
      if (roads.test(source) && !listens.test(source)) found.push(file);
    }
  }
  expect(found).toEqual([]);
});
