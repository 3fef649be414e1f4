// Puts one process together, in the order in which one part needs the other, and takes it apart in the other order.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { loadVersions } from '@weftline/connectors/load-apps';
import { connectDatabase } from '@weftline/prisma';
import { migrationNames } from '@weftline/prisma/migrate/migrate-database';
import { createAppsLoader } from '@weftline/runner/apps/create-apps-loader';
import { codeChecker } from '@weftline/runner/code/check-code';
import { openCodePool } from '@weftline/runner/code/open-code-pool';
import { createLockRefresh } from '@weftline/runner/connections/lock-refresh';
import { openConnection } from '@weftline/runner/connections/open-connection';
import { watchConnections } from '@weftline/runner/connections/watch-connections';
import { openBreakers } from '@weftline/runner/breakers/open-breakers';
import { callAction } from '@weftline/runner/executor/call-action';
import { redactRecent } from '@weftline/runner/executor/remember-redact';
import { createEgress } from '@weftline/runner/platform/egress/create-egress';
import { type Environment, StartError } from '@weftline/runner/platform/env';
import { createFileStore } from '@weftline/runner/files/store-files';
import { openRedis } from '@weftline/runner/platform/redis';
import { createLogger, type Logger } from '@weftline/runner/platform/logger';
import { startEngine } from '@weftline/runner/start-engine';
import { shareRates } from '@weftline/runner/rates/share-rates';
import { publishBuiltInApps } from '../apps/publish-built-ins.ts';
import { createApp } from '../app.ts';
import { listenRaw } from '../hooks/listen-raw.ts';
import type { Services } from '../services.ts';
import { checkKeys, type Keys, loadKeys, openVault } from './load-keys.ts';
import { openMetrics } from './open-metrics.ts';
import { prepareDatabase, type PreparedDatabase } from './prepare-database.ts';

/** Calls in flight may finish for this long after SIGTERM. */
const graceMs = 20_000;

/** Starts and serves until SIGTERM or SIGINT. Throws StartError with what to do. */
export async function startProcess(env: Environment, name: string): Promise<void> {
  const logger = createLogger({
    level: env.LOG_LEVEL,
    name: `weftline-${env.WEFTLINE_ROLE}`,
    redactLine: redactRecent,
  });
  if (env.EGRESS_ALLOW.length > 0)
    logger.warn(
      { allowed: env.EGRESS_ALLOW },
      'EGRESS_ALLOW opens private addresses to workflows of every workspace',
    );
  const keys = loadKeys(env);
  const server = createServer();
  // The port first: whoever has it already is told before a database is started.
  await listen(server, env);
  const prepared = await prepareDatabase(env, logger);
  try {
    await serve(env, name, logger, server, keys, prepared);
  } catch (error) {
    // The embedded PostgreSQL must not outlive a start that failed.
    await prepared.stop();
    throw error;
  }
}

/** From a database that is ready to the end of the process. */
async function serve(
  env: Environment,
  name: string,
  logger: Logger,
  server: Server,
  keys: Keys,
  prepared: PreparedDatabase,
): Promise<void> {
  const serves = env.WEFTLINE_ROLE !== 'runner';
  const works = env.WEFTLINE_ROLE !== 'api';
  const database = connectDatabase(prepared.url);
  const vault = openVault(database, keys.encryption);
  await checkKeys(vault);
  if (serves) {
    const { published } = await publishBuiltInApps(database, loadVersions()).catch((error: Error) => {
      throw new StartError([error.message]);
    });
    if (published.length > 0) logger.info({ published }, 'built-in apps were published');
  }
  const egress = createEgress({ allow: env.EGRESS_ALLOW });
  const apps = createAppsLoader(database);
  const breakerOf = openBreakers(database, logger);
  const metrics = openMetrics(database);
  const clock = () => new Date();
  const store = { database, vault };
  const mebibyte = 1024 * 1024;
  const files = createFileStore({
    ...store,
    limits: { fileBytes: env.FILE_MIB * mebibyte, tenantBytes: env.WORKSPACE_FILES_MIB * mebibyte },
  });
  const outside = (tenantId: string) => ({
    egress,
    now: Date.now,
    lockRefresh: createLockRefresh(database, tenantId),
    rates: shareRates(database, tenantId),
  });
  const code = openCodePool(env.CODE_POOL_SIZE, logger);
  const started = await startEngine({
    databaseUrl: prepared.url,
    redisUrl: env.REDIS_URL,
    database,
    vault,
    logger,
    works,
    name,
    alone: env.WEFTLINE_ROLE === 'all' && prepared.embedded,
    leaseSeconds: env.LEASE_SECONDS,
    concurrency: env.RUNNER_CONCURRENCY,
    publicUrl: env.PUBLIC_URL,
    metrics: metrics.engine,
    findApp: (tenantId, key, version) => apps.find(tenantId, key, version),
    openConnection: (tenantId, connectionId, readConnection) =>
      openConnection({ ...store, readConnection }, tenantId, connectionId),
    callAction: watchConnections(database, logger, (call) =>
      callAction(call, {
        ...outside(call.tenantId),
        files: files.of(call.tenantId, call.run.id),
        breaker: breakerOf(call.tenantId),
      }),
    ),
    outside,
    code,
  });
  const redis = env.REDIS_URL && serves ? openRedis(env.REDIS_URL, logger) : null;
  const services: Services = {
    env,
    logger,
    database,
    engine: started.engine,
    takeHook: started.takeHook,
    vault,
    egress,
    apps,
    files,
    code,
    checkCode: codeChecker(code),
    tokenKeys: keys.tokens,
    clock,
    metrics: metrics.registry,
    migrations: migrationNames(),
    ...(redis ? { redis } : {}),
  };
  const app = createApp(services);
  server.removeAllListeners('request');
  server.on('request', listenRaw(services, getRequestListener(app.fetch)));
  const { port } = server.address() as AddressInfo;
  logger.info(
    {
      role: env.WEFTLINE_ROLE,
      port,
      database: prepared.embedded ? 'embedded' : 'given',
      bells: started.bells,
    },
    'ready',
  );
  if (env.WEFTLINE_ROLE === 'all')
    process.stdout.write(`\n  Weftline is ready at ${env.PUBLIC_URL.replace(':0', `:${port}`)}\n\n`);

  await untilAsked();
  services.draining = true;
  logger.info('draining: no new runs; calls in flight may finish');
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  await started.stop(graceMs);
  code.close();
  server.closeIdleConnections();
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 2_000).unref())]);
  server.closeAllConnections();
  redis?.disconnect();
  await database.close();
  await prepared.stop();
  logger.info('stopped');
  process.exit(0);
}

/** Until everything stands, every request is answered 503: `starting`. */
async function listen(server: Server, env: Environment): Promise<void> {
  server.on('request', (_request, response) => {
    response.writeHead(503, { 'content-type': 'application/json', 'retry-after': '2' });
    response.end(
      JSON.stringify({
        error: {
          code: 'unavailable',
          message: 'Weftline is starting. Try again in a moment.',
          requestId: '',
          details: {},
        },
      }),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new StartError([
          error.code === 'EADDRINUSE'
            ? `Port ${env.PORT} is taken by another program. Stop it, or set PORT to another number.`
            : `Cannot listen on ${env.HOST}:${env.PORT} (${error.code}).`,
        ]),
      ),
    );
    server.listen(env.PORT, env.HOST, 4096, () => resolve());
  });
}

/** Resolves at the first SIGTERM or SIGINT; later ones are ignored. */
function untilAsked(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve());
  });
}
