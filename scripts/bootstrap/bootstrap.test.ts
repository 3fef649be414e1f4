import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { chooseEnvironment } from './choose-environment.mjs';
import { findNode } from './find-node.mjs';
import { holdLock } from './hold-lock.mjs';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'weftline-bootstrap-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a personal npm setting cannot leave out packages or their scripts', () => {
  const env = chooseEnvironment({
    HOME: folder,
    npm_config_ignore_scripts: 'true',
    NPM_CONFIG_OMIT: 'optional',
    npm_config_registry: 'https://packages.example',
    NODE_ENV: 'production',
  });
  expect(env).toMatchObject({
    npm_config_ignore_scripts: 'false',
    npm_config_registry: 'https://packages.example',
  });
  expect(Object.keys(env)).not.toContain('NPM_CONFIG_OMIT');
  expect(Object.keys(env)).not.toContain('NODE_ENV');
});

test('a home folder that cannot be written is replaced, its npm settings are still read', () => {
  const file = join(folder, 'a-file');
  writeFileSync(file, '');
  const env = chooseEnvironment({ HOME: file, npm_config_cache: join(file, '.npm') });
  expect(env.HOME).not.toBe(file);
  expect(env.npm_config_userconfig).toBe(join(file, '.npmrc'));
  expect(env.npm_config_cache).not.toContain(file);
});

test('two commands of one checkout prepare it one after the other', async () => {
  const seen: string[] = [];
  const work = (name: string) => async (): Promise<void> => {
    seen.push(`${name} begins`);
    await wait(20);
    seen.push(`${name} ends`);
  };
  await Promise.all([holdLock(folder, work('a')), holdLock(folder, work('b'))]);
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
});

test('the lock of a process that died is taken over', async () => {
  const script = `import { holdLock } from '${root}/scripts/bootstrap/hold-lock.mjs';
    await holdLock('${folder}/died', () => process.kill(process.pid, 'SIGKILL'));`;
  spawnSync(process.execPath, ['--input-type=module', '-e', script]);
  expect(await holdLock(`${folder}/died`, () => 'mine')).toBe('mine');
});

test('the Node that is found is 24 or newer and starts', () => {
  const answer = spawnSync(findNode(root), ['--version'], { encoding: 'utf8' });
  expect(Number(/^v(\d+)/.exec(answer.stdout)?.[1])).toBeGreaterThanOrEqual(24);
});

test('a signal reaches the program and its exit code comes back', async () => {
  const ready = join(folder, 'ready');
  const inner = `process.on('SIGTERM', () => process.exit(7));
    require('node:fs').writeFileSync('${ready}', ''); setInterval(() => {}, 1000);`;
  const outer = `import { runChild } from '${root}/scripts/bootstrap/run-child.mjs';
    process.exitCode = await runChild(process.execPath, ['-e', ${JSON.stringify(inner)}]);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', outer], { stdio: 'ignore' });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  while (!existsSync(ready)) await wait(20);
  child.kill('SIGTERM');
  expect(await ended).toBe(7);
});

test('an unknown command is refused with the known ones', () => {
  const answer = spawnSync(process.execPath, ['start.mjs', 'strat'], { cwd: root, encoding: 'utf8' });
  expect(answer.status).toBe(1);
  expect(answer.stderr).toContain('Known: all, api, runner, test');
});

test('when npm is killed, what it started notices, also behind a shell', async () => {
  const ready = join(folder, 'watching');
  const noticed = join(folder, 'noticed');
  const inner = `import { watchNpm } from '${root}/scripts/bootstrap/watch-npm.mjs';
    import { writeFileSync } from 'node:fs';
    const alive = setInterval(() => {}, 1000);
    watchNpm(() => { writeFileSync('${noticed}', ''); clearInterval(alive); });
    writeFileSync('${ready}', '');`;
  const file = join(folder, 'inner.mjs');
  writeFileSync(file, inner);
  const outer = `process.title = 'npm start';
    const env = { ...process.env, npm_lifecycle_event: 'start' };
    require('node:child_process').spawn('sh', ['-c', '"$0" "$1"; true', process.execPath, '${file}'], { env, stdio: 'ignore' });`;
  const npm = spawn(process.execPath, ['-e', outer], { stdio: 'ignore' });
  while (!existsSync(ready)) await wait(20);
  expect(existsSync(noticed)).toBe(false);
  npm.kill('SIGKILL');
  while (!existsSync(noticed)) await wait(20);
});
