// An API on a real database for tests: the real routes, the real vault, and fakes (handed in) for engine and egress.
import { randomBytes, randomUUID } from 'node:crypto';
import { type Database, type DatabaseOptions, connectDatabase } from '@weftline/prisma';
import { migrationNames } from '@weftline/prisma/migrate/migrate-database';
import { type TestDatabase, startTestDatabase } from '@weftline/prisma/testing/start-test-database';
import { createAppsLoader } from '@weftline/runner/apps/create-apps-loader';
import { codeChecker } from '@weftline/runner/code/check-code';
import { openCodePool } from '@weftline/runner/code/open-code-pool';
import { createFileStore } from '@weftline/runner/files/store-files';
import { loadEnvironment } from '@weftline/runner/platform/env';
import { createLogger } from '@weftline/runner/platform/logger';
import { type TenantKeyStore, createVault, readKeyring } from '@weftline/runner/platform/vault';
import { createApp } from '../app.ts';
import type { Services } from '../services.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers without naming their types first
type Loose = any;
export type TestAnswer = { status: number; headers: Headers; text: string; body: Loose };
type CallOptions = { as?: string; body?: unknown; headers?: { [name: string]: string } };

export type TestPerson = {
  user: { id: string; email: string; name: string };
  tenant: { id: string; name: string; plan: string; role: string };
  accessToken: string;
  refreshToken: string;
  password: string;
  /** Calls `/api/v1/tenants/{own tenant}` + path as this person. */
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: { [name: string]: string },
  ): Promise<TestAnswer>;
};

export type TestApi = {
  services: Services;
  testDatabase: TestDatabase;
  app: ReturnType<typeof createApp>;
  /** Any request; `as` is an access token or API key; paths are whole: `/api/v1/me`. A string body goes out as it is. */
  call(method: string, path: string, options?: CallOptions): Promise<TestAnswer>;
  /** A new person in a new tenant, through POST /auth/register. */
  register(name?: string): Promise<TestPerson>;
  /** Adds a new person to somebody's tenant with a role, through invitation and link. */
  join(owner: TestPerson, role: string): Promise<TestPerson>;
  stop(): Promise<void>;
};

export type TestApiOptions = Partial<Omit<Services, 'env' | 'database'>> & {
  env?: { [name: string]: string };
  /** Takes one of the two walls away (DatabaseOptions.wrap). */
  wrap?: DatabaseOptions['wrap'];
  /** Left running by stop(). */
  testDatabase?: TestDatabase;
  /** Fakes that need the real parts. */
  with?: (services: Services) => Partial<Services>;
};

/** Stands in for what a test does not use: a call of it fails loudly. */
const absent = (name: string): never =>
  new Proxy({} as never, {
    get: (_target, member) => () => {
      throw new Error(`${name}.${String(member)} is not part of this test`);
    },
  });

const keyStore = (database: Database): TenantKeyStore => ({
  loadTenantKey: (tenantId, version) =>
    database.withTenant(tenantId, (tx) =>
      tx.tenantKey.findFirst({
        where: { tenantId, ...(version === undefined ? {} : { version }) },
        orderBy: { version: 'desc' },
      }),
    ),
  saveTenantKey: (tenantId, key) =>
    database.withTenant(tenantId, async (tx) => {
      const data = [{ ...key, wrappedKey: new Uint8Array(key.wrappedKey), tenantId }];
      await tx.tenantKey.createMany({ data, skipDuplicates: true });
      return (await tx.tenantKey.findFirst({ where: { tenantId, version: key.version } }))!;
    }),
});

/** Starts one; end it with stop(). */
export async function startTestApi(options: TestApiOptions = {}): Promise<TestApi> {
  const { env: settings = {}, wrap, testDatabase: given, with: make, ...parts } = options;
  const testDatabase = given ?? (await startTestDatabase());
  const database = connectDatabase(testDatabase.databaseUrl, wrap ? { wrap } : {});
  const env = loadEnvironment(
    { NODE_ENV: 'test', LOG_LEVEL: 'silent', PUBLIC_URL: 'http://localhost', ...settings },
    '/tmp',
  );
  const vault = createVault({
    keyring: readKeyring(randomBytes(32).toString('hex')),
    ...keyStore(database),
  });
  const logger = createLogger({ level: env.LOG_LEVEL, name: 'test' });
  const code = openCodePool(1, logger);
  const services: Services = {
    env,
    logger,
    code,
    checkCode: codeChecker(code),
    database,
    engine: absent('engine'),
    takeHook: () => Promise.reject(new Error('takeHook is not part of this test')),
    vault,
    files: createFileStore({
      database,
      vault,
      limits: { fileBytes: env.FILE_MIB * 1024 * 1024, tenantBytes: env.WORKSPACE_FILES_MIB * 1024 * 1024 },
    }),
    egress: absent('egress'),
    apps: createAppsLoader(database),
    tokenKeys: new Map([['test', randomBytes(32)]]),
    clock: () => new Date(),
    migrations: migrationNames(),
    webFolder: '/nonexistent',
    ...parts,
  };
  Object.assign(services, make?.(services));
  const app = createApp(services);

  const call: TestApi['call'] = async (method, path, { as, body, headers = {} } = {}) => {
    const response = await app.request(path, {
      method,
      headers: {
        ...(as ? { authorization: `Bearer ${as}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json') && text !== '';
    return { status: response.status, headers: response.headers, text, body: json ? JSON.parse(text) : null };
  };
  const toPerson = (answer: TestAnswer, password: string): TestPerson => {
    if (answer.status !== 201) throw new Error(`Signing up failed: ${answer.text}`);
    const { user, tenant, accessToken } = answer.body;
    const refreshToken = /weftline_refresh=([^;]+)/.exec(answer.headers.getSetCookie().join(' '))?.[1] ?? '';
    return {
      user,
      tenant,
      accessToken,
      refreshToken,
      password,
      call: (method, path, body, headers = {}) =>
        call(method, `/api/v1/tenants/${tenant.id}${path}`, { as: accessToken, body, headers }),
    };
  };
  const register: TestApi['register'] = async (name = 'Ada') => {
    const password = `pass ${randomUUID()}`;
    const email = `${name.toLowerCase()}-${randomUUID()}@example.com`;
    const body = { email, password, name, tenantName: `${name}'s workspace` };
    return toPerson(await call('POST', '/api/v1/auth/register', { body }), password);
  };
  return {
    services,
    testDatabase,
    app,
    call,
    register,
    join: async (owner, role) => {
      const password = `pass ${randomUUID()}`;
      const email = `${role}-${randomUUID()}@example.com`;
      const invited = await owner.call('POST', '/invitations', { email, role });
      const token = new URL(invited.body.link).searchParams.get('token');
      const body = { token, password, name: role };
      return toPerson(await call('POST', '/api/v1/auth/accept-invitation', { body }), password);
    },
    stop: async () => {
      code.close();
      await database.close();
      if (!given) await testDatabase.stop();
    },
  };
}
