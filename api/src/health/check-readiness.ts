// Whether this process can serve: each part looked at, the answer kept for a second so that probes cost nothing.
import type { Services } from '../services.ts';

export type Readiness = { ready: boolean; checks: { [name: string]: 'ok' | string } };

const keptMs = 1_000;
const patienceMs = 3_000;

async function judge(check: () => Promise<true | string>): Promise<'ok' | string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('no answer in time'), patienceMs);
  });
  try {
    const result = await Promise.race([check(), late]);
    return result === true ? 'ok' : result;
  } catch {
    // What a driver says may hold host names and users; the log has it where it was met.
    return 'failed';
  } finally {
    clearTimeout(timer);
  }
}

/** Makes the check of one process. */
export function createReadiness(services: Services): () => Promise<Readiness> {
  const { database, redis, tokenKeys, migrations, readyChecks } = services;
  const checks: { [name: string]: () => Promise<true | string> } = {
    database: async () => (await database.ping()) || 'the database does not answer',
    migrations: async () => {
      const rows = await database.callDoor<{ name: string }>('applied_migrations', []);
      const applied = new Set(rows.map((row) => row.name));
      const pending = (migrations ?? []).filter((name) => !applied.has(name));
      return pending.length === 0 || `not applied: ${pending.join(', ')}`;
    },
    partitions: async () => {
      const [row] = await database.callDoor<{ partitions_ready: boolean }>('partitions_ready', []);
      return row?.partitions_ready === true || 'the partition of this or the next month is missing';
    },
    keys: async () => [...tokenKeys.values()].some((key) => key.length >= 32) || 'no key is loaded',
    ...(redis ? { redis: async () => (await redis.ping()) === 'PONG' || 'Redis does not answer' } : {}),
    ...readyChecks,
  };
  let kept: { at: number; answer: Promise<Readiness> } | null = null;
  const look = async (): Promise<Readiness> => {
    const pairs = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => [name, await judge(check)] as const),
    );
    return { ready: pairs.every(([, result]) => result === 'ok'), checks: Object.fromEntries(pairs) };
  };
  return async () => {
    const now = performance.now();
    if (!kept || now - kept.at > keptMs) kept = { at: now, answer: look() };
    const { ready, checks: results } = await kept.answer;
    // Draining is looked at each time: it must show at once.
    if (services.draining) return { ready: false, checks: { ...results, draining: 'shutting down' } };
    return { ready, checks: results };
  };
}
