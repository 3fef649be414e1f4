// Every attempt to get out of a code step that we could think of, through the real pool: what comes back is what the corpus says,
// nothing of the host is in it, and the neighbours go on.
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CodePool, createCodePool } from './code-pool.ts';
import { childStarter } from './start-child.ts';

type Expectation = {
  output?: unknown;
  fault?: string | string[];
  message?: string;
  logs?: string[];
  logLines?: number;
};
type Attempt = { id: string; source: string; timeoutMs?: number; expect: Expectation };

const corpus = JSON.parse(
  fs.readFileSync(path.join(import.meta.dirname, '../../fixtures/code-escapes.json'), 'utf8'),
) as Attempt[];

const canary = `canary-${randomBytes(12).toString('hex')}`;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'code-'));
const canaryFile = path.join(folder, 'canary.txt');
let connections = 0;
const listener = createServer((socket) => {
  connections += 1;
  socket.destroy();
});
let pool: CodePool;
let input = '';

beforeAll(async () => {
  fs.writeFileSync(canaryFile, canary);
  process.env['CODE_CANARY'] = canary;
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as { port: number };
  input = JSON.stringify({ a: 1, deep: { list: [{}] }, canaryFile, port });
  pool = createCodePool({ start: childStarter(), size: 2 });
});
afterAll(() => {
  pool.close();
  listener.close();
  delete process.env['CODE_CANARY'];
  fs.rmSync(folder, { recursive: true });
});

const faultsOf = ({ fault }: Expectation) => (fault === undefined ? [] : [fault].flat());

/** Code of somebody else, in between: it works, and sees nothing of the others. */
async function isNeighbourFine(): Promise<boolean> {
  const source = 'return { sum: input.a + 1, kept: typeof kept + typeof {}.polluted };';
  const answer = await pool.run('neighbour', { kind: 'run', source, input: '{"a":1}', timeoutMs: 20_000 });
  return answer.ok && JSON.stringify(answer.output) === '{"sum":2,"kept":"undefinedundefined"}';
}

test('X1 X2: no attempt of the escape corpus reaches the host, a file, the network or the environment', async () => {
  expect(corpus.length).toBeGreaterThanOrEqual(60);
  const neighbours: Promise<boolean>[] = [];
  const wrong: unknown[] = [];
  await Promise.all(
    corpus.map(async ({ id, source, timeoutMs, expect: wanted }, index) => {
      const limit = timeoutMs ?? (faultsOf(wanted).includes('time') ? 50 : 20_000);
      const attempt = pool.run('attacker', { kind: 'run', source, input, timeoutMs: limit });
      // Beside every third: each start of a process has its price.
      if (index % 3 === 0) neighbours.push(isNeighbourFine());
      const answer = await attempt;
      const shown = JSON.stringify(answer);
      expect(shown).not.toContain(canary);
      expect(shown.length).toBeLessThan(1_200_000);
      const isRight = answer.ok
        ? faultsOf(wanted).length === 0 &&
          (wanted.output === undefined || JSON.stringify(answer.output) === JSON.stringify(wanted.output)) &&
          (wanted.logs === undefined || JSON.stringify(answer.logs) === JSON.stringify(wanted.logs)) &&
          (wanted.logLines === undefined || answer.logs.length === wanted.logLines)
        : faultsOf(wanted).includes(answer.fault) && answer.message.includes(wanted.message ?? '');
      if (!isRight) wrong.push({ id, answer: shown.slice(0, 400), wanted });
    }),
  );
  expect(wrong).toEqual([]);
  expect((await Promise.all(neighbours)).filter((isFine) => !isFine)).toEqual([]);
  expect(connections).toBe(0);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
}, 300_000);
