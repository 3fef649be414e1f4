// argon2id with the parameters OWASP names first (19 MiB, 2 passes). Two at once: more would starve everything else.
import { hash, verify } from '@node-rs/argon2';
import { CodedError } from '@weftline/runner/platform/errors';

const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const mostAtOnce = 2;
const mostWaiting = 64;

let running = 0;
const waiting: (() => void)[] = [];

/** Takes turns. @throws CodedError unavailable when too many wait already: a queue without end helps nobody */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= mostAtOnce) {
    if (waiting.length >= mostWaiting)
      throw new CodedError({
        code: 'unavailable',
        message: 'Too many people sign in at this moment. Try again in a few seconds.',
        retryAfterMs: 3_000,
      });
    // The one who leaves hands its place over, so `running` stays as it is.
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else running += 1;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}

export const hashPassword = (password: string): Promise<string> =>
  inTurn(() => hash(password.normalize('NFC'), parameters));

let nobody: Promise<string> | undefined;

/** True when the password fits. With `stored` null it works as long and answers false: an unknown address takes the same time. */
export async function verifyPassword(stored: string | null, password: string): Promise<boolean> {
  nobody ??= hash('nobody has this password', parameters);
  const against = stored ?? (await nobody);
  const fits = await inTurn(() => verify(against, password.normalize('NFC')));
  return fits && stored !== null;
}
