import { closeHosts, describeUnagreed } from '@weftline/connectors/credential-hosts';
import type { JsonObject } from '@weftline/connectors/json';
import type { Connector } from '@weftline/connectors/types';
import { createLockRefresh } from '@weftline/runner/connections/lock-refresh';
import {
  type ConnectionStatus,
  type LastTest,
  markConnection,
} from '@weftline/runner/connections/mark-connection';
import { openConnection } from '@weftline/runner/connections/open-connection';
import { testConnection as callTest } from '@weftline/runner/executor/test-connection';
import { shareRates } from '@weftline/runner/rates/share-rates';
import { findUsableConnector } from '../apps/find-connector.ts';
import type { Services } from '../services.ts';
import { type ConnectionRow, requireConnection } from './find-connection.ts';
import { listHostsOf, listMissingHosts } from './list-hosts-to-agree.ts';

/**
 * Asks the service whether it accepts the connection, and stores the answer unless the connection changed meanwhile.
 * A refusal is an answer, not a failure. Where the app's newest version would send the credentials to hosts that nobody agreed to,
 * nothing is sent and the answer is `hosts_not_agreed` with them; whether the connection works stays as it was known.
 * @throws CodedError not_found; invalid_input when the app's draft is unfinished
 */
export async function testConnection(
  services: Services,
  tenantId: string,
  id: string,
  signal?: AbortSignal,
): Promise<LastTest & { account?: string | null }> {
  const read = () => services.database.withTenant(tenantId, (tx) => requireConnection(tx, tenantId, id));
  const row = await read();
  const { connector } = await findUsableConnector(services, tenantId, row.appKey);
  const keep = async (status: ConnectionStatus, lastTest: LastTest, account?: string | null) => {
    const mark = { status, lastTest, etag: row.etag, ...(account === undefined ? {} : { account }) };
    await markConnection(services.database, tenantId, id, mark);
    return lastTest;
  };
  const askFirst = listMissingHosts(connector, row);
  if (askFirst.length > 0) return keep(row.status as ConnectionStatus, unagreed(connector, row, askFirst));

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
    await bindLearned(services, tenantId, connector, await read());
    const account = result.account ?? null;
    return { ...(await keep('working', { ok: true }, account)), account };
  }
  const { code, message, hint } = result;
  // A host that was learned by this very test may be one that nobody agreed to.
  if (code === 'hosts_not_agreed') {
    const now = await read();
    const missing = listMissingHosts(connector, now);
    if (missing.length > 0) return keep(row.status as ConnectionStatus, unagreed(connector, now, missing));
  }
  const status = code === 'connection_expired' ? 'needs_reauth' : 'failing';
  // The connection's own hosts are agreed to, so it is what is set for the app that may not go there.
  const appHint = `What is set for ${connector.app.name} in this workspace may not be sent there. An owner or admin can allow the host, or give the connection credentials of its own.`;
  return keep(status, { ok: false, code, message, hint: code === 'hosts_not_agreed' ? appHint : hint });
}

const unagreed = (connector: Connector, row: ConnectionRow, hosts: string[]): LastTest => ({
  ok: false,
  code: 'hosts_not_agreed',
  message: describeUnagreed(connector.app.name, hosts),
  hint: 'Look at the host: if the app is right to send credentials there, agree to it and test again.',
  details: { hosts, agreedHosts: closeHosts(row.credentialHosts, row.config as JsonObject) },
});

/** From a test that went well on, a learned host is fixed: what is learned later must be agreed to. */
async function bindLearned(
  { database }: Services,
  tenantId: string,
  connector: Connector,
  row: ConnectionRow,
): Promise<void> {
  const { id, credentialHosts } = row;
  const known = credentialHosts.length > 0 ? credentialHosts : listHostsOf(connector, row);
  const next = closeHosts(known, row.config as JsonObject);
  if (next.join() === credentialHosts.join()) return;
  await database.withTenant(tenantId, (tx) =>
    tx.connection.updateMany({
      where: { tenantId, id, deletedAt: null, credentialHosts: { equals: credentialHosts } },
      data: { credentialHosts: next },
    }),
  );
}
