import type { Change } from '@weftline/connectors/compare-versions';
import type { Connector } from '@weftline/connectors/types';
import type { Transaction } from '@weftline/prisma';

/** A workflow that uses an app: with which versions and parts, and what a change means for those. */
export type AffectedWorkflow = {
  id: string;
  name: string;
  /** It is enabled and its published version uses the app. */
  isLive: boolean;
  uses: { version: string; key: string }[];
  /** Breaking changes of the parts it uses; it keeps its version until somebody takes the new one over. */
  breaking: string[];
};

/** The workflows of a tenant that use an app, in draft or published version, by name. */
export async function listAffected(
  tx: Transaction,
  tenantId: string,
  connector: Connector,
  older: Connector,
  changes: readonly Change[],
): Promise<AffectedWorkflow[]> {
  const pattern = `"use":"${connector.app.key}@([0-9.]+)#([a-z0-9-]+)"`;
  const rows = await tx.$queryRaw<
    { id: string; name: string; isLive: boolean; version: string; key: string }[]
  >`
    SELECT w.id, w.name, bool_or(u.published AND w.enabled) AS "isLive", u.version, u.key
    FROM workflows w
    LEFT JOIN workflow_versions v ON v.tenant_id = w.tenant_id AND v.workflow_id = w.id AND v.version = w.published_version
    CROSS JOIN LATERAL (
      SELECT m[1] AS version, m[2] AS key, false AS published FROM regexp_matches(w.draft, ${pattern}, 'g') m
      UNION
      SELECT m[1], m[2], true FROM regexp_matches(coalesce(v.definition, ''), ${pattern}, 'g') m) u
    WHERE w.tenant_id = ${tenantId}::uuid AND w.deleted_at IS NULL
    GROUP BY w.id, w.name, u.version, u.key ORDER BY w.name, w.id, u.version, u.key LIMIT 2000`;
  const breaking = changes.filter(({ bump }) => bump === 'major');
  return [...Map.groupBy(rows, ({ id }) => id).values()].map((own) => ({
    id: own[0]!.id,
    name: own[0]!.name,
    isLive: own.some(({ isLive }) => isLive),
    uses: own.map(({ version, key }) => ({ version, key })),
    breaking: breaking
      .filter((change) => own.some(({ key }) => concerns(change, key, connector, older)))
      .map(({ message }) => message),
  }));
}

/** Does a change touch the action or trigger of that key? What stands above all parts touches each. */
function concerns({ path }: Change, key: string, newer: Connector, older: Connector): boolean {
  const [, kind, index] = path.split('/');
  if (kind !== 'actions' && kind !== 'triggers') return true;
  // A part that is gone is placed by the older document, every other by the newer one.
  return [newer, older].some((document) => document[kind]?.[Number(index)]?.key === key);
}
