// Loaded before the product (`node --import`), it makes the process kill itself as it passes a chosen place for the nth time.
// WEFTLINE_CRASH_AT=name:count arms it from the start. SIGUSR2 reads `name:count` from the file WEFTLINE_CRASH_FILE, so that a
// process that runs already can be aimed at. `in-flight` is no place: it is a few ms after a call began.
import { readFileSync } from 'node:fs';
import type { CrashPoint } from '../../runner/src/platform/crash-point.ts';

const inFlightAfterMs = 6;

let armed: { name: string; left: number } | null = null;

function arm(text: string): void {
  const [name = '', count = '1'] = text.trim().split(':');
  if (name !== 'in-flight' && !crashPoints.includes(name as CrashPoint))
    throw new Error(`There is no crash point "${name}". Known: ${crashPoints.join(', ')}, in-flight.`);
  armed = { name, left: Math.max(1, Number(count)) };
}

// Nothing may be tidied up on the way out: that is the point.
const die = (): void => void process.kill(process.pid, 'SIGKILL');

function strike(name: CrashPoint): void {
  if (armed === null) return;
  const isInFlight = armed.name === 'in-flight' && name === 'before-send';
  if (armed.name !== name && !isInFlight) return;
  armed.left -= 1;
  if (armed.left > 0) return;
  armed = null;
  if (!isInFlight) die();
  else setTimeout(die, inFlightAfterMs);
}

// Before the product's own module looks for it.
Object.assign(globalThis, { [Symbol.for('weftline.crashPoint')]: strike });
const { crashPoints } = await import('../../runner/src/platform/crash-point.ts');
const { WEFTLINE_CRASH_AT: at, WEFTLINE_CRASH_FILE: file } = process.env;
if (at) arm(at);
if (file) process.on('SIGUSR2', () => arm(readFileSync(file, 'utf8')));
