// The commands an author uses between nothing and a published version, without a server.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { canonicalize } from '../hash-document.ts';
import { appsDirectory, composeApp, loadApps } from '../load-apps.ts';
import { run } from './main.ts';
import type { Terminal } from './terminal.ts';
import { writeFolder } from './write-folder.ts';

const home = mkdtempSync(join(tmpdir(), 'weftline-author-'));
afterAll(() => rmSync(home, { recursive: true }));

async function call(args: string[], more: Partial<Terminal> = {}) {
  let [out, error] = ['', ''];
  const code = await run(args, {
    write: (text) => (out += text),
    writeError: (text) => (error += text),
    env: {},
    ...more,
  });
  return { code, out, error };
}

test.each(['api-key', 'basic', 'oauth2', 'none'])(
  'a folder made with --auth %s can be published as it stands',
  async (auth) => {
    const folder = join(home, `first-${auth}`);
    const made = await call([
      'init',
      folder,
      '--auth',
      auth,
      '--base-url',
      'https://api.acme.example/v1/',
      '--json',
    ]);
    expect(made.code).toBe(0);
    expect(JSON.parse(made.out)).toMatchObject({ ok: true, app: `first-${auth}` });
    expect((await call(['validate', folder])).code).toBe(0);
    expect(composeApp(folder)).toMatchObject({ baseUrl: 'https://api.acme.example/v1', version: '1.0.0' });
  },
);

test('init says what is wrong with a name, a way to sign in, an address, a full folder', async () => {
  for (const args of [
    [join(home, 'Not A Key')],
    [join(home, 'fine'), '--auth', 'magic'],
    [join(home, 'fine'), '--base-url', 'acme'],
    [home],
  ]) {
    const { code, error } = await call(['init', ...args]);
    expect([code, error.length > 20]).toEqual([2, true]);
  }
  expect(existsSync(join(home, 'fine'))).toBe(false);
});

test('every app of the catalogue goes into a folder and comes back the same', () => {
  for (const connector of loadApps()) {
    const folder = join(home, 'back', connector.app.key);
    writeFolder(folder, connector);
    expect(canonicalize(composeApp(folder)), connector.app.key).toBe(canonicalize(connector));
  }
});

test('build gives the same bytes for the same folder, with what it requires', async () => {
  const source = join(appsDirectory, 'github');
  const [one, two] = [join(home, 'one.json'), join(home, 'two.json')];
  const answer = await call(['build', source, '--out', one, '--json']);
  expect(JSON.parse(answer.out)).toMatchObject({ ok: true, app: 'github', file: one });
  await call(['build', source, '--out', two]);
  expect(readFileSync(one, 'utf8')).toBe(readFileSync(two, 'utf8'));
  expect((JSON.parse(readFileSync(one, 'utf8')) as { requires: string[] }).requires).toContain('auth.oauth2');
  expect((await call(['validate', one])).code).toBe(0);
});

test('docs tells people what goes in and comes out', async () => {
  const { code, out } = await call(['docs', join(appsDirectory, 'slack')]);
  expect(code).toBe(0);
  expect(out).toContain('# Slack\n');
  expect(out).toMatch(/### .*\(`send-message`\)/);
  expect(out).toMatch(/\| `[a-zA-Z.]+` \| yes \| string \|/);
  expect(out).not.toContain('undefined');
});

test('test tells what passed, what differs, and what nobody tested', async () => {
  const folder = join(home, 'first-api-key');
  const played = [
    { action: 'get-me', title: 'one', ok: true, faults: [] },
    { action: 'get-me', title: 'two', ok: false, faults: ['The body is 1.'] },
  ];
  const { code, out, error } = await call(['test', folder, '--json'], { play: async () => played });
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({ ok: false, passed: 1, failed: 1, untested: [] });
  expect(error).toContain('Playing the examples of first-api-key');
  const plain = await call(['test', folder], { play: async () => [] });
  expect(plain.out).toContain('Without an example: get-me.');
});

test('the command itself plays examples with the real executor, and catches one that lies', () => {
  const weftline = join(import.meta.dirname, '../../bin/weftline.mjs');
  const folder = join(home, 'first-basic');
  const out = execFileSync(process.execPath, [weftline, 'test', folder, '--json'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  expect(JSON.parse(out)).toMatchObject({ ok: true, passed: 1, failed: 0 });
  const file = join(folder, 'actions/get-me.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace('"/me"', '"/whoami"'));
  const lie = spawnSync(process.execPath, [weftline, 'test', folder], { encoding: 'utf8' });
  expect(lie.status).toBe(1);
  expect(lie.stdout).toMatch(/FAIL {2}get-me: who the key belongs to\n +The url is .*whoami/);
});

test('without an executor beside it, test says so instead of passing', async () => {
  const { code, error } = await call(['test', join(home, 'first-api-key')]);
  expect([code, error]).toEqual([2, expect.stringContaining('installed whole')]);
});
