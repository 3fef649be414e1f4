// Takes one of the two walls between workspaces away, so that the other is seen to hold alone.
import type { DatabaseOptions } from '@weftline/prisma';
import { withClient } from '@weftline/prisma/migrate/prepare-roles';

type Wrap = NonNullable<DatabaseOptions['wrap']>;

/** Row-level security alone: every query forgets to name the tenant. */
export const withoutFilters: Wrap = (client) =>
  client.$extends({
    query: {
      $allModels: {
        async $allOperations({ args, query }) {
          const { where } = args as { where?: { tenantId?: unknown } };
          if (!where || !('tenantId' in where)) return query(args);
          const { tenantId: _forgotten, ...rest } = where;
          return query({ ...args, where: rest } as never);
        },
      },
    },
  }) as never;

/** Filters alone: every policy of the application's tables lets everything through. */
export async function openPolicies(adminUrl: string): Promise<void> {
  await withClient(adminUrl, async (client) => {
    const { rows } = await client.query<{ tablename: string; policyname: string; cmd: string }>(
      "SELECT tablename, policyname, cmd FROM pg_policies WHERE schemaname = 'public' AND policyname <> 'engine_doors'",
    );
    for (const { tablename, policyname, cmd } of rows) {
      const using = cmd === 'INSERT' ? '' : 'USING (true)';
      const check = cmd === 'ALL' || cmd === 'INSERT' || cmd === 'UPDATE' ? 'WITH CHECK (true)' : '';
      await client.query(`ALTER POLICY ${policyname} ON "${tablename}" ${using} ${check}`);
    }
  });
}
