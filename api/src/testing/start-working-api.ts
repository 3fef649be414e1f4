// An API whose engine, egress and built-in apps are the real ones, and a small service of the outside for it to call.
import { type IncomingHttpHeaders, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Connector } from '@weftline/connectors/types';
import { loadApps } from '@weftline/connectors/load-apps';
import { withClient } from '@weftline/prisma/migrate/prepare-roles';
import { startTestDatabase } from '@weftline/prisma/testing/start-test-database';
import { createLockRefresh } from '@weftline/runner/connections/lock-refresh';
import { openConnection } from '@weftline/runner/connections/open-connection';
import { watchConnections } from '@weftline/runner/connections/watch-connections';
import { callAction } from '@weftline/runner/executor/call-action';
import { createEgress } from '@weftline/runner/platform/egress/create-egress';
import { startEngine } from '@weftline/runner/start-engine';
import { shareRates } from '@weftline/runner/rates/share-rates';
import { publishBuiltInApps } from '../apps/publish-built-ins.ts';
import { type TestApi, type TestPerson, startTestApi } from './start-test-api.ts';

export type Received = { method: string; path: string; headers: IncomingHttpHeaders; body: string };

/**
 * A service that wants `good-key` somewhere in the authorization at /me, gives tokens for the code `good-code` at
 * /token, and echoes everything else, the caller's credentials too.
 */
export type Service = {
  address: string;
  received: Received[];
  /** Answers first, where it has an answer. */
  respond: ((received: Received) => { status?: number; body: unknown } | null) | null;
  stop(): Promise<void>;
};

