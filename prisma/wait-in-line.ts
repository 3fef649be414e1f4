// A line in front of the connection pool. The pool itself gives up after a moment, which is right for a server that does
// not answer and wrong for a burst: a thousand requests at once shall wait their turn, first come, first served.

export type Line = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** Refused in words that the rest of the product takes as "the database cannot just now" (503). */
const lineFull = (why: string): Error =>
  Object.assign(new Error(`timeout exceeded when trying to connect: ${why}`), { code: 'ETIMEDOUT' });

/**
 * Makes a line with `places` in front of it. At most `mostWaiting` wait, each for `waitMs` at most; beyond that an
 * error tells the caller to come again, so that memory stays flat.
 */
export function openLine(places: number, { mostWaiting = 10_000, waitMs = 30_000 } = {}): Line {
  let busy = 0;
  const waiting = new Set<() => void>();

  function wait(): Promise<void> {
    if (waiting.size >= mostWaiting) return Promise.reject(lineFull('too many wait already'));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(go);
        reject(lineFull('waited too long'));
      }, waitMs);
      const go = (): void => {
        clearTimeout(timer);
        resolve();
      };
      waiting.add(go);
    });
  }

  return async (work) => {
    if (busy < places) busy += 1;
    else await wait();
    try {
      return await work();
    } finally {
      // The place goes to the next in line without becoming free in between.
      const [next] = waiting;
      if (next) {
        waiting.delete(next);
        next();
      } else busy -= 1;
    }
  };
}
