// Installs exactly what the lockfile says, with a pnpm that npx brings, and only when something changed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chooseEnvironment, spareHome } from './choose-environment.mjs';
import { holdLock } from './hold-lock.mjs';
import { runChild } from './run-child.mjs';

const pnpm = 'pnpm@12.21.0';
const folders = ['.', 'api', 'connectors', 'prisma', 'runner', 'web'].map((name) => `${name}/node_modules`);

/**
 * @param {string} root the checkout
 * @returns {Promise<void>}
 * @throws with what to do when the installation fails
 */
export async function installPackages(root) {
  const stamp = join(root, 'node_modules/.weftline-installed');
  const wanted = hashOf(root);
  if (isInstalled(root, stamp, wanted)) return;
  await holdLock(root, async () => {
    if (isInstalled(root, stamp, wanted)) return;
    console.log('Installing the pinned packages (once; the first time this takes a minute or so).');
    const { program, args } = findNpx();
    const env = chooseEnvironment(process.env);
    // An earlier `npx pnpm` that left out optional packages stays in npm's cache and never starts again.
    const answer = spawnSync(program, [...args, '--yes', pnpm, '--version'], { cwd: root, env });
    if (answer.status !== 0) env.npm_config_cache = join(spareHome(), 'npm-cache');
    const install = ['--yes', pnpm, 'install', '--frozen-lockfile', '--prod=false'];
    const code = await runChild(program, [...args, ...install], { cwd: root, env });
    if (code !== 0) throw new Error(whatToDo(code));
    writeFileSync(stamp, wanted);
  });
}

/** @param {string} root @param {string} stamp @param {string} wanted */
function isInstalled(root, stamp, wanted) {
  // The stamp alone proves nothing: a folder of one package may have been deleted since.
  if (!folders.every((folder) => existsSync(join(root, folder)))) return false;
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
}

/** @param {string} root */
function hashOf(root) {
  const hash = createHash('sha256').update(`${pnpm} ${process.platform} ${process.arch}`);
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml']) hash.update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

/** npx of the npm that called us, else the one on the PATH. */
function findNpx() {
  const npmScript = process.env.npm_execpath ?? '';
  const npxScript = npmScript.replace(/npm-cli\.js$/, 'npx-cli.js');
  if (npxScript !== npmScript && existsSync(npxScript))
    return { program: process.execPath, args: [npxScript] };
  return { program: 'npx', args: [] };
}

/** @param {number} code */
function whatToDo(code) {
  return (
    `The packages could not be installed (exit code ${code}); the lines above say why.\n` +
    'Usual causes: no way to the npm registry (check `npm ping` and your proxy settings), or a full disk\n' +
    '(about 1.5 GB are needed). Nothing is half done: run the same command again.'
  );
}
