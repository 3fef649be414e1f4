// What npm and pnpm are given as environment. A person's own npm settings decide where packages come from,
// but must not change what is installed.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

// Each of these, set for other reasons, would leave out packages or scripts that the product needs.
const unwanted = [
  'npm_config_ignore_scripts',
  'npm_config_omit',
  'npm_config_include',
  'npm_config_only',
  'npm_config_production',
  'npm_config_optional',
  'npm_config_global',
  'npm_config_location',
  'npm_config_dry_run',
  'npm_config_workspace',
  'npm_config_workspaces',
  'npm_config_node_linker',
  'npm_config_yes',
  'node_env',
  'node_options',
];

/**
 * @param {NodeJS.ProcessEnv} given
 * @returns {NodeJS.ProcessEnv} the same, without what would change the outcome, and with folders that can be written
 */
export function chooseEnvironment(given) {
  const env = Object.fromEntries(
    Object.entries(given).filter(([name]) => !unwanted.includes(name.toLowerCase().replaceAll('-', '_'))),
  );
  // Without a terminal pnpm would stop to ask before it replaces a folder of another pnpm.
  env.pnpm_config_confirm_modules_purge = 'false';
  env.npm_config_ignore_scripts = 'false';
  // pnpm's own program and the pinned Node are optional packages, one for each system.
  env.npm_config_include = 'optional';
  env.pnpm_config_ignore_scripts = 'false';

  const home = given.HOME ?? homedir();
  const spare = spareHome();
  if (!isWritable(home)) {
    mkdirSync(spare, { recursive: true });
    // The registry and its credentials stay those of the person.
    env.npm_config_userconfig ??= join(home, '.npmrc');
    env.HOME = spare;
    for (const name of ['XDG_DATA_HOME', 'XDG_CACHE_HOME', 'XDG_STATE_HOME']) delete env[name];
  }
  const cache = env.npm_config_cache ?? env.NPM_CONFIG_CACHE;
  if (cache !== undefined && !isWritable(cache)) {
    delete env.NPM_CONFIG_CACHE;
    env.npm_config_cache = join(spare, 'npm-cache');
  }
  return env;
}

/** @returns {string} a folder of this user for what cannot be kept in the home folder */
export function spareHome() {
  return join(tmpdir(), `weftline-home-${process.getuid?.() ?? 0}`);
}

/** @param {string} folder tried, not asked: permission bits say nothing to root or on a read-only disk */
function isWritable(folder) {
  try {
    mkdirSync(folder, { recursive: true });
    rmSync(mkdtempSync(join(folder, '.weftline-')), { recursive: true });
    return true;
  } catch {
    return false;
  }
}
