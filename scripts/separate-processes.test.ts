// The layout of docker-compose.yml as plain processes: one api, two runners, PostgreSQL and Redis, with the settings
// of production.
import { randomBytes } from 'node:crypto';
import { startTestDatabase } from '../prisma/testing/start-test-database.ts';
import { expect, test } from 'vitest';
import { findTool, tools } from './suite/find-tools.ts';
import { send, signUp } from './testing/sign-up.ts';
import { startProduct, type Product } from './testing/start-product.ts';
import { startRedis } from './testing/start-redis.ts';

const workflow = {
  format: 'workflow/1',
  name: 'Test',
  trigger: { kind: 'webhook' },
  steps: [
    { id: 'wait', kind: 'delay', seconds: 1 },
    { id: 'any', kind: 'filter', after: ['wait'], condition: '{{trigger.output.body.number > 0}}' },
  ],
};

test('one api and two runners on Redis finish runs, also when one runner is killed (R1 R16)', async ({
  skip,
}) => {
  const { path, reason } = findTool(tools.redis);
  if (path === null) {
    console.log(`SKIPPED one api and two runners (redis-server ${reason})`);
    return skip();
  }
  const database = await startTestDatabase();
  const redis = await startRedis(path);
  const products: Product[] = [];
  try {
    const env = {
      NODE_ENV: 'production',
      DATABASE_URL: database.databaseUrl,
      REDIS_URL: redis.url,
      ENCRYPTION_KEY: randomBytes(32).toString('hex'),
      JWT_KEYS: `k1:${randomBytes(32).toString('hex')}`,
      LEASE_SECONDS: '2',
    };
    const migrating = { ...env, MIGRATION_DATABASE_URL: database.adminUrl };
    const api = await startProduct({ role: 'api', env: migrating });
    products.push(api);
    const runners = await Promise.all([1, 2].map(() => startProduct({ role: 'runner', env })));
    products.push(...runners);

    const workspace = await signUp(api.url);
    const { hookUrl } = await workspace.goLive(workflow);
    const start = async (number: number): Promise<string> =>
      (await send(hookUrl, 'POST', '', undefined, { number })).runId;
    const runs = await Promise.all(Array.from({ length: 10 }, (_, index) => start(index + 1)));
    await runners[0]?.kill('SIGKILL');
    const statuses = await Promise.all(runs.map(async (id) => (await workspace.waitForRun(id)).status));
    expect(statuses).toEqual(Array<string>(10).fill('succeeded'));
  } finally {
    for (const product of products) await product.stop();
    await redis.stop();
    await database.stop();
  }
}, 180_000);
