// Runs one program in the foreground: our signals become its signals, its exit code becomes ours.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * @param {string} program
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string }} [options]
 * @returns {Promise<number>} the exit code; 128 + the signal's number when a signal ended the program
 * @throws when the program cannot be started at all
 */
export function runChild(program, args, options = {}) {
  const child = spawn(program, args, { stdio: 'inherit', ...options });
  /** @type {[NodeJS.Signals, NodeJS.Signals][]} */
  const forwarded = [
    ['SIGTERM', 'SIGTERM'],
    ['SIGHUP', 'SIGTERM'],
    ['SIGINT', 'SIGINT'],
  ];
  const handlers = forwarded.map(([received, sent]) => {
    const handler = () => {
      // A terminal gives Ctrl-C to the whole group already; a second one would read as "stop at once".
      if (received === 'SIGINT' && process.stdin.isTTY) return;
      child.kill(sent);
    };
    process.on(received, handler);
    return () => process.off(received, handler);
  });
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      for (const off of handlers) off();
      reject(error);
    });
    child.once('exit', (code, signal) => {
      for (const off of handlers) off();
      resolve(code ?? 128 + (signal ? (constants.signals[signal] ?? 0) : 0));
    });
  });
}