export async function startService(): Promise<Service> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const body = Buffer.concat(chunks).toString('utf8');
      received.push({ method, path: url, headers, body });
      const given = service.respond?.(received.at(-1)!);
      if (given) {
        const isText = typeof given.body === 'string';
        response.writeHead(given.status ?? 200, {
          'content-type': isText ? 'text/plain' : 'application/json',
        });
        response.end(isText ? given.body : JSON.stringify(given.body));
        return;
      }
      const isGood = /good-key/.test(headers.authorization ?? '');
      if (url === '/token') {
        const form = new URLSearchParams(body);
        const isExchange =
          (form.get('code') === 'good-code' && form.get('code_verifier') !== null) ||
          (form.get('grant_type') === 'client_credentials' &&
            headers.authorization?.startsWith('Basic ') === true);
        response.writeHead(isExchange ? 200 : 400, { 'content-type': 'application/json' });
        const tokens = {
          access_token: 'good-key-token',
          refresh_token: 'refresh-1',
          expires_in: 3600,
          token_type: 'Bearer',
        };
        response.end(JSON.stringify(isExchange ? tokens : { error: 'invalid_grant' }));
        return;
      }
      const status = url.startsWith('/me') && !isGood ? 401 : 200;
      response.writeHead(status, { 'content-type': 'application/json' });
      const echo = { path: url, authorization: headers.authorization ?? null, body };
      response.end(JSON.stringify(status === 401 ? { message: 'Bad key' } : { user: 'ada', echo }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const service: Service = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    respond: null,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return service;
}

export type WorkingApi = TestApi & { service: Service };

/**
 * Starts all of it; end it with stop(). `works: false`: runs are accepted and stay queued. `listens: true`: it also answers at its
 * PUBLIC_URL, on the loopback, where its own workflows may call it.
 */
export async function startWorkingApi({
  works = true,
  builtIns = loadApps(),
  allow = [],
  listens = false,
}: {
  works?: boolean;
  builtIns?: Connector[];
  allow?: string[];
  listens?: boolean;
} = {}): Promise<WorkingApi> {
  const testDatabase = await startTestDatabase();
  const service = await startService();
  const server = createServer();
  if (listens) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const own = listens ? [`127.0.0.1:${(server.address() as AddressInfo).port}`] : [];
  const egress = createEgress({ allow: [service.address, ...allow, ...own] });
  const api = await startTestApi({
    testDatabase,
    egress,
    ...(own[0] === undefined ? {} : { env: { PUBLIC_URL: `http://${own[0]}` } }),
  });
  server.on('request', getRequestListener(api.app.fetch));
  const { database, vault, logger, apps, code } = api.services;
  await publishBuiltInApps(database, builtIns);
  const outside = (tenantId: string) => ({
    egress,
    now: Date.now,
    lockRefresh: createLockRefresh(database, tenantId),
    rates: shareRates(database, tenantId),
  });
  const started = await startEngine({
    databaseUrl: testDatabase.databaseUrl,
    redisUrl: undefined,
    database,
    vault,
    logger,
    works,
    name: 'test',
    alone: true,
    leaseSeconds: 30,
    concurrency: 16,
    findApp: (tenantId, key, version) => apps.find(tenantId, key, version),
    openConnection: (tenantId, id) => openConnection({ database, vault }, tenantId, id),
    publicUrl: api.services.env.PUBLIC_URL,
    callAction: watchConnections(database, logger, (call) =>
      callAction(call, {
        ...outside(call.tenantId),
        files: api.services.files.of(call.tenantId, call.run.id),
      }),
    ),
    outside,
    code,
  });
  Object.assign(api.services, { engine: started.engine, takeHook: started.takeHook });
  return {
    ...api,
    service,
    stop: async () => {
      await started.stop(2_000);
      await egress.close();
      server.closeAllConnections();
      server.close();
      await service.stop();
      await api.stop();
      await testDatabase.stop();
    },
  };
}

/** A small connector of a tenant's own that calls the service. */
export const sampleConnector = (service: Service, change: Partial<Connector> = {}): Connector => ({
  manifestVersion: 1,
  app: { key: 'acme', name: 'Acme', description: 'Sends parcels.', categories: ['logistics'] },
  version: '1.0.0',
  baseUrl: `http://${service.address}`,
  auth: [
    {
      key: 'key',
      label: 'API key',
      type: 'API_KEY',
      test: { method: 'GET', endpointTemplate: '/me' },
      labelTemplate: '{{test.body.user}}',
    },
    {
      key: 'sign-in',
      label: 'Sign in',
      type: 'OAUTH2',
      oauth2: {
        grant: 'authorization_code',
        authorizationUrl: `http://${service.address}/authorize`,
        tokenUrl: `http://${service.address}/token`,
        scopes: [{ name: 'parcels', default: true }],
      },
      test: { method: 'GET', endpointTemplate: '/me' },
      labelTemplate: '{{test.body.user}}',
    },
    {
      key: 'machine',
      label: 'A client of its own',
      type: 'OAUTH2',
      oauth2: {
        grant: 'client_credentials',
        tokenUrl: `http://${service.address}/token`,
        revokeUrl: `http://${service.address}/revoke`,
        scopes: [],
      },
      test: { method: 'GET', endpointTemplate: '/me' },
      labelTemplate: '{{test.body.user}}',
    },
  ],
  actions: [
    {
      key: 'send-parcel',
      name: 'Send a parcel',
      effect: 'create',
      idempotency: { mode: 'header', name: 'Idempotency-Key' },
      method: 'POST',
      endpointTemplate: '/parcels',
      inputSchema: {
        type: 'object',
        required: ['to'],
        properties: { to: { type: 'string', minLength: 1 }, note: { type: 'string' } },
        additionalProperties: false,
      },
      bodyTemplate: { to: '{{input.to}}', note: '{{input.note}}' },
      outputSchema: { type: 'object', properties: { user: { type: 'string' } } },
    },
    {
      key: 'who-am-i',
      name: 'Say whose account it is',
      effect: 'read',
      method: 'GET',
      endpointTemplate: '/me',
      inputSchema: { type: 'object', properties: {}, additionalProperties: false },
      outputSchema: { type: 'object', properties: { user: { type: 'string' } } },
    },
  ],
  ...change,
});

/** Publishes the sample connector in somebody's workspace. */
export async function publishSample(owner: TestPerson, service: Service): Promise<void> {
  await owner.call('POST', '/apps', { definition: sampleConnector(service) });
  const published = await owner.call('POST', '/apps/acme/publish');
  if (published.status !== 201) throw new Error(`The sample could not be published: ${published.text}`);
}

/** Tables of the database that hold a text in any column: as it is, as JSON, in hex or in base64. */
export async function findInDatabase(api: TestApi, text: string): Promise<string[]> {
  const forms = [
    text,
    Buffer.from(text).toString('hex'),
    Buffer.from(text).toString('base64').replace(/=+$/, ''),
  ];
  return withClient(api.testDatabase.adminUrl, async (client) => {
    const tables = await client.query<{ name: string }>(
      "SELECT quote_ident(c.relname) AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'",
    );
    const found: string[] = [];
    for (const { name } of tables.rows)
      for (const form of forms) {
        const hit = await client.query(`SELECT 1 FROM ${name} t WHERE strpos(t::text, $1) > 0 LIMIT 1`, [
          form,
        ]);
        if (hit.rowCount) found.push(`${name}: ${form}`);
      }
    return found;
  });
}
