// One checkout, one installation at a time: `npm start` and `npm test` may be typed in two windows at once.
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const longestHoldMs = 10 * 60_000;
const lookAgainMs = 200;

/**
 * @template T
 * @param {string} root the checkout the lock is for
 * @param {() => T | Promise<T>} work done while no other process of this checkout does its own
 * @returns {Promise<T>}
 */
export async function holdLock(root, work) {
  const name = createHash('sha256').update(root).digest('hex').slice(0, 16);
  const file = join(tmpdir(), `weftline-${process.getuid?.() ?? 0}-${name}.lock`);
  let told = false;
  while (!take(file)) {
    if (!told) console.log('Another command is preparing this checkout; waiting for it.');
    told = true;
    await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** @param {string} file */
function take(file) {
  try {
    const handle = openSync(file, 'wx');
    writeSync(handle, String(process.pid));
    closeSync(handle);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    if (!isAbandoned(file)) return false;
    rmSync(file, { force: true });
    return take(file);
  }
}

/** @param {string} file */
function isAbandoned(file) {
  try {
    const age = Date.now() - statSync(file).mtimeMs;
    const holder = Number(readFileSync(file, 'utf8'));
    // A lock without a number is one being written right now, unless it stays so.
    if (!holder) return age > lookAgainMs * 10;
    if (age > longestHoldMs) return true;
    process.kill(holder, 0);
    return false;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH';
  }
}
