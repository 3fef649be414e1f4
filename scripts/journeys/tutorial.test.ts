// The tutorial, word for word: its files are written, its commands are run in one shell, against a real server.
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findFreePort } from '../testing/find-free-port.ts';
import { type Product, startProduct } from '../testing/start-product.ts';

const root = join(import.meta.dirname, '../..');
const home = mkdtempSync(join(tmpdir(), 'weftline-tutorial-'));
const written = readFileSync(join(root, 'docs/tutorial.md'), 'utf8');
let product: Product;
let port = '';

beforeAll(async () => {
  port = String(await findFreePort());
  product = await startProduct({ env: { PORT: port, EGRESS_ALLOW: `127.0.0.1:${port}` } });
  // `npx weftline` looks in the node_modules of the folder it is called in.
  mkdirSync(join(home, 'node_modules/.bin'), { recursive: true });
  symlinkSync(join(root, 'connectors/bin/weftline.mjs'), join(home, 'node_modules/.bin/weftline'));
});
afterAll(async () => {
  await product?.stop();
  rmSync(home, { recursive: true, force: true });
});

type Block = { info: string; text: string };

function readBlocks(): Block[] {
  return [...written.matchAll(/^```([^\n]*)\n([\s\S]*?)^```$/gm)].map(([, info = '', text = '']) => ({
    info,
    text: text.replaceAll('127.0.0.1:3000', `127.0.0.1:${port}`),
  }));
}

/** One shell for everything, as a reader has one: it writes the files and runs the commands in the order of the page. */
function asScript(blocks: Block[]): string {
  const lines = ['set -euo pipefail'];
  for (const [index, { info, text }] of blocks.entries()) {
    const file = /^json file=(\S+)$/.exec(info)?.[1];
    if (file !== undefined) {
      const kept = join(home, `block-${index}`);
      writeFileSync(kept, text);
      lines.push(`mkdir -p ${dirname(file)}`, `cp ${kept} ${file}`);
    } else if (info === 'sh') lines.push(`echo "== ${index}"`, text);
    else if (info !== 'sh server') throw new Error(`The tutorial has a block that nobody runs: ${info}`);
  }
  return lines.join('\n');
}

test('a reader who types what the tutorial says ends with a published connector', async () => {
  const blocks = readBlocks();
  expect(blocks.filter(({ info }) => info === 'sh server')).toHaveLength(1);
  const startedAt = performance.now();
  const shell = spawn('bash', ['-c', asScript(blocks)], {
    cwd: home,
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
  });
  let said = '';
  shell.stdout.on('data', (chunk) => (said += String(chunk)));
  shell.stderr.on('data', (chunk) => (said += String(chunk)));
  const code = await new Promise((done) => shell.on('close', done));
  expect(code, said).toBe(0);
  for (const sentence of [
    'looms 1.0.0 can be published.',
    '3 passed, 0 failed.',
    'The draft of looms is saved.',
    '"ok":true',
    '"name": "Made by a connector"',
    'looms 1.0.0 is published.',
    'Version 1.0.0 is not newer than 1.0.0',
    'The changes ask for: patch. 1.0.0 to 1.0.1 is right.',
    'looms 1.0.1 is published.',
  ])
    expect(said).toContain(sentence);
  expect(readFileSync(join(home, 'looms.md'), 'utf8')).toContain('### List workflows');
  expect(existsSync(join(home, 'looms/actions/create-workflow.json'))).toBe(true);
  const words = written.replaceAll(/```[\s\S]*?```/g, '').split(/\s+/).length;
  console.log(
    `tutorial: the commands took ${((performance.now() - startedAt) / 1000).toFixed(1)} s; ${words} words to read between them`,
  );
}, 180_000);
