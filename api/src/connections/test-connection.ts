import { createLockRefresh } from '@weftline/runner/connections/lock-refresh';
import { type LastTest, markConnection } from '@weftline/runner/connections/mark-connection';
import { openConnection } from '@weftline/runner/connections/open-connection';
import { testConnection as callTest } from '@weftline/runner/executor/test-connection';
import { shareRates } from '@weftline/runner/rates/share-rates';
import { findUsableConnector } from '../apps/find-connector.ts';
import type { Services } from '../services.ts';
import { requireConnection } from './find-connection.ts';

/**
 * Asks the service whether it accepts the connection, and stores the answer unless the connection changed meanwhile.
 * A refusal is an answer, not a failure.
 * @throws CodedError not_found; invalid_input when the app's draft is unfinished
 */
export async function testConnection(
  services: Services,
  tenantId: string,
  id: string,
  signal?: AbortSignal,
): Promise<LastTest & { account?: string | null }> {
  const row = await services.database.withTenant(tenantId, (tx) => requireConnection(tx, tenantId, id));
  const { connector } = await findUsableConnector(services, tenantId, row.appKey);
  const result = await callTest(
    {
      tenantId,
      connector,
      openConnection: () => openConnection(services, tenantId, id),
      ...(signal ? { signal } : {}),
    },
    {
      egress: services.egress,
      now: () => services.clock().getTime(),
      lockRefresh: createLockRefresh(services.database, tenantId),
      rates: shareRates(services.database, tenantId),
    },
  );
  if (result.ok) {
    const account = result.account ?? null;
    await markConnection(services.database, tenantId, id, {
      status: 'working',
      lastTest: { ok: true },
      account,
      etag: row.etag,
    });
    return { ok: true, account };
  }
  const { code, message, hint } = result;
  const lastTest: LastTest = { ok: false, code, message, hint };
  await markConnection(services.database, tenantId, id, {
    status: code === 'connection_expired' ? 'needs_reauth' : 'failing',
    lastTest,
    etag: row.etag,
  });
  return lastTest;
}
