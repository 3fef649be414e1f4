// A circuit breaker for each workspace and host: after several calls without an answer the host is left alone for a while, then one call
// tries whether it is back. Processes share what they found; a host that answers costs a look into a map, and no statement.
import type { Database } from '@weftline/prisma';
import type { Breaker } from '../executor/types.ts';
import type { Logger } from '../platform/logger.ts';
import { addFailure, type Failures, isDown, longestWaitMs } from './count-failures.ts';
import { beginPause, endPause, type PausedHost, prolongPause, readPause, takeProbe } from './pause-hosts.ts';

type State = { failures: Failures; pause: (PausedHost & { readAt: number }) | null };

/** Hosts that this process remembers as failing. */
const mostHosts = 10_000;

/**
 * What one process knows, made once a process.
 * @returns makes the breaker of a workspace. Without the database it never bars a call.
 */
export const openBreakers = (
  database: Database,
  logger: Logger,
  clock: () => number = () => performance.now(),
): ((tenantId: string) => Breaker) => {
  const states = new Map<string, State>();

  const keep = (key: string, state: State): void => {
    states.delete(key);
    states.set(key, state);
    if (states.size > mostHosts) states.delete(states.keys().next().value!);
  };
  const orNull = <Result>(asked: Promise<Result>): Promise<Result | null> =>
    asked.catch((error: unknown) => {
      logger.warn({ err: error }, 'what is known of a host that gives no answer could not be shared');
      return null;
    });
  const leftOf = ({ waitMs, readAt }: PausedHost & { readAt: number }): number => waitMs - (clock() - readAt);

  return (tenantId) => {
    const keyOf = (host: string): string => `${tenantId} ${host}`;
    const learn = (host: string, state: State, pause: PausedHost | null): void =>
      keep(keyOf(host), { ...state, pause: pause && { ...pause, readAt: clock() } });

    return {
      async ask(host) {
        const state = states.get(keyOf(host));
        if (!state?.pause) return null;
        let { pause } = state;
        if (leftOf(pause) <= 0) {
          if ((await orNull(takeProbe(database, tenantId, host))) !== false) return null;
          const read = await orNull(readPause(database, tenantId, host));
          if (read === null) {
            // It has answered somebody else.
            states.delete(keyOf(host));
            return null;
          }
          learn(host, state, read);
          pause = { ...read, readAt: clock() };
        }
        const waitMs = Math.max(1_000, Math.ceil(leftOf(pause)));
        return { waitMs, why: pause.why, isOutage: pause.sinceMs + clock() - pause.readAt > longestWaitMs };
      },
      async tell(host, failure) {
        const state = states.get(keyOf(host));
        if (failure === null) {
          if (state === undefined) return;
          states.delete(keyOf(host));
          if (state.pause) await orNull(endPause(database, tenantId, host));
          return;
        }
        const failures = addFailure(state?.failures, clock());
        const next: State = { failures, pause: state?.pause ?? null };
        keep(keyOf(host), next);
        if (next.pause)
          learn(
            host,
            next,
            await orNull(prolongPause(database, tenantId, host, { probes: next.pause.probes, why: failure })),
          );
        else if (isDown(failures))
          learn(host, next, await orNull(beginPause(database, tenantId, host, failure)));
        // The first failure asks what others have found, so that each process does not have to find it out for itself.
        else if (failures.inRow === 1) learn(host, next, await orNull(readPause(database, tenantId, host)));
      },
    };
  };
};
