import type { Json } from '@weftline/connectors/json';
import type { Transaction } from '@weftline/prisma';

/** All named values of a tenant, as expressions read them: `vars.<name>`. */
export async function findVariables(tx: Transaction, tenantId: string): Promise<{ [name: string]: Json }> {
  const rows = await tx.variable.findMany({ where: { tenantId } });
  return Object.fromEntries(rows.map(({ name, value }) => [name, JSON.parse(value) as Json]));
}
