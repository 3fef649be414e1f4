import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';

const policyFile = '/usr/sbin/policy-rc.d';
const longestInstallMs = 4 * 60_000;
let isListFresh = false;

/** Why packages cannot be installed here at all; null when they can. */
export function whyNotInstallable(): string | null {
  if (process.env.WEFTLINE_TEST_INSTALL === 'no') return 'WEFTLINE_TEST_INSTALL=no';
  if (process.platform !== 'linux' || !existsSync('/usr/bin/apt-get')) return 'no apt-get here';
  if (process.getuid?.() !== 0) return 'not root';
  return null;
}

/**
 * Installs Debian packages without starting the services that they bring.
 *
 * @returns null when it worked, else the last line of what apt-get said
 */
export function installDebianPackages(packages: readonly string[]): string | null {
  return withoutServices(policyFile, () => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const run = (...args: string[]): string | null => {
      const answer = spawnSync('apt-get', args, { env, encoding: 'utf8', timeout: longestInstallMs });
      if (answer.status === 0) return null;
      return (answer.stderr || answer.stdout || 'no answer in time').trim().split('\n').at(-1) ?? 'failed';
    };
    // A list of last year names files that the mirror no longer has.
    if (!isListFresh) run('update', '-q');
    isListFresh = true;
    return run('install', '-y', '-q', '--no-install-recommends', ...packages);
  });
}

/** Debian asks this file whether a service may start; 101 means no. What stood there before is put back. */
export function withoutServices<T>(file: string, work: () => T): T {
  const former = existsSync(file) ? { text: readFileSync(file), mode: statSync(file).mode } : null;
  writeFileSync(file, '#!/bin/sh\nexit 101\n');
  chmodSync(file, 0o755);
  try {
    return work();
  } finally {
    if (former === null) rmSync(file, { force: true });
    else {
      writeFileSync(file, former.text);
      chmodSync(file, former.mode);
    }
  }
}
