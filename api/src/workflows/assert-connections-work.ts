import type { Transaction } from '@weftline/prisma';
import { CodedError } from '@weftline/runner/platform/errors';
import { isUuid } from '../is-uuid.ts';
import { type LooseDefinition, usedSlotsOf } from './read-definition.ts';

type Row = { id: string; name: string; status: string };

/**
 * Throws 422 `connection_not_tested`, naming them, unless every connection that the workflow uses is tested and works.
 * Holds the connections' rows until the transaction ends, so that none is deleted meanwhile.
 */
export async function assertConnectionsWork(
  tx: Transaction,
  tenantId: string,
  definition: LooseDefinition,
): Promise<void> {
  const used = usedSlotsOf(definition).filter(
    ({ connectionId }) => connectionId !== null && isUuid(connectionId),
  );
  if (used.length === 0) return;
  const ids = [...new Set(used.map(({ connectionId }) => connectionId!))].sort();
  const rows = await tx.$queryRaw<Row[]>`
    SELECT c.id, c.name, c.status FROM connections c
    WHERE c.tenant_id = ${tenantId}::uuid AND c.id = ANY(${ids}::uuid[]) AND c.deleted_at IS NULL
    ORDER BY c.id FOR SHARE`;
  const byId = new Map(rows.map((row) => [row.id, row]));
  const connections = used
    .map(({ slot, connectionId }) => {
      const row = byId.get(connectionId!);
      return { slot, connectionId, name: row?.name ?? slot, status: row?.status ?? 'deleted' };
    })
    .filter(({ status }) => status !== 'working');
  if (connections.length === 0) return;
  const names = [...new Set(connections.map(({ name }) => `“${name}”`))].join(', ');
  throw new CodedError({
    code: 'connection_not_tested',
    message:
      connections.length === 1
        ? `The connection ${names} ${connections[0]!.status === 'untested' ? 'has not been tested' : 'does not work'}. Open it, press Test, then enable the workflow.`
        : `These connections are not tested or do not work: ${names}. Open them, press Test, then enable the workflow.`,
    details: { connections },
  });
}
