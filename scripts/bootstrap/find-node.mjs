// The Node the product runs on: the pinned one from the lockfile, else a system Node that is new enough.
import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

const wanted = 24;

/**
 * @param {string} root the checkout
 * @returns {string} the path of a Node 24 (or newer) that really starts on this machine
 * @throws with what to do when there is none
 */
export function findNode(root) {
  const pinned = ['x64', 'arm64'].map((cpu) => join(root, `node_modules/node-linux-${cpu}/bin/node`));
  const candidates = [...pinned.filter((path) => existsSync(path)), process.execPath];
  for (const candidate of candidates) {
    const path = realpathSync(candidate);
    // Asked, not assumed: a glibc build does not start on Alpine, an x64 build not on arm64.
    const answer = spawnSync(path, ['--version'], { encoding: 'utf8' });
    const major = Number(/^v(\d+)\./.exec(answer.stdout ?? '')?.[1] ?? 0);
    if (major >= wanted) return path;
  }
  throw new Error(
    `Weftline runs on Node ${wanted}. It brings its own on Linux (x64 and arm64, glibc); here none of it starts.\n` +
      `Install Node ${wanted} yourself (this is ${process.version}) and run the same command again.`,
  );
}
