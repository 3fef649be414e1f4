// The real engine for tests of the API: it accepts, cancels, reads and replays runs, and works on none. No way out either.
import { CodedError } from '@weftline/runner/platform/errors';
import { startEngine } from '@weftline/runner/start-engine';
import type { Services } from '../services.ts';
import type { TestApi } from './start-test-api.ts';

const noWayOut = (): never => {
  throw new CodedError({ code: 'remote_unreachable', message: 'There is no way out of this test.' });
};
const closedEgress: Services['egress'] = {
  request: async () => noWayOut(),
  check: () => {},
  close: async () => {},
};

/** Puts it into the services of an API. Answers how to stop it; call that before api.stop(). */
export async function startIdleEngine({ services, testDatabase }: TestApi): Promise<() => Promise<void>> {
  const { database, vault, logger, apps } = services;
  const { engine, takeHook, stop } = await startEngine({
    databaseUrl: testDatabase.databaseUrl,
    redisUrl: undefined,
    database,
    vault,
    logger,
    works: false,
    name: 'idle',
    alone: false,
    leaseSeconds: 30,
    concurrency: 0,
    findApp: (tenantId, key, version) => apps.find(tenantId, key, version),
    openConnection: async () => noWayOut(),
    callAction: async () => noWayOut(),
  });
  Object.assign(services, { engine, takeHook, egress: closedEgress });
  return () => stop(0);
}
