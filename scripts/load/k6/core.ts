// What a script gets from `import … from 'k6'`.
import { addSample, sleepMs } from './thread-state.ts';

type Tags = Record<string, string>;

/** Counts each named claim about a value; a claim that throws counts as failed. Answers whether all held. */
export function check<T>(value: T, claims: Record<string, (value: T) => unknown>, tags?: Tags): boolean {
  let allHold = true;
  for (const [name, claim] of Object.entries(claims)) {
    let holds = false;
    try {
      holds = Boolean(claim(value));
    } catch {
      holds = false;
    }
    allHold &&= holds;
    addSample('checks', 'rate', Number(holds), { check: name, ...tags });
  }
  return allHold;
}

/** Times a part of an iteration under a name. */
export function group<T>(name: string, part: () => T): T {
  const begin = performance.now();
  const result = part();
  addSample('group_duration', 'trend', performance.now() - begin, { group: name });
  return result;
}

/** Ends the iteration with an error. */
export function fail(message = 'fail() was called'): never {
  throw new Error(message);
}

/** Waits, in seconds. */
export function sleep(seconds: number): void {
  sleepMs(seconds * 1000);
}

export default { check, group, fail, sleep };
