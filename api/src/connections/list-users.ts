import type { Transaction } from '@weftline/prisma';

/** A workflow that names a connection. `isLive`: it is enabled and its published version does. */
export type ConnectionUser = { id: string; name: string; isLive: boolean };

/** Which workflows name which connection, in draft or published version: connection id -> workflows by name. */
export async function listUsers(tx: Transaction, tenantId: string): Promise<Map<string, ConnectionUser[]>> {
  const rows = await tx.$queryRaw<(ConnectionUser & { connectionId: string })[]>`
    SELECT u.connection_id AS "connectionId", w.id, w.name, bool_or(u.published AND w.enabled) AS "isLive"
    FROM workflows w
    LEFT JOIN workflow_versions v ON v.tenant_id = w.tenant_id AND v.workflow_id = w.id AND v.version = w.published_version
    CROSS JOIN LATERAL (
      SELECT m[1] AS connection_id, false AS published FROM regexp_matches(w.draft, '"connectionId":"([0-9a-f-]{36})"', 'g') m
      UNION
      SELECT m[1], true FROM regexp_matches(coalesce(v.definition, ''), '"connectionId":"([0-9a-f-]{36})"', 'g') m) u
    WHERE w.tenant_id = ${tenantId}::uuid AND w.deleted_at IS NULL
    GROUP BY 1, 2, 3 ORDER BY w.name, w.id`;
  return Map.groupBy(rows, (row) => row.connectionId);
}
