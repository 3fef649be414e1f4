// npm gives a signal to the shell it started, not to what the shell started: after `kill <npm>` the shell is gone and
// we would live on with nobody to tell us. So we notice.
import { readFileSync } from 'node:fs';

const lookEveryMs = 250;

/**
 * Calls back once when the npm that started us, or a shell between it and us, has gone. Does nothing when npm did not
 * start us, and does not keep the process alive.
 *
 * @param {() => void} gone
 */
export function watchNpm(gone) {
  const watched = process.env.npm_lifecycle_event === undefined ? [] : ancestorsUpToNpm();
  if (watched.length === 0) return;
  const timer = setInterval(() => {
    if (process.ppid === watched[0] && watched.every(isAlive)) return;
    clearInterval(timer);
    gone();
  }, lookEveryMs);
  timer.unref();
}

/** Our parent, its parent, … up to npm; nothing when npm is not among the nearest three. */
function ancestorsUpToNpm() {
  /** @type {number[]} */
  const found = [];
  for (let pid = process.ppid; pid > 1 && found.length < 3; pid = parentOf(pid)) {
    found.push(pid);
    if (isNpm(pid)) return found;
  }
  return [];
}

/** @param {number} pid */
function isNpm(pid) {
  // npm gives itself the title "npm start"; before that it is node with npm-cli.js.
  return /^npm\b|npm-cli\.js/.test(read(`/proc/${pid}/cmdline`).replaceAll('\0', ' '));
}

/** @param {number} pid */
function parentOf(pid) {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
