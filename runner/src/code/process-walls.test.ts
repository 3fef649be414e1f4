// The second wall by itself: the process that runs code, with hostile code where QuickJS would stand. Whoever is out of the engine is still in here.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { skipLoudly } from '../../testing/skip-loudly.ts';
import { childEnvironment, nodeWalls, ownNetwork } from './start-child.ts';

const run = promisify(execFile);
const canary = `canary-${randomBytes(12).toString('hex')}`;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'walls-'));
const canaryFile = path.join(folder, 'canary.txt');
let connections = 0;
const listener = createServer((socket) => {
  connections += 1;
  socket.destroy();
});
let port = 0;
beforeAll(async () => {
  fs.writeFileSync(canaryFile, canary);
  process.env['CODE_CANARY'] = canary;
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  port = (listener.address() as { port: number }).port;
});
afterAll(() => {
  listener.close();
  delete process.env['CODE_CANARY'];
  fs.rmSync(folder, { recursive: true });
});

/** Runs code of Node behind the walls; each attempt answers what it got or why it got nothing. */
async function attempt(before: readonly string[], attempts: { [name: string]: string }) {
  const members = Object.entries(attempts).map(([name, source]) => `${name}: async () => { ${source} }`);
  const script = `const attempts = { ${members.join(', ')} };
    (async () => {
      const told = {};
      for (const [name, make] of Object.entries(attempts))
        try { told[name] = String(await make()); } catch (error) { told[name] = 'refused ' + (error.code ?? error.name); }
      process.stdout.write(JSON.stringify(told), () => process.exit(0));
    })();`;
  const [program, ...parameters] = [...before, process.execPath, ...nodeWalls(), '-e', script];
  const { stdout } = await run(program!, parameters, { env: childEnvironment, timeout: 60_000 });
  return JSON.parse(stdout) as { [name: string]: string };
}

test('X1: the process of code reads no file but its program, starts nothing, and has no environment', async () => {
  const file = JSON.stringify(canaryFile);
  const told = await attempt([], {
    read: `return require('fs').readFileSync(${file}, 'utf8')`,
    readThroughLink: `require('fs').symlinkSync(${file}, 'link'); return require('fs').readFileSync('link', 'utf8')`,
    list: `return require('fs').readdirSync('/')`,
    parent: `return require('fs').readFileSync('/proc/' + process.ppid + '/environ', 'utf8')`,
    own: `return require('fs').readFileSync('/proc/self/environ', 'utf8')`,
    write: `require('fs').writeFileSync(${file}, 'gone'); return 'written'`,
    exec: `return require('child_process').execFileSync('/bin/cat', [${file}])`,
    worker: `new (require('worker_threads').Worker)('1', { eval: true }); return 'started'`,
    addOn: `process.dlopen({ exports: {} }, '/lib/x.node'); return 'loaded'`,
    binding: `return process.binding('fs')`,
    inspector: `require('inspector').open(0); return 'open'`,
    code: `return eval('1 + 1')`,
    environment: `return JSON.stringify(process.env)`,
  });
  const { environment, code, ...refused } = told;
  const denied = ['refused ERR_ACCESS_DENIED', 'refused ERR_DLOPEN_DISABLED'];
  expect(Object.entries(refused).filter(([, answer]) => !denied.includes(answer))).toEqual([]);
  expect(code).toBe('refused EvalError');
  expect(environment).toBe('{"TZ":"UTC"}');
  expect(JSON.stringify(told)).not.toContain(canary);
  expect(fs.readFileSync(canaryFile, 'utf8')).toBe(canary);
});

test('X1: where the system gives networks, the process of code has one with nothing in it', async ({
  skip,
}) => {
  const isGiven = await run(ownNetwork[0], [...ownNetwork.slice(1), process.execPath, '--version']).then(
    () => true,
    () => false,
  );
  if (!isGiven) return skipLoudly(skip, 'no network namespaces for ordinary users here');
  const told = await attempt(ownNetwork, {
    connect: `return await new Promise((resolve, reject) => require('net').connect(${port}, '127.0.0.1', () => resolve('connected')).on('error', reject))`,
    fetch: `return (await fetch('http://127.0.0.1:${port}')).status`,
    interfaces: `return Object.keys(require('os').networkInterfaces()).join()`,
  });
  expect(told['connect']).toMatch(/^refused E/);
  expect(told['fetch']).toMatch(/^refused/);
  expect(told['interfaces']).toBe('');
  expect(connections).toBe(0);
});
