// The only way to tenant data through Prisma: one interactive transaction whose first statement names the tenant.
// The bare client stays in here. Doors are the engine's functions that work before a tenant is known.
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { Prisma, PrismaClient } from './generated/client.ts';
import { openLine } from './wait-in-line.ts';

export { Prisma };

/** The built-in apps belong to this tenant; everybody may read them. */
export const platformTenantId = '00000000-0000-0000-0000-000000000000';

export type Transaction = Prisma.TransactionClient;

export type Database = {
  /**
   * Runs `work` in one transaction that sees the rows of one tenant. Never call another service inside.
   * Input: the tenant's id (a UUID; anything else is refused). Errors of `work` roll everything back.
   */
  withTenant<T>(tenantId: string, work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Calls one of the functions of schema `engine` by its name, with positional arguments. */
  callDoor<Row extends object>(name: string, values: readonly unknown[]): Promise<Row[]>;
  /** True when the server answers. */
  ping(): Promise<boolean>;
  close(): Promise<void>;
};

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export type DatabaseOptions = {
  connections?: number;
  /** Tests take one of the two walls away by wrapping the client. */
  wrap?: (client: PrismaClient) => PrismaClient;
};

/** Opens the database as the application's login. Input: DATABASE_URL. */
export function connectDatabase(
  url: string,
  { connections = 10, wrap = (client) => client }: DatabaseOptions = {},
): Database {
  const limits = {
    statement_timeout: 5_000,
    lock_timeout: 2_000,
    idle_in_transaction_session_timeout: 10_000,
  };
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: 2_000,
    ...limits,
  });
  pool.on('error', () => {}); // a cut connection shows at its next query, which opens another
  const client = wrap(
    new PrismaClient({ adapter: new PrismaPg(pool), transactionOptions: { maxWait: 4_000, timeout: 8_000 } }),
  );
  const line = openLine(connections);
  return {
    withTenant(tenantId, work) {
      if (!uuidForm.test(tenantId)) throw new TypeError("withTenant needs a tenant's id");
      return line(() =>
        client.$transaction(async (tx) => {
          await tx.$queryRaw`SELECT set_config('app.tenants', ${`{${tenantId}}`}, true)`;
          return work(tx);
        }),
      );
    },
    async callDoor<Row extends object>(name: string, values: readonly unknown[]): Promise<Row[]> {
      if (!/^[a-z_]+$/.test(name)) throw new TypeError(`${name} is no door`);
      const places = values.map((_, index) => `$${index + 1}`).join(',');
      const asked = await line(() => pool.query<Row>(`SELECT * FROM engine.${name}(${places})`, [...values]));
      return asked.rows;
    },
    async ping() {
      try {
        await pool.query('SELECT 1');
        return true;
      } catch {
        return false;
      }
    },
    async close() {
      await client.$disconnect();
      await pool.end();
    },
  };
}
